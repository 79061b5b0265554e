#include "app/claim_words.hpp"
#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const number = parse_number(call.arguments[0], "a claim's number");
    if (!number) return call.failed(number.error());
    auto const conflict = constituency::conflict_decision_named(call.get("--conflict"));
    if (!conflict) return call.failed({Code::invalid, "--conflict: expected none, share or move"});
    auto const claim = claims_of(call).approve(access::command_principal(), {*number}, *conflict, call.get("--reason"));
    if (!claim) return call.failed(claim.error());
    if (call.json()) return print_one(call, claim, constituency::append, print_claim);
    call.print("{} {} is {}'s, verified (resource {}). Undo: tocsin org undo {}", constituency::name_of(claim->kind),
               claim->value, claim->organisation_name, claim->resource.value, claim->change_set.value);
    return Exit::done;
}

}  // namespace

Command command_claim_approve() {
    return {.name = "claim approve",
            .summary = "Approve a claim: the resource becomes verified",
            .about =
                "When another organisation has exactly what is claimed, say what becomes of it: share (both have it) "
                "or move (the other one loses it, in the same change set). It is remembered for the next claim.",
            .options = {{"--conflict", "WHAT", "none, share or move", "none"},
                        {"--reason", "TEXT", "the claimant reads it"}},
            .arguments = {{"CLAIM", "its number; see tocsin claim list"}},
            .run = run};
}

}  // namespace tocsin::app
