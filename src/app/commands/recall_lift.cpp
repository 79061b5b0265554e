#include "app/instance.hpp"
#include "app/recall_words.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Status lift(Invocation& call) {
    TRY(auto const id, recall_named(call));
    TRY(auto* const recalls, call.instance->recalls());
    return recalls->lift(id, call.get("--reason"), access::command_principal());
}

Exit run(Invocation& call) {
    if (auto const done = lift(call); !done) return call.failed(done.error());
    call.print("{}", call.json() ? "{\"lifted\":true}" : "Recall " + call.arguments.front() + " is lifted");
    return Exit::done;
}

}  // namespace

Command command_recall_lift() {
    return {.name = "recall lift",
            .summary = "Undo a withdrawal that no version tells of: it leaves again as before",
            .about =
                "For what others made. Those who were told by hand have to be told so. What was told by a revoked "
                "version is final,\nand no marking is opened again.",
            .options = {{"--reason", "TEXT", "why", "", true}},
            .arguments = {{"NUMBER", "the recall"}},
            .run = run};
}

}  // namespace tocsin::app
