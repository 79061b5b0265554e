#pragma once
#include "reports/facts.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// Counts behind which stand so many that nobody is recognised. Private to the room.
namespace tocsin::reports {

/// A number, and whose things it counts.
struct HeldCount {
    std::int64_t count = 0;
    std::set<std::int64_t> holders = {};

    void add(std::int64_t holder) {
        ++count;
        holders.insert(holder);
    }
    void add(HeldCount const& other) {
        count += other.count;
        holders.insert(other.holders.begin(), other.holders.end());
    }
    /// Nothing at all, or enough holders.
    bool may_be_shown(std::int64_t fewest) const {
        return count == 0 || static_cast<std::int64_t>(holders.size()) >= fewest;
    }
    std::optional<double> shown(std::int64_t fewest) const {
        return may_be_shown(fewest) ? std::optional(static_cast<double>(count)) : std::nullopt;
    }
};

/// Lines that share out the same whole among them.
using HeldLines = std::map<std::string, std::vector<HeldCount>>;

/// The key of the line into which small ones are folded. ("other" is a class of findings.)
constexpr std::string_view folded_key = "(others)";

/// The lines that may be shown, the greatest of the first column first (or in order of key), and last, folded into one,
/// those that may not, with so many more as it takes that they may be shown together: who subtracts the lines shown
/// from the whole gets nothing that has fewer holders. A column whose whole has too few is told in no line.
std::vector<Line> anonymous_lines(HeldLines const& lines, std::string const& words, std::int64_t fewest, bool by_key);

}  // namespace tocsin::reports
