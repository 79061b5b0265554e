#pragma once
#include "base/base.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tocsin::formats::taxii {

/// "2026-11-26T10:00:00.000000Z": six digits, neither more nor fewer (TAXII 2.1 section 2).
std::string format_time(Timestamp time);

/// A time, and whether it was written as the standard wants it.
struct TimeText {
    Timestamp time;
    bool is_exact = false;
};

/// RFC 3339 in UTC: "T" and "Z" in upper case, any number of digits behind the seconds; what is finer than a
/// microsecond is cut off. Nothing for all else, dates alone and other zones among it. No allocation.
std::optional<TimeText> parse_time(std::string_view text);

}  // namespace tocsin::formats::taxii
