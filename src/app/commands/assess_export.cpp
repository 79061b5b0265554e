#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

Result<std::string> cleared_text(Invocation const& call, readiness::Assessment assessment) {
    auto const by = access::command_principal();
    TRY(auto const cleared, call.instance->gate().clear(std::move(assessment), gate::Recipient::team(by)));
    CHECK(call.instance->ledger().write([&](store::Transaction& tx) {
        return gate::Gate::record(tx, by, call.instance->clock().now(), cleared, "export");
    }));
    return readiness::exported(*cleared);
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto assessment, room.assessments.find(call.arguments.front()));
        TRY(auto const text, cleared_text(call, std::move(assessment)));
        if (!call.has("--output")) {
            call.print("{}", text);
            return Exit::done;
        }
        auto const file = call.path(call.get("--output"));
        CHECK(store::write_file(file, text));
        call.tell("{} bytes are in {}", text.size(), file);
        return Exit::done;
    });
}

}  // namespace

Command command_assess_export() {
    return {
        .name = "assess export",
        .summary = "Export an assessment as JSON",
        .about = "What is written is read back by tocsin assess import. The export is entered in the disclosure log.",
        .options = {{"--output", "FILE", "else standard output"}},
        .arguments = {{"ASSESSMENT", "number or title"}},
        .run = run};
}

}  // namespace tocsin::app
