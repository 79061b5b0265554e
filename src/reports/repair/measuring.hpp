#pragma once
#include "constituency/constituency.hpp"
#include "events/recheck.hpp"
#include "reports/repair.hpp"

#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

/// The pass over the findings. Private to the room.
namespace tocsin::reports {

struct Owner {
    std::string name, sector;
    bool is_removed = false;  ///< from the directory: as it was last
};
using Owners = std::unordered_map<std::int64_t, Owner>;
Result<Owners> owners_of(constituency::Directory& directory);

/// When a finding was first told to its owner.
using FirstTold = std::unordered_map<std::string, Timestamp>;

/// Counts of one group as they grow.
struct Tally {
    std::array<std::int64_t, standings> counts{};
    std::int64_t findings = 0, warned = 0, found_closed = 0, found_open = 0;
    std::unordered_set<std::int64_t> organisations;
    Durations all;
    struct Told {
        Durations not_warned, warned, since;
    };
    std::unique_ptr<Told> told;
    std::map<std::string, std::int64_t, std::less<>> told_of;  ///< of a rule: how many of an identifier
};

/// A finding's days, as they are counted.
struct Course {
    Standing standing = Standing::open;
    bool is_repaired = false;
    int days = 0;                ///< until repaired or last seen
    std::optional<int> told_on;  ///< day of the warning, if it came before the repair
    bool is_found_closed = false, is_found_open = false;
};
/// `verdict`: of the last time it was looked at again, if ever. Found open, it was seen that day.
Course course_of(events::Finding const& finding, std::optional<Timestamp> told,
                 std::optional<events::LastVerdict> verdict = {});

class Measuring {
  public:
    /// `rules` says under which rule a finding was told; needed when these make the groups.
    using RuleOf = std::function<std::string_view(events::Finding const&)>;
    Measuring(RepairRequest const& request, Owners const& owners, FirstTold const& told, RuleOf rules = {});

    /// What looking again told; must outlive this.
    void know(events::LastVerdicts const& verdicts) { verdicts_ = &verdicts; }
    void count(events::Finding const& finding);
    RepairPicture picture();
    /// Groups by a number: organisations, AS numbers.
    std::unordered_map<std::int64_t, Tally> const& numbered() const { return numbered_; }

  private:
    /// Null: in none.
    Tally* group_of(events::Finding const& finding);
    Tally& group_named(std::string_view key);
    Tally& group_numbered(std::int64_t number);
    RepairGroup closed(Tally const& tally) const;
    std::optional<Interval> without_warning(Tally const& rule) const;
    bool is_wanted(events::Finding const& finding) const;
    std::optional<events::LastVerdict> verdict_of(std::string const& finding) const;

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
    };
    RepairRequest const& request_;
    Owners const& owners_;
    FirstTold const& told_;
    RuleOf rules_;
    events::LastVerdicts const* verdicts_ = nullptr;  ///< none: nothing was looked at again
    Tally whole_;
    std::map<std::string, Durations, std::less<>> not_warned_;  ///< by identifier, where rules make the groups
    std::unordered_map<std::string, Tally, Hash, std::equal_to<>> named_;
    std::unordered_map<std::int64_t, Tally> numbered_;
    std::pair<IpPrefix, Tally*> last_network_{};  ///< findings come in order of address
};

/// How many IPv6 networks of /64 each holds, by the same rule. What is longer than /64 is not counted.
std::unordered_map<std::int64_t, std::int64_t> networks_held_v6(
    std::vector<std::pair<IpPrefix, std::int64_t>> networks);
/// How many IPv4 addresses each holds: a smaller network inside a larger one counts for its own holder only.
std::unordered_map<std::int64_t, std::int64_t> addresses_held(std::vector<std::pair<IpPrefix, std::int64_t>> networks);

}  // namespace tocsin::reports
