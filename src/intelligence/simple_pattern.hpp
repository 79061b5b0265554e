#pragma once
#include "formats/formats.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace tocsin::intelligence {

/// The values of a pattern any one of which is a match by itself: comparisons for equality (and ISSUBSET) joined by OR.
/// none: the pattern says more than that.
std::optional<std::vector<formats::Observable>> alternatives_of(std::string_view pattern);

}  // namespace tocsin::intelligence
