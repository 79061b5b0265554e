#include "api/portal/claim_check.hpp"
#include "api/render.hpp"
#include "api/router.hpp"
#include "constituency/claims.hpp"

#include <fmt/format.h>

/// Claims of resources: what constituents say is theirs, for the team to decide.
namespace tocsin::api {

namespace {

using constituency::Claims;
using constituency::ResourceClaim;

Claims claims_of(Call const& call) {
    return Claims(call.doors().constituency->directory());
}

Reply claim_answer(Call& call, Result<ResourceClaim> const& claim) {
    if (!claim) return std::unexpected(claim.error());
    call.changed("directory", "", "changed");
    JsonWriter json;
    append(json, *claim);
    return json_answer(std::move(json));
}

Reply claims_list(Call& call) {
    constituency::ClaimQuery query{.organisation = {call.query_number("organisation").value_or(0)},
                                   .state = constituency::claim_state_named(call.query("state").value_or("")),
                                   .limit = call.limit(),
                                   .before = parse_int(call.after()).value_or(0)};
    TRY(auto const claims, claims_of(call).claims(query));
    auto const next = claims.size() == query.limit ? std::to_string(claims.back().id.value) : std::string();
    return page_of(claims, next, [](JsonWriter& json, ResourceClaim const& claim) { append(json, claim); });
}

Reply claims_get(Call& call) {
    TRY(auto const claim, claims_of(call).claim({call.path_id()}));
    TRY(auto const conflicts, claims_of(call).conflicts(claim));
    JsonWriter json;
    json.object().key("claim");
    append(json, claim);
    json.key("conflicts").array();
    for (auto const& conflict : conflicts)
        json.object()
            .field("how", constituency::name_of(conflict.how))
            .reference("organisation", conflict.resource.organisation.value, conflict.resource.organisation_name)
            .field("resource", conflict.resource.id.value)
            .field("value", conflict.resource.value)
            .field("verified", conflict.resource.verified)
            .field_or_null("decided_before", conflict.decided_before ? constituency::name_of(*conflict.decided_before)
                                                                     : std::string_view())
            .end();
    json.end().end();
    return json_answer(std::move(json));
}

Reply claims_check(Call& call) {
    TRY(auto const claim, claims_of(call).claim({call.path_id()}));
    auto const checked = portal::check_claim(call.house, call.caller, claim);
    if (!checked && checked.error().code == Code::limit)
        return problem({429, "too-many", "Too many requests", checked.error().message});
    CHECK(checked);
    return claim_answer(call, claims_of(call).claim(claim.id));
}

Reply claims_approve(Call& call) {
    auto const conflict = constituency::conflict_decision_named(call.text_or("conflict", "none"))
                              .value_or(constituency::ConflictDecision::none);
    return claim_answer(call,
                        claims_of(call).approve(call.caller, {call.path_id()}, conflict, call.text_or("reason", "")));
}

Reply claims_refuse(Call& call) {
    return claim_answer(call, claims_of(call).refuse(call.caller, {call.path_id()}, call.text_or("reason", "")));
}

}  // namespace

void routes_resource_claims(Router& router) {
    router.answer("resource_claims_list", claims_list);
    router.answer("resource_claims_get", claims_get);
    router.answer("resource_claims_check", claims_check);
    router.answer("resource_claims_approve", claims_approve);
    router.answer("resource_claims_refuse", claims_refuse);
}

}  // namespace tocsin::api
