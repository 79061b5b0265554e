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

void put(JsonWriter& json, ResourceClaim const& claim) {
    json.object()
        .field("id", claim.id.value)
        .reference("organisation", claim.organisation.value, claim.organisation_name)
        .field("kind", constituency::name_of(claim.kind))
        .field("value", claim.value)
        .field("evidence", constituency::name_of(claim.evidence))
        .field_or_null("explanation", claim.explanation)
        .field("state", constituency::name_of(claim.state))
        .field("proof", constituency::name_of(claim.proof))
        .field_or_null("proof_text", claim.proof_text)
        .field_or_null("proof_at", claim.proof_at)
        .field("by", claim.by)
        .field("created", claim.created)
        .field_or_null("decided", claim.decided)
        .field_or_null("decided_by", claim.decided_by)
        .field_or_null("reason", claim.reason)
        .field("conflict", constituency::name_of(claim.conflict))
        .field_or_null("resource", claim.resource ? std::optional(claim.resource.value) : std::nullopt)
        .field_or_null("change_set", claim.change_set ? std::optional(claim.change_set.value) : std::nullopt)
        .end();
}

Reply claim_answer(Call& call, Result<ResourceClaim> const& claim) {
    if (!claim) return std::unexpected(claim.error());
    call.changed("directory", "", "changed");
    JsonWriter json;
    put(json, *claim);
    return json_answer(std::move(json));
}

Reply claims_list(Call& call) {
    constituency::ClaimQuery query{.organisation = {call.query_number("organisation").value_or(0)},
                                   .state = constituency::claim_state_named(call.query("state").value_or("")),
                                   .limit = call.limit(),
                                   .before = parse_int(call.after()).value_or(0)};
    TRY(auto const claims, claims_of(call).claims(query));
    auto const next = claims.size() == query.limit ? std::to_string(claims.back().id.value) : std::string();
    return page_of(claims, next, [](JsonWriter& json, ResourceClaim const& claim) { put(json, claim); });
}

Reply claims_get(Call& call) {
    TRY(auto const claim, claims_of(call).claim({call.path_id()}));
    TRY(auto const conflicts, claims_of(call).conflicts(claim));
    JsonWriter json;
    json.object().key("claim");
    put(json, claim);
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
