#pragma once
#include "app/command.hpp"
#include "app/instance.hpp"
#include "constituency/claims.hpp"

/// What the commands about claims share.
namespace tocsin::app {

constituency::Claims claims_of(Invocation const& call);
void print_claim(Invocation const& call, constituency::ResourceClaim const& claim);

}  // namespace tocsin::app
