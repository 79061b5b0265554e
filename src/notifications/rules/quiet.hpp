#pragma once
#include "notifications/rules/rule.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Hours in which nothing is sent, by the clock on the owner's wall. Private to the room.
namespace tocsin::notifications::rules {

/// A time zone by its name. Cheap to copy; safe from any thread.
class Wall {
  public:
    /// UTC for a name that is not known.
    explicit Wall(std::string_view zone = "UTC");
    /// What the clocks there show at that moment, its digits as if they were UTC.
    Timestamp local(Timestamp moment) const;
    Timestamp moment_of(Timestamp local) const;

  private:
    struct State;
    std::shared_ptr<State const> state_;
};

/// The zone of a country when all its clocks show the same; "" otherwise, and for a country that is not known.
std::string zone_of_country(std::string_view country);

/// None: it may be sent now. Otherwise when the quiet hours end.
std::optional<Timestamp> end_of_quiet(QuietHours const& quiet, Wall const& wall, Timestamp now);

/// The stored form, with the zone found for the owner: "22:00-07:00 Africa/Nairobi", and back.
std::string packed(QuietHours const& quiet, std::string_view zone);
std::optional<QuietHours> unpacked_quiet(std::string_view text);

}  // namespace tocsin::notifications::rules
