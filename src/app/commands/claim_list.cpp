#include "app/claim_words.hpp"
#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    constituency::ClaimQuery query{.organisation = {}, .state = {}, .limit = 1000};
    if (auto const narrowed = narrow_to_organisation(call, query); !narrowed) return call.failed(narrowed.error());
    auto const state = call.get("--state");
    if (state != "all") query.state = constituency::claim_state_named(state);
    if (state != "all" && !query.state)
        return call.failed({Code::invalid, "--state: expected open, approved, refused, withdrawn or all"});
    auto const claims = claims_of(call).claims(query);
    if (claims && claims->empty() && !call.json()) {
        call.print("There is no such claim.");
        return Exit::done;
    }
    return print_all(call, claims, constituency::append, print_claim);
}

}  // namespace

Command command_claim_list() {
    return {.name = "claim list",
            .summary = "List what constituents say is theirs",
            .options = {{"--state", "STATE", "open, approved, refused, withdrawn or all", "open"}},
            .arguments = {{"ORGANISATION", "only this one's, by name or number", false}},
            .run = run};
}

}  // namespace tocsin::app
