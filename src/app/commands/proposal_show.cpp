#include "app/instance.hpp"
#include "app/proposal_words.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

Result<intelligence::Proposal> proposal(Invocation const& call) {
    TRY(auto const id, proposal_named(call));
    TRY(auto* const room, call.instance->intelligence());
    return intelligence::Proposals(*room).find(id, access::command_principal());
}

Exit run(Invocation& call) {
    auto const found = proposal(call);
    return found ? show(call, *found) : call.failed(found.error());
}

}  // namespace

Command command_proposal_show() {
    return {.name = "proposal show",
            .summary = "Show a proposal: what, why, and what came of it",
            .arguments = {{"NUMBER", "the proposal"}},
            .run = run};
}

}  // namespace tocsin::app
