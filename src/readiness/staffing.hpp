#pragma once
#include "access/access.hpp"
#include "base/base.hpp"
#include "readiness/proposal.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::readiness {

/// One kind of thing that somebody must look at.
struct WorkKind {
    std::string id = {};       ///< "warnings"
    double per_day = 0;        ///< how many come
    double minutes = 0;        ///< of a person's time for one, in the mean
    bool is_live = false;      ///< `per_day` was counted here; else somebody assumed it
    std::int64_t counted = 0;  ///< within `days`, when counted
    std::int64_t days = 0;
};

/// What is assumed where nothing is known: said openly, and changeable. Made up by us, not taken from a study.
struct StaffingAssumptions {
    double hours_a_week = 40;  ///< of one person
    double share = 0.6;        ///< of it for this work: the rest is leave, illness, training, meetings, other work
};
/// The kinds of work and how long we assume that one takes; nothing has arrived yet.
std::vector<WorkKind> assumed_work();

struct StaffingQuestion {
    std::vector<WorkKind> work = {};
    std::int64_t people = 3, plus = 2, minus = 1;
    Hours hours = Hours::office;
    StaffingAssumptions assumptions = {};
    std::int64_t days = 364;  ///< simulated, after four weeks to warm up
    std::uint64_t seed = 58;
};

/// How long things waited until somebody began with them.
struct StaffingOutcome {
    std::int64_t people = 0;
    double load = 0;     ///< share of the time of those on duty that was spent on this work
    double offered = 0;  ///< work that comes by work that can be done; from 1 on the queue grows without end
    std::int64_t arrived = 0;
    std::int64_t left = 0;                    ///< still waiting at the end
    double median_hours = 0, most_hours = 0;  ///< the middle one; the one that 95 of 100 stay below
    bool is_overloaded() const { return offered >= 1; }
};

/// How many are on duty in each hour of a week, from Monday midnight.
using Roster = std::array<int, 168>;
/// Spreads what the people have over the hours: office (Monday to Friday, 9 to 17), extended (every day, 7 to 19),
/// always. Where that makes no whole number, hours with one more and one fewer alternate.
Roster roster_of(std::int64_t people, Hours hours, StaffingAssumptions const& assumptions);

/// Plays it through: things come at random (Poisson) around the clock and wait in one line, oldest first; handling
/// takes a random time (exponential, by the mean of its kind); when somebody goes off duty the work begun last waits
/// for the next one. The same seed and question give the same outcome; things come at the same moments whatever the
/// roster.
StaffingOutcome play(std::vector<WorkKind> const& work, Roster const& roster, std::int64_t days, std::uint64_t seed);

/// With so many people, with more, with fewer. Errors: Code::invalid naming the field.
Result<std::vector<StaffingOutcome>> simulate(StaffingQuestion const& question);
void append(JsonWriter& json, StaffingQuestion const& question, std::vector<StaffingOutcome> const& outcomes);

/// The mean wait in a line with `servers` of them (Erlang C), in units of the mean handling time; none when overloaded.
/// What the simulation is held against.
std::optional<double> erlang_c_wait(int servers, double offered_erlangs);

/// What arrives here, counted by those whose records they are. Safe from any thread once connected.
class Staffing {
  public:
    /// How many came within the days before now, and how many days of them there are.
    struct Count {
        std::int64_t counted = 0, days = 0;
    };
    using Provider = std::function<Result<Count>(access::Principal const&, std::int64_t days)>;
    void provide(std::string_view kind, Provider provider) {
        providers_.insert_or_assign(std::string(kind), std::move(provider));
    }
    /// assumed_work() with live figures of the last 90 days where there are any.
    Result<std::vector<WorkKind>> work(access::Principal const& by) const;

  private:
    std::map<std::string, Provider, std::less<>> providers_;
};

}  // namespace tocsin::readiness
