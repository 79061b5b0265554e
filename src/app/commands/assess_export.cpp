#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

Result<std::string> cleared_bytes(Invocation const& call, readiness::Library const& library,
                                  readiness::Assessment assessment) {
    auto const by = access::command_principal();
    auto const is_sheet = call.get("--format") == "xlsx";
    if (!is_sheet && call.get("--format") != "json")
        return fail(Code::invalid, fmt::format("--format: expected json or xlsx, found \"{}\"", call.get("--format")));
    TRY(auto const cleared, call.instance->gate().clear(std::move(assessment), gate::Recipient::team(by)));
    std::string bytes;
    if (is_sheet) {
        TRY(bytes, readiness::to_xlsx(library, cleared, call.get("--language")));
    } else {
        bytes = readiness::exported(*cleared);
    }
    CHECK(call.instance->ledger().write([&](store::Transaction& tx) {
        return gate::Gate::record(tx, by, call.instance->clock().now(), cleared, "export");
    }));
    return bytes;
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        if (call.get("--format") == "xlsx" && !call.has("--output"))
            return fail(Code::invalid, "--output: expected a file to write the workbook to");
        TRY(auto assessment, room.assessments.find(call.arguments.front()));
        TRY(auto const bytes, cleared_bytes(call, room.library, std::move(assessment)));
        if (!call.has("--output")) {
            call.print("{}", bytes);
            return Exit::done;
        }
        auto const file = call.path(call.get("--output"));
        CHECK(store::write_file(file, bytes));
        call.tell("{} bytes are in {}", bytes.size(), file);
        return Exit::done;
    });
}

}  // namespace

Command command_assess_export() {
    return {
        .name = "assess export",
        .summary = "Export an assessment as JSON or as a spreadsheet",
        .about =
            "What is written is read back by tocsin assess import. The same assessment gives the same bytes. The "
            "export is entered in the disclosure log.\n\n"
            "  tocsin assess export 3 --format xlsx --language fr -o ours.xlsx",
        .options = {{"--format", "FORMAT", "json or xlsx", "json"},
                    {"--language", "LANGUAGE", "of the items' names in a spreadsheet: ar, zh, en, fr, ru or es", "en"},
                    {"--output", "FILE", "else standard output; -o for short"}},
        .arguments = {{"ASSESSMENT", "number or title"}},
        .run = run};
}

}  // namespace tocsin::app
