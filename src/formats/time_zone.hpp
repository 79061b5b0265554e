#pragma once
#include "base/base.hpp"

#include <memory>
#include <optional>
#include <string_view>

namespace tocsin::formats {

/// The rules of a place's clocks, by its IANA name ("Europe/Madrid"), from ICU's tables. Safe from any thread.
class TimeZone {
  public:
    /// Nothing for a name that is not known.
    static std::optional<TimeZone> named(std::string_view name);

    /// The moment at which the clocks there show `local` (its digits read as if they were UTC). An hour that comes
    /// twice is the first of them; one that is left out is read by the clock before the change.
    Timestamp moment_of(Timestamp local) const;

  private:
    struct State;
    std::shared_ptr<State const> state_;
};

}  // namespace tocsin::formats
