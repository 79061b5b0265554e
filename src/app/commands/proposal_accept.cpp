#include "app/instance.hpp"
#include "app/proposal_words.hpp"
#include "intelligence/intelligence.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Result<intelligence::Proposal> accept(Invocation const& call) {
    TRY(auto const id, proposal_named(call));
    TRY(auto* const room, call.instance->intelligence());
    auto const& team = call.instance->config().team_name;
    return intelligence::Proposals(*room).accept(
        id, {.identity = sharing::team_identity_id(team), .name = team.empty() ? "Tocsin" : team}, call.has("--ours"),
        access::command_principal());
}

Exit run(Invocation& call) {
    auto const accepted = accept(call);
    return accepted ? show(call, *accepted) : call.failed(accepted.error());
}

}  // namespace

Command command_proposal_accept() {
    return {.name = "proposal accept",
            .summary = "Do what was proposed: a new version of our object, a note to the author of another's",
            .about =
                "Of an object of another team nothing is changed here: a STIX note of ours says what ought to be "
                "different and why,\nof a revocation an opinion (strongly-disagree). It is marked as the object and "
                "leaves by the doors by which whoever\nmade the object may have it.",
            .options = {{"--ours", "", "we made it, though its created_by_ref is not this team's identity"}},
            .arguments = {{"NUMBER", "the proposal"}},
            .run = run};
}

}  // namespace tocsin::app
