#pragma once
#include "api/router.hpp"
#include "constituency/claims.hpp"
#include "notifications/texts.hpp"

#include <string>

/// Looks evidence of claims up. Private to api.
namespace tocsin::api::portal {

/// Where the TXT record is to be: "_tocsin-claim.power.example".
std::string record_name(constituency::ResourceClaim const& claim);
/// "https://power.example/.well-known/security.txt"
std::string file_address(constituency::ResourceClaim const& claim);

/// Looks for the token in the DNS or in security.txt, and notes what came of it. What can't be reached is noted, too.
/// Errors: Code::limit when that was done a moment ago, Code::conflict when the claim is not open or its evidence is
/// nothing to look up, Code::unavailable when this house looks nothing up.
Status check_claim(House const& house, access::Principal const& by, constituency::ResourceClaim const& claim);
/// Writes to whom the registry names. Errors: as check_claim; Code::not_found when it names nobody.
Status mail_registered(House const& house, access::Principal const& by, constituency::ResourceClaim const& claim,
                       notifications::Texts const& words);

}  // namespace tocsin::api::portal
