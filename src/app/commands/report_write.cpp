#include "app/command.hpp"
#include "app/report_words.hpp"

#include <fstream>
#include <iterator>

namespace tocsin::app {
namespace {

constexpr std::size_t longest_file = 64 << 10;

Result<std::string> text_of(Invocation const& call) {
    if (call.has("--text")) return call.get("--text");
    if (call.has("--remove")) return std::string();
    if (!call.has("--file")) return fail(Code::invalid, "give --text TEXT, --file FILE or --remove");
    std::ifstream file(call.path(call.get("--file")), std::ios::binary);
    if (!file) return fail(Code::not_found, fmt::format("--file: {} can't be read", call.get("--file")));
    std::string text;
    for (std::istreambuf_iterator<char> at(file), end; at != end && text.size() < longest_file; ++at) text += *at;
    return text;
}

Result<Exit> write(Invocation& call) {
    TRY(auto text, text_of(call));
    TRY(auto const period, report_period(call));
    reports::Statement const draft{
        .section = call.arguments.front(), .language = call.get("--language"), .text = std::string(trimmed(text))};
    CHECK(reports::write(call.instance->ledger(), call.instance->clock(), period, draft, access::command_principal()));
    call.tell("{} of {} in {}: {}", draft.section, reports::format_period(period), draft.language,
              draft.text.empty() ? "removed" : "kept");
    return Exit::done;
}

Exit run(Invocation& call) {
    auto const done = write(call);
    return done ? *done : call.failed(done.error());
}

}  // namespace

Command command_report_write() {
    return {.name = "report write",
            .summary = "Write a section that records can't tell, as support given and needed",
            .about =
                "Sections: summary, established, strengthened, exercised, support_given, support_needed, next. "
                "Kept by period and language.",
            .options = {{"--period", "PERIOD", "as of report make; else last year"},
                        {"--language", "LANGUAGE", "of the text", "en"},
                        {"--text", "TEXT", "what to write"},
                        {"--file", "FILE", "take the text from a file"},
                        {"--remove", "", "take the section's text away"}},
            .arguments = {{"SECTION", "which"}},
            .run = run};
}

}  // namespace tocsin::app
