#pragma once
#include <string>
#include <string_view>

namespace tocsin::sharing {

/// The STIX identity of the team: always the same for the same name (STIX 2.1 section 3.4 allows any UUID). A team
/// without a name is "Tocsin".
std::string team_identity_id(std::string_view team);

}  // namespace tocsin::sharing
