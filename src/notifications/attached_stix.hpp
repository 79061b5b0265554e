#pragma once
#include "notifications/digest.hpp"

#include <string>
#include <string_view>

/// A message's findings as STIX 2.1. Private to the room.
namespace tocsin::notifications {

/// How many of its lines STIX has an observable for.
std::size_t stix_lines(Digest const& digest);

/// A bundle: for each finding its observables and what was observed, all marked (TLP 2.0) as the finding is, and a
/// grouping that says whose they are. The same finding keeps its id; seen again it is a new version. `identity` is the
/// STIX id of the team; the object itself comes by the exchange.
std::string stix_of(gate::Cleared<Digest> const& digest, std::string_view team, std::string_view identity,
                    Timestamp date);

}  // namespace tocsin::notifications
