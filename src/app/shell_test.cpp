#include "app/shell.hpp"

#include <gtest/gtest.h>

namespace tocsin::app {
namespace {

std::vector<Command> invented() {
    Command const one{.name = "bell ring",
                      .summary = "Ring it",
                      .about = ".not a request\n'nor this",
                      .options = {{"--how-often", "N", "it's how many [times]: \\n", "1"}, {"--loud", "", "louder"}},
                      .arguments = {{"BELL", "which"}}};
    Command const two{.name = "sleep", .summary = "Do nothing"};
    Command const three{.name = "bell rope pull", .summary = "Pull it", .options = {{"--gently", "", "so"}}};
    return {one, two, three};
}

TEST(Completion, NamesEveryCommandAndOption) {
    for (auto const& text : {bash_completion(invented()), zsh_completion(invented()), fish_completion(invented())})
        for (auto const word : {"bell", "ring", "sleep", "how-often", "loud", "data", "json", "rope", "pull", "gently"})
            EXPECT_TRUE(text.contains(word)) << word << " is missing in\n" << text;
}

TEST(Completion, QuotesTextsForTheShell) {
    EXPECT_TRUE(zsh_completion(invented()).contains("it'\\''s how many \\[times\\]\\: \\\\n"));
    EXPECT_TRUE(fish_completion(invented()).contains("'it'\\''s how many [times]: \\n'"));
}

TEST(ManPage, LetsNoTextBecomeARequest) {
    auto const page = man_page(invented());
    EXPECT_TRUE(page.contains("\n\\&.not a request\n\\&'nor this\n"));
    EXPECT_TRUE(page.contains("\\-\\-how\\-often"));
    EXPECT_TRUE(page.contains("[times]: \\en (default 1)"));
}

}  // namespace
}  // namespace tocsin::app
