#include "app/claim_words.hpp"
#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const number = parse_number(call.arguments[0], "a claim's number");
    if (!number) return call.failed(number.error());
    return print_one(call, claims_of(call).refuse(access::command_principal(), {*number}, call.get("--reason")),
                     constituency::append, print_claim);
}

}  // namespace

Command command_claim_refuse() {
    return {.name = "claim refuse",
            .summary = "Refuse a claim",
            .options = {{"--reason", "TEXT", "why; the claimant reads it", {}, true}},
            .arguments = {{"CLAIM", "its number; see tocsin claim list"}},
            .run = run};
}

}  // namespace tocsin::app
