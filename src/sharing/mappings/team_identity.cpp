#include "sharing/mappings/team_identity.hpp"

#include "formats/formats.hpp"

namespace tocsin::sharing {

std::string team_identity_id(std::string_view team) {
    // Our own namespace, for STIX keeps its own for cyber-observable objects.
    static constexpr std::string_view own = "5f2c1f0e-3a35-4c0f-9a64-2b7e6b1d8a70";
    auto const name_space = formats::stix::parse_uuid(own);
    TOCSIN_ASSERT(name_space);
    return formats::stix::format_identifier("identity",
                                            formats::stix::uuid_v5(*name_space, team.empty() ? "Tocsin" : team));
}

}  // namespace tocsin::sharing
