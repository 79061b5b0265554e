#pragma once
#include "base/base.hpp"
#include "formats/stix_pattern/pattern.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tocsin::formats::stix_pattern {

/// When and how often something was observed.
struct ObservedTimes {
    Timestamp first;
    Timestamp last;
    std::int64_t count = 1;
};

struct SearchLimits {
    std::uint64_t steps;
    std::size_t bound;
};

/// Finds observations for every `[...]` of the pattern such that the operators and qualifiers hold.
///
/// `candidates` has, for every `[...]` from left to right, the observations that satisfy what stands in it. The answer
/// is as Match::observations has it, empty if there is none. Errors: Code::limit.
///
/// A backtracking search over who is bound to what; the times are variables of a system of difference constraints
/// (b - a >= w), whose bounds are narrowed after every choice.
Result<std::vector<std::size_t>> bind_observations(Pattern const& pattern,
                                                   std::span<std::vector<std::uint32_t> const> candidates,
                                                   std::span<ObservedTimes const> times, SearchLimits const& limits);

}  // namespace tocsin::formats::stix_pattern
