#include "app/instance.hpp"
#include "app/proposal_words.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

Result<intelligence::Proposal> withdraw(Invocation const& call) {
    TRY(auto const id, proposal_named(call));
    TRY(auto* const room, call.instance->intelligence());
    return intelligence::Proposals(*room).withdraw(id, access::command_principal());
}

Exit run(Invocation& call) {
    auto const withdrawn = withdraw(call);
    return withdrawn ? show(call, *withdrawn) : call.failed(withdrawn.error());
}

}  // namespace

Command command_proposal_withdraw() {
    return {.name = "proposal withdraw",
            .summary = "Take back a proposal",
            .arguments = {{"NUMBER", "the proposal"}},
            .run = run};
}

}  // namespace tocsin::app
