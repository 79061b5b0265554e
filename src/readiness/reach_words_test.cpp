#include "readiness/reach_words.hpp"

#include "readiness/framework.hpp"

#include <gtest/gtest.h>
#include <set>

namespace tocsin::readiness {
namespace {

constexpr std::string_view keys[] = {"language", "direction",  "subject",    "greeting", "about",    "ask",
                                     "note",     "agreed",     "stop",       "button",   "late",     "page_title",
                                     "thanks",   "page_about", "gone_title", "gone",     "too_often"};

/// The names in braces.
std::multiset<std::string> places(std::string_view text) {
    std::multiset<std::string> found;
    for (auto at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1))
        found.emplace(text.substr(at, text.find('}', at) - at));
    return found;
}

TEST(ReachWords, EveryLanguageHasEveryTextWithTheSamePlaces) {
    for (auto const language : languages) {
        auto const& words = ReachWords::of(language);
        EXPECT_EQ(words.code(), language);
        for (auto const key : keys) {
            EXPECT_NE(words.get(key), key) << language << ": " << key;
            EXPECT_EQ(places(words.get(key)), places(ReachWords::of("en").get(key))) << language << ": " << key;
        }
    }
}

TEST(ReachWords, ValuesKeepTheirOrderInArabicAndAreNotLookedInto) {
    auto const& words = ReachWords::of("ar");
    EXPECT_NE(words.fill("agreed", {{"by", "{date}"}, {"date", "2026-11-20"}}).find("\u2068{date}\u2069"),
              std::string::npos);
    EXPECT_EQ(words.plain("subject", {{"team", "CIRT"}}).find("\u2068"), std::string::npos);
    EXPECT_EQ(ReachWords::of("de").code(), "en");
}

}  // namespace
}  // namespace tocsin::readiness
