#include "app/claim_words.hpp"

#include "app/accounts.hpp"

namespace tocsin::app {

constituency::Claims claims_of(Invocation const& call) {
    return constituency::Claims(call.instance->constituency().directory());
}

void print_claim(Invocation const& call, constituency::ResourceClaim const& claim) {
    call.print("#{:<5} {:<10} {:<6} {:<24} {:<12} {:<8} {}  by {}", claim.id.value, constituency::name_of(claim.state),
               constituency::name_of(claim.kind), claim.value, constituency::name_of(claim.evidence),
               constituency::name_of(claim.proof), claim.organisation_name, called(call, claim.by));
}

}  // namespace tocsin::app
