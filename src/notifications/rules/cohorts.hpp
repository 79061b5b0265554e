#pragma once
#include "events/finding_brief.hpp"
#include "notifications/rules/judge.hpp"

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

/// What the simulator keeps of millions of findings: those that a rule set can't tell apart, counted together. Private
/// to the room.
namespace tocsin::notifications::rules {

inline constexpr int most_days = 90;
inline constexpr std::int64_t hour_micros = 3'600'000'000;

/// The hours of the time looked at, counted from its start. Plans are made at the end of each.
struct Window {
    Timestamp from, to;

    int hours() const { return static_cast<int>((to - from).count() / hour_micros); }
    int days() const { return (hours() + 23) / 24; }
    /// May be below 0 or beyond the end.
    std::int64_t hour_of(Timestamp time) const {
        auto const micros = (time - from).count();
        return micros >= 0 ? micros / hour_micros : (micros - hour_micros + 1) / hour_micros;
    }
};

/// In whole hours, rounded up, at least one: plans are made hourly.
inline std::int64_t hours_of(std::chrono::seconds time) {
    return std::max<std::int64_t>(1, (time.count() + 3599) / 3600);
}

/// Under which rule something is, from an hour of the window on.
struct Stage {
    std::int32_t from = 0;
    std::uint16_t rule = 0;
    friend auto operator<=>(Stage const&, Stage const&) = default;
};
/// By hour; never empty, the first begins before the window.
using Path = std::vector<Stage>;

/// The paths of a rule set. The first are those that stay with one rule, by its number; the last rule of these stands
/// for what the settings find too low. Safe from any thread.
class Paths {
  public:
    static constexpr std::size_t most = std::size_t{1} << 20;

    explicit Paths(std::size_t rules) {
        for (std::size_t rule = 0; rule < rules; ++rule)
            (void)number_of({{INT32_MIN, static_cast<std::uint16_t>(rule)}});
    }
    /// `most`: there are too many.
    std::size_t number_of(Path path);
    /// When nobody asks for numbers any more.
    Path const& operator[](std::size_t number) const { return *paths_[number]; }

  private:
    std::mutex mutex_;  // guards both
    std::map<Path, std::size_t> numbers_;
    std::vector<Path const*> paths_;
};

/// What a message asks of a finding beside its rule, if it does.
struct Mark {
    std::string identifier;  ///< where a rule sends each class by itself
    int rank = 0;            ///< of severity, where something is urgent
    std::string tlp;
    friend auto operator<=>(Mark const&, Mark const&) = default;
};
/// Safe from any thread.
class Marks {
  public:
    static constexpr std::size_t most = std::size_t{1} << 19;

    /// `most`: there are too many.
    std::size_t number_of(Mark mark);
    /// When nobody asks for numbers any more.
    Mark const& operator[](std::size_t number) const { return *marks_[number]; }
    std::size_t size() const { return marks_.size(); }

  private:
    std::mutex mutex_;  // guards both
    std::map<Mark, std::size_t> numbers_;
    std::vector<Mark const*> marks_;
};

/// Findings of one organisation that come up, end and are told alike.
struct Cohort {
    std::uint64_t key = 0;  ///< ascends with the hour
    std::uint32_t count = 0, events = 0;

    static std::uint64_t key_of(std::int64_t due, bool is_again, std::int64_t last, std::size_t path,
                                std::size_t mark) {
        return static_cast<std::uint64_t>(due) << 52 | std::uint64_t{is_again} << 51 |
               static_cast<std::uint64_t>(last) << 39 | std::uint64_t{path} << 19 | mark;
    }
    std::int32_t due() const { return static_cast<std::int32_t>(key >> 52); }  ///< the hour in which it comes up
    bool is_again() const { return (key >> 51 & 1) != 0; }                     ///< was told before the window
    std::int32_t last() const { return static_cast<std::int32_t>(key >> 39 & 0xfff); }  ///< the last hour it is open
    std::size_t path() const { return key >> 19 & (Paths::most - 1); }
    std::size_t mark() const { return key & (Marks::most - 1); }

    void add(Cohort const& other) {
        count += other.count;
        events = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(std::uint64_t{events} + other.events, ~std::uint32_t{0}));
    }
};
/// Sorts them and adds up those of one key.
void fold(std::vector<Cohort>& cohorts);

/// Cohorts as they are met.
class Cohorts {
  public:
    void add(Cohort const& one) {
        auto& place = places_[one.key * 0x9e37'79b9'7f4a'7c15ULL >> 58];
        if (place < all_.size() && all_[place].key == one.key) return all_[place].add(one);
        if (all_.size() == all_.capacity()) make_room();
        place = static_cast<std::uint32_t>(all_.size());
        all_.push_back(one);
    }
    std::vector<Cohort> const& all() const { return all_; }

  private:
    void make_room();
    std::vector<Cohort> all_;
    std::array<std::uint32_t, 64> places_{};  ///< where one of such a key was last; it may lie elsewhere by now
};

/// On which days a message went up, for each step of each escalation.
using Raised = std::vector<std::bitset<most_days>>;

/// What one rule set asks, made ready for one thread.
class Counting {
  public:
    Counting(Judge const& judge, Window const& window, Paths& paths);

    struct OfKind {
        Matcher::Hits met, up;  ///< rules, escalations
    };
    struct OfOrganisation {
        Matcher::Hits met, up;
        Cohorts cohorts;
        Raised raised;
    };
    OfKind of_kind(events::FindingKind const& kind) const;
    OfOrganisation of_organisation(std::int64_t organisation) const;

    struct Life {
        std::int64_t first = 0, last = 0;  ///< hours; `last` is within the window
        std::size_t mark = 0;
        int rank = 5;   ///< of severity
        int least = 4;  ///< what the settings tell of
    };
    /// False: there are more different fates than can be counted.
    bool look_at(events::FindingBrief const& finding, OfKind const& kind, OfOrganisation& into, Life const& life);

  private:
    /// How something starts into the window.
    struct Start {
        bool is_there = false;  ///< else it never comes up
        std::size_t path = 0;
        std::int64_t due = 0;
        bool is_again = false;
    };
    struct StartKey {
        Matcher::Hits met;
        bool is_low = false;
        std::int64_t first = 0;
        friend bool operator==(StartKey const&, StartKey const&) = default;
    };
    struct StartHash {
        std::size_t operator()(StartKey const& key) const noexcept {
            return std::hash<Matcher::Hits>()(key.met) * 31 + static_cast<std::size_t>(key.first) * 2 + key.is_low;
        }
    };

    bool is_low(std::size_t rule, Life const& life) const {
        return judge_.is_settings(rule) && life.rank <= 4 && life.rank > life.least;
    }
    Start start(std::size_t rule, std::int64_t first) const;
    Start const& start_by_age(StartKey key);
    Start follow(Path const& path, std::int64_t first) const;
    void escalate(events::FindingBrief const& finding, Own const& own, OfKind const& kind, OfOrganisation& into,
                  Life const& life) const;

    Judge const& judge_;
    Window const& window_;
    Paths& paths_;
    Matcher escalations_;
    std::vector<std::size_t> steps_before_;  ///< of an escalation: those of the ones in front of it
    std::size_t steps_ = 0;
    std::vector<std::chrono::seconds> ages_;  ///< that rules name, ascending
    std::unordered_map<StartKey, Start, StartHash> starts_;
};

}  // namespace tocsin::notifications::rules
