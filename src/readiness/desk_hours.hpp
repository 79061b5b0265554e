#pragma once
#include "base/base.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::readiness {

/// When somebody sits at a desk, by the clocks of the place where it stands.
struct DeskHours {
    std::string zone = "UTC";            ///< IANA name
    unsigned days = 0b001'1111;          ///< bit 0 is Monday
    int from = 9 * 60, until = 17 * 60;  ///< minutes after midnight; `from` is in, `until` is not

    friend bool operator==(DeskHours const&, DeskHours const&) = default;
};

/// "mon-fri 09:00-17:00", "sun-thu 08:00-15:30", "mon,wed 10:00-12:00", "always". Errors: Code::invalid with what was
/// expected; also for a time zone that is not known.
Result<DeskHours> parse_desk_hours(std::string_view zone, std::string_view text);
/// As parse_desk_hours takes it.
std::string text_of(DeskHours const& hours);

/// What the clocks there show at a moment; the digits stand as if they were UTC. By the hour that comes twice in
/// autumn it may be off by that hour.
Timestamp local_time(std::string_view zone, Timestamp moment);
/// Whether the desk is manned.
bool holds(DeskHours const& hours, Timestamp moment);

enum class ReachWhen : std::uint8_t { office, outside, any };
std::string_view name_of(ReachWhen when);  ///< "in-hours", "out-of-hours", "any"
std::optional<ReachWhen> reach_when_named(std::string_view name);

/// A moment on the day `not_before` falls on there, or on the next that has one, that is in (or out of) the hours:
/// which one follows from the seed, so that nobody can wait for it. Never before `not_before`.
Timestamp moment_within(DeskHours const& hours, ReachWhen when, Timestamp not_before, std::uint64_t seed);

}  // namespace tocsin::readiness
