#pragma once
#include "app/demonstration/moved_clock.hpp"
#include "app/instance.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace tocsin::app::demonstration {

struct FortnightOptions {
    std::uint64_t seed = 1;
    std::uint32_t days = 14;
    std::uint64_t rows = 4000;  ///< of a day, all feeds together
    Timestamp end;              ///< the present: the last day ends here
};

/// What came of it.
struct Lived {
    std::int64_t reports = 0, events = 0, rejected = 0, warnings = 0, answers = 0, held = 0, objects = 0;
};

/// The fictional nation's name and country, before anything is made.
struct Identity {
    std::string name, country, email;
};
Identity identity_of(std::uint64_t seed);

/// Writes the table of networks and AS numbers to `file`, for the instance's configuration.
Status write_networks(std::uint64_t seed, std::filesystem::path const& file);

/// Lives through the days with the real rooms: reports come in, owners are warned (.eml files in the outbox), some
/// answer on their page and repair, two feeds go quiet, two partner teams share what they know, and the warnings of the
/// last two days wait for approval.
///
/// The instance's clock must be `clock`, its directory empty, its mail server not set.
/// Errors: those of the rooms; Code::unavailable when cancelled.
Result<Lived> live_through(Instance& instance, MovedClock& clock, FortnightOptions const& options,
                           std::function<bool(std::string_view)> const& tell);

}  // namespace tocsin::app::demonstration
