#include "readiness/staffing.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <fmt/format.h>

namespace tocsin::readiness {
namespace {

constexpr std::int64_t live_days = 90;
constexpr std::int64_t warm_up_days = 28;
constexpr double minutes_an_hour = 60, minutes_a_day = 1440;
constexpr double most_arrivals = 20e6;  ///< in one run

double uniform(Random& random) {
    return (static_cast<double>(random.next() >> 11) + 0.5) / 9007199254740992.0;  // 2^53
}
double exponential(Random& random, double mean) {
    return -mean * std::log(uniform(random));
}

/// A thing in the line, in minutes since the start.
struct Thing {
    double came = 0, needs = 0;
    bool is_begun = false;
};

/// All that comes, in order. Streams of their own for each kind: more of one leaves the others as they were.
class Arrivals {
  public:
    Arrivals(std::vector<WorkKind> const& work, std::uint64_t seed) {
        for (std::size_t i = 0; i < work.size(); ++i) {
            if (work[i].per_day <= 0 || work[i].minutes <= 0) continue;
            streams_.push_back({Random(seed + 7919 * (i + 1)), minutes_a_day / work[i].per_day, work[i].minutes, 0});
            streams_.back().next = exponential(streams_.back().random, streams_.back().gap);
        }
    }
    double next() const {
        auto const first = soonest();
        return first == streams_.end() ? INFINITY : first->next;
    }
    Thing take() {
        auto const first = streams_.begin() + (soonest() - streams_.begin());
        Thing const thing{.came = first->next, .needs = exponential(first->random, first->minutes)};
        first->next += exponential(first->random, first->gap);
        return thing;
    }

  private:
    struct Stream {
        Random random;
        double gap, minutes, next;
    };
    std::vector<Stream>::const_iterator soonest() const {
        return std::ranges::min_element(streams_, {}, &Stream::next);
    }
    std::vector<Stream> streams_;
};

/// One run: the line, those who work, the clock.
class Floor {
  public:
    Floor(Roster const& roster, double from) : roster_(roster), from_(from) {}

    void come(Thing const& thing) {
        advance(thing.came);
        line_.push_back(thing);
        begin();
    }
    /// Works off until that minute.
    void advance(double until) {
        while (now_ < until) {
            auto const hour_end = (std::floor(now_ / minutes_an_hour) + 1) * minutes_an_hour;
            auto const done = std::ranges::min_element(busy_, {}, &Thing::needs);
            auto const next = std::min({until, hour_end, done == busy_.end() ? INFINITY : now_ + done->needs});
            spend(next - now_);
            now_ = next;
            std::erase_if(busy_, [](Thing const& thing) { return thing.needs <= 1e-9; });
            begin();
        }
    }
    StaffingOutcome outcome() {
        StaffingOutcome outcome;
        outcome.arrived = std::ssize(waits_) + waiting_since();
        outcome.left = std::ssize(line_);
        outcome.load = on_duty_ > 0 ? worked_ / on_duty_ : 0;
        // What still waits has waited at least so long: left out, a growing line would look short.
        for (auto const& thing : line_)
            if (!thing.is_begun && thing.came >= from_) waits_.push_back(now_ - thing.came);
        std::ranges::sort(waits_);
        if (waits_.empty()) return outcome;
        auto const at = [&](double share) {
            auto const place = static_cast<std::size_t>(share * static_cast<double>(waits_.size() - 1));
            return waits_[place] / minutes_an_hour;
        };
        outcome.median_hours = at(0.5);
        outcome.most_hours = at(0.95);
        return outcome;
    }
    std::vector<double> const& waits() const { return waits_; }

