#pragma once
#include "api/clearing.hpp"
#include "api/directory_clearance.hpp"
#include "api/render.hpp"
#include "api/router.hpp"
#include "constituency/constituency.hpp"

/// The directory as the contract's schemas. Private to api.
namespace tocsin::api {

/// What other rooms know of an organisation.
struct OrganisationExtras {
    std::int64_t open_findings = 0;
    std::optional<Timestamp> last_notified;
};
/// The door: only what the gate has cleared becomes JSON (render_directory_misuse.cpp).
void put(JsonWriter& json, gate::Cleared<constituency::Organisation> const& organisation,
         OrganisationExtras const& extras);
void put(JsonWriter& json, gate::Cleared<constituency::Resource> const& resource);
void put(JsonWriter& json, gate::Cleared<constituency::Contact> const& contact);

/// Open findings by organisation.
Result<std::map<std::int64_t, std::int64_t>> open_findings(Call const& call);
/// When each organisation was last sent something, of the newest thousand notifications.
Result<std::map<std::int64_t, Timestamp>> last_notified(Call const& call);

}  // namespace tocsin::api
