#pragma once
/// The public statistics as the commands make them, and what they say about them to the team.
#include "app/instance.hpp"
#include "reports/public_statistics.hpp"

#include <string>

namespace tocsin::app {

/// As they are, or would be, published that way.
Result<reports::PublicStatistics> statistics_of(Instance& instance, reports::Publication const& how);

/// How many findings are in no number for their marking, and what to do about it.
std::string uncounted_words(reports::PublicStatistics const& statistics);

}  // namespace tocsin::app
