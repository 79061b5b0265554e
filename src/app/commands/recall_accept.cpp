#include "app/instance.hpp"
#include "app/recall_words.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Result<sharing::Recall> accept(Invocation& call) {
    TRY(auto const id, recall_named(call));
    TRY(auto* const recalls, call.instance->recalls());
    return recalls->accept(id, access::command_principal());
}

Exit run(Invocation& call) {
    auto const accepted = accept(call);
    return accepted ? show(call, *accepted) : call.failed(accepted.error());
}

}  // namespace

Command command_recall_accept() {
    return {.name = "recall accept",
            .summary = "Do a recall that was proposed because whom it came from withdrew it",
            .about =
                "The withdrawn versions leave no more. Whoever may have it gets the version that says so; the "
                "others are listed to be\ntold by hand.",
            .arguments = {{"NUMBER", "the recall"}},
            .run = run};
}

}  // namespace tocsin::app
