#include "app/claim_words.hpp"
#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

void print_whole(Invocation const& call, constituency::ResourceClaim const& claim,
                 std::vector<constituency::ClaimConflict> const& conflicts) {
    print_claim(call, claim);
    if (!claim.explanation.empty()) call.print("  explanation: {}", claim.explanation);
    if (!claim.proof_text.empty()) call.print("  evidence:    {}", claim.proof_text);
    if (!claim.reason.empty()) call.print("  reason:      {}", claim.reason);
    for (auto const& conflict : conflicts) {
        call.print("  {}: {} has {}{}{}", constituency::name_of(conflict.how), conflict.resource.organisation_name,
                   conflict.resource.value, conflict.resource.verified ? ", verified" : "",
                   conflict.decided_before
                       ? fmt::format("; decided before: {}", constituency::name_of(*conflict.decided_before))
                       : "");
    }
}

Exit run(Invocation& call) {
    auto const number = parse_number(call.arguments[0], "a claim's number");
    if (!number) return call.failed(number.error());
    auto const claim = claims_of(call).claim({*number});
    if (!claim) return call.failed(claim.error());
    auto const conflicts = claims_of(call).conflicts(*claim);
    if (!conflicts) return call.failed(conflicts.error());
    if (!call.json()) {
        print_whole(call, *claim, *conflicts);
        return Exit::done;
    }
    JsonWriter json;
    json.object().key("claim");
    append(json, *claim);
    json.key("conflicts").array();
    for (auto const& conflict : *conflicts) {
        json.object()
            .field("how", constituency::name_of(conflict.how))
            .reference("organisation", conflict.resource.organisation.value, conflict.resource.organisation_name)
            .field("value", conflict.resource.value)
            .field("verified", conflict.resource.verified)
            .field_or_null("decided_before", conflict.decided_before ? constituency::name_of(*conflict.decided_before)
                                                                     : std::string_view())
            .end();
    }
    json.end().end();
    call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_claim_show() {
    return {.name = "claim show",
            .summary = "Show a claim, its evidence, and who else has what is claimed",
            .arguments = {{"CLAIM", "its number; see tocsin claim list"}},
            .run = run};
}

}  // namespace tocsin::app
