#pragma once
#include "constituency/constituency.hpp"
#include "events/events.hpp"
#include "reports/facts.hpp"

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

/// Findings counted for a report, in one pass. Private to the room.
namespace tocsin::reports {

using Sectors = std::unordered_map<std::int64_t, std::string>;  ///< by organisation
/// Of one that was removed the last it had: what was found at it stays where it was counted.
Result<Sectors> sectors_of(constituency::Directory& directory);

class FindingCounts {
  public:
    static constexpr std::array<int, 3> spans{7, 30, 90};  ///< days

    /// `first_told`: when each finding was first told to its owner. `made`: until when what is not repaired was seen
    /// to stand. All must outlive this.
    FindingCounts(Period period, Timestamp made, std::unordered_map<std::string, Timestamp> const& first_told,
                  Sectors const& sectors)
        : period_(period), made_(made), first_told_(first_told), sectors_(sectors) {}

    void count(events::Finding const& finding);

    std::int64_t opened = 0, repaired = 0;
    std::int64_t open = 0;  ///< at the end of the period

    /// Medians; none without any.
    std::optional<double> days_to_repair();  ///< of those repaired in the period, from when they were first seen
    std::optional<double> hours_to_warn();   ///< of those first seen in the period that were told
    /// Of those first seen in the period, and long enough before the report was made: repaired within so many days.
    std::optional<double> repaired_within(int days) const;

    /// Addresses in the console of the findings that are new, repaired, open: a line's conditions are added to them.
    struct Lists {
        std::string opened, repaired, open;
    };
    /// Of the months, each by itself.
    Table by_month(std::function<Lists(Period const&)> const& lists_in) const;
    /// Lines that count fewer than `least` are folded into one. That one has a link only where nothing is folded for
    /// being small: its address names what was folded.
    Table by_type(std::int64_t least, Lists const& lists) const;
    Table by_sector(std::int64_t least, Lists const& lists) const;

  private:
    struct Counts {
        std::int64_t opened = 0, repaired = 0, open = 0;
    };
    struct Span {
        std::int64_t looked_at = 0, repaired = 0;
    };
    void spans_of(events::Finding const& finding);

    Period period_;
    Timestamp made_;
    std::unordered_map<std::string, Timestamp> const& first_told_;
    Sectors const& sectors_;
    std::vector<double> days_, hours_;
    std::array<Span, 3> within_;
    std::map<std::string, Counts> months_, types_, of_sector_;

    static Table table(std::string id, std::string words, std::map<std::string, Counts> const& counts,
                       std::int64_t least, Lists const& lists);
};

}  // namespace tocsin::reports
