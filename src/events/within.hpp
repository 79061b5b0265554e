#pragma once
#include "events/clearance.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A scope as the conditions of this room's stores. Private to events.
namespace tocsin::events {

/// Neighbouring ranks of markings (EventRow::tlp) of which the same organisations' things are within.
struct RanksWithin {
    std::uint8_t first = 0;
    std::uint8_t end = 0;  ///< the first rank that is no longer meant; 0: all that follow
    gate::Whose whose;
};
/// Those within a scope, ascending; ranks that are not there are not within at all.
std::vector<RanksWithin> ranks_within(gate::Bounds const& scope);

/// The marking of a rank: 0 is "not told", which is AMBER; one beyond the list is RED.
gate::Tlp marking_of_rank(std::uint16_t rank);

/// The condition over the archive's table `events`; none when nothing is hidden, so that nothing is asked then.
std::optional<std::string> events_within(gate::Bounds const& scope);

/// The condition over the ledger's reports, called `name` in the statement: " AND ..."; empty when nothing is hidden.
std::string reports_within(gate::Bounds const& scope, std::string_view name);

}  // namespace tocsin::events
