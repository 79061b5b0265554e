#pragma once
#include "base/base.hpp"
#include "reports/repair/survival.hpp"

#include <optional>
#include <string_view>

/// How figures with intervals are written as JSON. Private to the room.
namespace tocsin::reports {

void append_number(JsonWriter& json, std::string_view name, double value);
/// {"value", "low", "high"}, or null.
void append_interval(JsonWriter& json, std::string_view name, std::optional<Interval> const& interval);
void append_median(JsonWriter& json, std::string_view name, std::optional<MedianDays> const& median);
void append(JsonWriter& json, std::string_view name, Comparison const& test);

}  // namespace tocsin::reports
