#include "app/directory_words.hpp"
#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const number, parse_number(call.arguments.front(), "a document's number"));
        CHECK(room.evidence.remove({number}, access::command_principal()));
        return Exit::done;
    });
}

}  // namespace

Command command_evidence_remove() {
    return {.name = "evidence remove",
            .summary = "Take a document out of the register of evidence",
            .arguments = {{"DOCUMENT", "its number"}},
            .run = run};
}

}  // namespace tocsin::app