  private:
    std::int64_t waiting_since() const {
        return std::ranges::count_if(line_, [&](Thing const& one) { return !one.is_begun && one.came >= from_; });
    }
    std::size_t on_duty() const {
        auto const hour = static_cast<std::size_t>(now_ / minutes_an_hour) % roster_.size();
        return static_cast<std::size_t>(roster_[hour]);
    }
    void spend(double minutes) {
        for (auto& thing : busy_) thing.needs -= minutes;
        if (now_ < from_) return;
        worked_ += minutes * static_cast<double>(busy_.size());
        on_duty_ += minutes * static_cast<double>(on_duty());
    }
    void begin() {
        auto const people = on_duty();
        while (busy_.size() > people) {  // off duty: the last begun waits at the head of the line
            line_.push_front(busy_.back());
            busy_.pop_back();
        }
        while (busy_.size() < people && !line_.empty()) {
            auto thing = line_.front();
            line_.pop_front();
            if (!thing.is_begun && thing.came >= from_) waits_.push_back(now_ - thing.came);
            thing.is_begun = true;
            busy_.push_back(thing);
        }
    }

    Roster const& roster_;
    double const from_;
    double now_ = 0, worked_ = 0, on_duty_ = 0;
    std::deque<Thing> line_;
    std::vector<Thing> busy_;
    std::vector<double> waits_;
};

bool is_covered(int hour, Hours hours) {
    auto const of_day = hour % 24;
    switch (hours) {
        case Hours::office:
            return hour < 5 * 24 && of_day >= 9 && of_day < 17;
        case Hours::extended:
            return of_day >= 7 && of_day < 19;
        case Hours::always:
            return true;
    }
    return false;
}

Status check(StaffingQuestion const& question) {
    auto const& [hours_a_week, share] = question.assumptions;
    if (question.people < 1 || question.people > 500) return fail(Code::invalid, "people: expected 1 to 500");
    if (question.plus < 0 || question.plus > 500) return fail(Code::invalid, "plus: expected 0 to 500");
    if (question.minus < 0 || question.minus >= question.people)
        return fail(Code::invalid, "minus: expected fewer than there are people");
    if (!(hours_a_week >= 1 && hours_a_week <= 80)) return fail(Code::invalid, "hours_a_week: expected 1 to 80");
    if (!(share >= 0.05 && share <= 1)) return fail(Code::invalid, "share: expected 0.05 to 1");
    if (question.days < 7 || question.days > 3660) return fail(Code::invalid, "days: expected 7 to 3,660");
    double all = 0;
    for (auto const& kind : question.work) {
        if (!(kind.per_day >= 0 && kind.per_day <= 1e6))
            return fail(Code::invalid, fmt::format("work.{}.per_day: expected 0 to 1,000,000", kind.id));
        if (!(kind.minutes > 0 && kind.minutes <= 10'000))
            return fail(Code::invalid, fmt::format("work.{}.minutes: expected more than 0, at most 10,000", kind.id));
        all += kind.per_day * static_cast<double>(question.days + warm_up_days);
    }
    if (all > most_arrivals) return fail(Code::limit, "days: at most 20 million things can be played through at once");
    return {};
}

}  // namespace

std::vector<WorkKind> assumed_work() {
    return {{.id = "warnings", .minutes = 5},  {.id = "answers", .minutes = 10},   {.id = "matches", .minutes = 15},
            {.id = "rejected", .minutes = 20}, {.id = "proposals", .minutes = 15}, {.id = "recalls", .minutes = 20},
            {.id = "other", .minutes = 30}};
}

Roster roster_of(std::int64_t people, Hours hours, StaffingAssumptions const& assumptions) {
    int covered = 0;
    for (int hour = 0; hour < 168; ++hour) covered += is_covered(hour, hours) ? 1 : 0;
    auto const each = static_cast<double>(people) * assumptions.hours_a_week * assumptions.share / covered;
    Roster roster{};
    double given = 0, owed = 0;
    for (int hour = 0; hour < 168; ++hour) {
        if (!is_covered(hour, hours)) continue;
        owed += each;
        auto const now = std::floor(owed - given + 1e-9);
        roster[static_cast<std::size_t>(hour)] = static_cast<int>(now);
        given += now;
    }
    return roster;
}

StaffingOutcome play(std::vector<WorkKind> const& work, Roster const& roster, std::int64_t days, std::uint64_t seed) {
    auto const from = static_cast<double>(warm_up_days) * minutes_a_day;
    auto const until = from + static_cast<double>(days) * minutes_a_day;
    Arrivals arrivals(work, seed);
    Floor floor(roster, from);
    while (arrivals.next() < until) floor.come(arrivals.take());
    floor.advance(until);
    auto outcome = floor.outcome();
    double comes = 0, can = 0;
    for (auto const& kind : work) comes += kind.per_day * kind.minutes * 7;
    for (auto const people : roster) can += people * minutes_an_hour;
    outcome.offered = can > 0 ? comes / can : (comes > 0 ? INFINITY : 0);
    return outcome;
}

Result<std::vector<StaffingOutcome>> simulate(StaffingQuestion const& question) {
    CHECK(check(question));
    std::vector<std::int64_t> sizes{question.people};
    if (question.plus > 0) sizes.push_back(question.people + question.plus);
    if (question.minus > 0) sizes.push_back(question.people - question.minus);
    std::vector<StaffingOutcome> outcomes;
    for (auto const people : sizes) {
        auto const roster = roster_of(people, question.hours, question.assumptions);
        if (std::ranges::max(roster) == 0)
            return fail(Code::invalid, fmt::format("people: {} cannot man one hour of these hours with the share of "
                                                   "time that is assumed",
                                                   people));
        outcomes.push_back(play(question.work, roster, question.days, question.seed));
        outcomes.back().people = people;
    }
    return outcomes;
}

void append(JsonWriter& json, StaffingQuestion const& question, std::vector<StaffingOutcome> const& outcomes) {
    auto const rounded = [](double value) { return std::round(value * 1000) / 1000; };
    json.object()
        .field("hours", name_of(question.hours))
        .field("hours_a_week", question.assumptions.hours_a_week)
        .field("share", question.assumptions.share)
        .field("days", question.days)
        .field("seed", question.seed)
        .key("work")
        .array();
    for (auto const& kind : question.work)
        json.object()
            .field("id", kind.id)
            .field("per_day", rounded(kind.per_day))
            .field("minutes", kind.minutes)
            .field("is_live", kind.is_live)
            .field("counted", kind.counted)
            .field("days", kind.days)
            .end();
    json.end().key("outcomes").array();
    for (auto const& one : outcomes)
        json.object()
            .field("people", one.people)
            .field("load", rounded(one.load))
            .field("offered", rounded(std::min(one.offered, 1e6)))
            .field("is_overloaded", one.is_overloaded())
            .field("arrived", one.arrived)
            .field("left", one.left)
            .field("median_hours", rounded(one.median_hours))
            .field("p95_hours", rounded(one.most_hours))
            .end();
    json.end().end();
}

std::optional<double> erlang_c_wait(int servers, double offered_erlangs) {
    if (servers < 1 || offered_erlangs >= servers) return std::nullopt;
    double blocked = 1;  // Erlang B, by its recursion
    for (int n = 1; n <= servers; ++n) blocked = offered_erlangs * blocked / (n + offered_erlangs * blocked);
    auto const load = offered_erlangs / servers;
    auto const waits = blocked / (1 - load * (1 - blocked));
    return waits / (servers - offered_erlangs);
}

Result<std::vector<WorkKind>> Staffing::work(access::Principal const& by) const {
    auto all = assumed_work();
    for (auto& kind : all) {
        auto const provider = providers_.find(kind.id);
        if (provider == providers_.end()) continue;
        TRY(auto const count, provider->second(by, live_days));
        if (count.days == 0) continue;
        kind.is_live = true;
        kind.counted = count.counted;
        kind.days = count.days;
        kind.per_day = static_cast<double>(count.counted) / static_cast<double>(count.days);
    }
    return all;
}

}  // namespace tocsin::readiness
