#include "app/claim_words.hpp"

#include "app/accounts.hpp"

namespace tocsin::app {

constituency::Claims claims_of(Invocation const& call) {
    return constituency::Claims(call.instance->constituency().directory());
}

void append_claim(JsonWriter& json, constituency::ResourceClaim const& claim) {
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

void print_claim(Invocation const& call, constituency::ResourceClaim const& claim) {
    call.print("#{:<5} {:<10} {:<6} {:<24} {:<12} {:<8} {}  by {}", claim.id.value, constituency::name_of(claim.state),
               constituency::name_of(claim.kind), claim.value, constituency::name_of(claim.evidence),
               constituency::name_of(claim.proof), claim.organisation_name, called(call, claim.by));
}

}  // namespace tocsin::app
