#include "app/instance.hpp"
#include "app/proposal_words.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

Result<intelligence::Proposal> dismiss(Invocation const& call) {
    TRY(auto const id, proposal_named(call));
    TRY(auto* const room, call.instance->intelligence());
    return intelligence::Proposals(*room).dismiss(id, call.get("--reason"), access::command_principal());
}

Exit run(Invocation& call) {
    auto const dismissed = dismiss(call);
    return dismissed ? show(call, *dismissed) : call.failed(dismissed.error());
}

}  // namespace

Command command_proposal_dismiss() {
    return {.name = "proposal dismiss",
            .summary = "Put a proposal aside",
            .options = {{"--reason", "TEXT", "why", "", true}},
            .arguments = {{"NUMBER", "the proposal"}},
            .run = run};
}

}  // namespace tocsin::app
