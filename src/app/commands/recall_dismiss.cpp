#include "app/instance.hpp"
#include "app/recall_words.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Status dismiss(Invocation& call) {
    TRY(auto const id, recall_named(call));
    TRY(auto* const recalls, call.instance->recalls());
    return recalls->dismiss(id, call.get("--reason"), access::command_principal());
}

Exit run(Invocation& call) {
    if (auto const done = dismiss(call); !done) return call.failed(done.error());
    call.print("{}", call.json() ? "{\"dismissed\":true}" : "Recall " + call.arguments.front() + " is dismissed");
    return Exit::done;
}

}  // namespace

Command command_recall_dismiss() {
    return {.name = "recall dismiss",
            .summary = "Put a proposed recall aside",
            .options = {{"--reason", "TEXT", "why", "", true}},
            .arguments = {{"NUMBER", "the recall"}},
            .run = run};
}

}  // namespace tocsin::app
