#include "notifications/rules/outgoing.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <tuple>
#include <unordered_map>

/// What a rule set would have sent: one pass over all findings, then a walk through the hours of each organisation.
namespace tocsin::notifications {
namespace rules {
namespace {

using std::chrono::hours;

constexpr int most_days = 90;
constexpr std::int64_t hour_micros = 3'600'000'000;

/// What comes up in one hour for one organisation by one rule.
struct Hour {
    std::uint32_t fresh = 0, again = 0, events = 0, urgent = 0;
};

/// One organisation's hours by one rule, a day of them together; days in which nothing comes up take no memory.
class Hours {
  public:
    Hour& operator[](std::uint16_t hour) {
        auto const day = hour / std::size_t{24};
        if (day >= days_.size()) days_.resize(day + 1);
        if (!days_[day]) days_[day] = std::make_unique<Day>();
        return (*days_[day])[hour % 24];
    }
    /// Null: nothing comes up.
    Hour const* find(std::uint16_t hour) const {
        auto const day = hour / std::size_t{24};
        return day < days_.size() && days_[day] ? &(*days_[day])[hour % 24] : nullptr;
    }
    /// Those in which something comes up, in their order.
    template <class F>
    void each(F const& what) const {
        for (std::size_t day = 0; day < days_.size(); ++day) {
            if (!days_[day]) continue;
            for (std::size_t hour = 0; hour < 24; ++hour)
                if (auto const& one = (*days_[day])[hour]; one.fresh + one.again > 0)
                    what(static_cast<std::uint16_t>(day * 24 + hour), one);
        }
    }

  private:
    using Day = std::array<Hour, 24>;
    std::vector<std::unique_ptr<Day>> days_;
};

/// The hours of the time looked at, counted from its start.
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

/// What one rule set makes of the findings that one thread sees.
class Counting {
  public:
    Counting(Judge const& judge, Window const& window, Settings const& settings, std::shared_ptr<People const> people)
        : judge_(judge),
          window_(window),
          escalations_(conditions_of(judge.set()), std::move(people)),
          ages_(ages_of(judge.set())),
          dropped_(static_cast<std::size_t>(window.days())),
          least_(severity_rank(settings.least_severity)) {}

    void look_at(events::Finding const& finding, std::size_t class_key, std::int64_t first, std::int64_t last) {
        if (!ages_.empty()) return follow(finding, class_key, first, last);
        auto const rule = judge_.rule_of(finding, finding.first_seen, class_key);
        auto const rank = severity_rank(finding.severity);
        if (is_too_low(rule, rank)) return;
        if (judge_.drops(rule)) return drop(finding, rule, first);
        auto& hours_of = share(finding.organisation * 128 + static_cast<std::int64_t>(rule));
        auto const& quiet = judge_.lanes()[judge_.lane_of(rule)].quiet;
        Hour what{.events = static_cast<std::uint32_t>(std::min<std::int64_t>(finding.times, 1'000'000)),
                  .urgent = quiet && rank <= quiet->urgent ? 1U : 0U};
        what.fresh = 1;
        if (first >= 0) add(hours_of[static_cast<std::uint16_t>(first)], what);
        std::swap(what.fresh, what.again);
        remind(hours_of, what, rule, first, last);
        if (!judge_.set().escalations.empty()) escalate(finding, first, last);
    }

    std::unordered_map<std::int64_t, Hours> shares_;  ///< by organisation * 128 + rule
    /// Day, organisation, escalation and step: a message to a level above.
    std::set<std::tuple<std::int64_t, std::int64_t, std::size_t, std::size_t>> escalated_;
    std::vector<std::map<std::pair<std::int64_t, std::size_t>, std::int64_t>> const& dropped() const {
        return dropped_;
    }

    void take_from(Counting const& other) {
        for (std::size_t day = 0; day < dropped_.size(); ++day)
            for (auto const& [key, count] : other.dropped_[day]) dropped_[day][key] += count;
        escalated_.insert(other.escalated_.begin(), other.escalated_.end());
    }

  private:
    /// Findings come by address, so mostly the one asked for last.
    Hours& share(std::int64_t key) {
        if (last_ == nullptr || last_key_ != key) {
            last_ = &shares_[key];
            last_key_ = key;
        }
        return *last_;
    }

    static void add(Hour& into, Hour const& what) {
        into.fresh += what.fresh;
        into.again += what.again;
        into.events += what.events;
        into.urgent += what.urgent;
    }

    bool is_too_low(std::size_t rule, int rank) const { return judge_.is_settings(rule) && rank <= 4 && rank > least_; }

    void drop(events::Finding const& finding, std::size_t rule, std::int64_t first) {
        ++dropped_[static_cast<std::size_t>(std::max<std::int64_t>(first, 0) / 24)][{finding.organisation, rule}];
    }

    void remind(Hours& hours_of, Hour const& what, std::size_t rule, std::int64_t first, std::int64_t last) const {
        auto const reminder = judge_.reminder(rule);
        if (reminder == std::chrono::seconds::max()) return;
        auto const step = std::max<std::int64_t>(1, reminder.count() / 3600);
        auto at = first + step;
        if (at < 0) at += (-at + step - 1) / step * step;
        for (; at <= last; at += step) add(hours_of[static_cast<std::uint16_t>(at)], what);
    }

    /// The same where rules ask how long something has been open: which rule takes it changes while it is open, at the
    /// ages that rules name.
    void follow(events::Finding const& finding, std::size_t class_key, std::int64_t first, std::int64_t last) {
        auto const rank = severity_rank(finding.severity);
        std::optional<std::int64_t> told;
        bool is_dropped = false;
        for (auto at = first; at <= last;) {
            auto const now = at == first ? finding.first_seen : window_.from + hours(at);
            auto const rule = judge_.rule_of(finding, now, class_key);
            bool const is_out = judge_.drops(rule) || is_too_low(rule, rank);
            std::optional<std::int64_t> step;
            if (!is_out && judge_.reminder(rule) != std::chrono::seconds::max())
                step = std::max<std::int64_t>(1, judge_.reminder(rule).count() / 3600);
            if (judge_.drops(rule) && !is_dropped && !told) {
                drop(finding, rule, at);
                is_dropped = true;
            }
            if (!is_out && (!told || (step && at - *told >= *step))) {
                tell(finding, rule, at, told.has_value());
                told = at;
            }
            auto next = last + 1;
            if (told && step) next = std::min(next, *told + *step);
            for (auto const age : ages_) {
                auto const reached =
                    window_.hour_of(finding.first_seen + age + hours(1) - std::chrono::microseconds(1));
                if (reached > at) next = std::min(next, reached);
            }
            at = next;
        }
        if (told && !judge_.set().escalations.empty()) escalate(finding, first, last);
    }

    void tell(events::Finding const& finding, std::size_t rule, std::int64_t at, bool is_again) {
        if (at < 0) return;
        auto const& quiet = judge_.lanes()[judge_.lane_of(rule)].quiet;
        bool const is_urgent = quiet && severity_rank(finding.severity) <= quiet->urgent;
        add(share(finding.organisation * 128 + static_cast<std::int64_t>(rule))[static_cast<std::uint16_t>(at)],
            {.fresh = is_again ? 0U : 1U,
             .again = is_again ? 1U : 0U,
             .events = static_cast<std::uint32_t>(std::min<std::int64_t>(finding.times, 1'000'000)),
             .urgent = is_urgent ? 1U : 0U});
    }

    static std::vector<std::chrono::seconds> ages_of(RuleSet const& set) {
        std::vector<std::chrono::seconds> ages;
        for (auto const& rule : set.rules)
            if (rule.when.open_for.count() > 0) ages.push_back(rule.when.open_for);
        return ages;
    }

    static std::vector<Condition const*> conditions_of(RuleSet const& set) {
        std::vector<Condition const*> conditions;
        for (auto const& one : set.escalations) conditions.push_back(&one.when);
        return conditions;
    }

    /// As far as it is known: the owner has said nothing until now, and was told when it came up.
    void escalate(events::Finding const& finding, std::int64_t first, std::int64_t last) {
        auto const which = escalations_.first(finding, window_.to);
        if (which >= judge_.set().escalations.size()) return;
        auto const& escalation = judge_.set().escalations[which];
        if (escalation.unanswered && finding.said) return;
        for (std::size_t step = 0; step < escalation.steps.size(); ++step) {
            auto const at = first + escalation.steps[step].after.count() / 3600;
            if (at > last) return;
            if (at >= 0) escalated_.emplace(at / 24, finding.organisation, which, step);
        }
    }

    Judge const& judge_;
    Window const& window_;
    Matcher escalations_;
    std::vector<std::chrono::seconds> ages_;  ///< that rules name
    std::int64_t last_key_ = 0;
    Hours* last_ = nullptr;
    std::vector<std::map<std::pair<std::int64_t, std::size_t>, std::int64_t>> dropped_;
    int least_;
};

/// What came of one rule set.
struct Outcomes {
    RuleTally total;
    std::vector<RuleTally> days, rules;
    std::unordered_map<std::int64_t, RuleTally> organisations;
};

class Walk {
  public:
    Walk(Judge const& judge, Window const& window) : judge_(judge), window_(window) {
        outcomes_.days.resize(static_cast<std::size_t>(window.days()));
        outcomes_.rules.resize(judge.rules());
    }

    Outcomes over(Counting const& counting) {
        std::map<std::pair<std::int64_t, std::size_t>, std::vector<std::pair<std::size_t, Hours const*>>> shares;
        for (auto const& [key, hours_of] : counting.shares_) {
            auto const rule = static_cast<std::size_t>(key % 128);
            shares[{key / 128, judge_.lane_of(rule)}].emplace_back(rule, &hours_of);
        }
        for (auto const& [share, rules] : shares) walk(share.first, judge_.lanes()[share.second], rules);
        for (std::size_t day = 0; day < counting.dropped().size(); ++day)
            for (auto const& [key, count] : counting.dropped()[day])
                each(day, key.first, [&](RuleTally& tally) { tally.dropped += count; }, key.second);
        for (auto const& [day, organisation, escalation, step] : counting.escalated_)
            each(static_cast<std::size_t>(day), organisation, [](RuleTally& tally) { ++tally.escalated; });
        return std::move(outcomes_);
    }

  private:
    struct Pending {
        std::int64_t fresh = 0, again = 0, events = 0, urgent = 0;
    };

    template <class F>
    void each(std::size_t day, std::int64_t organisation, F const& add, std::optional<std::size_t> rule = {}) {
        add(outcomes_.total);
        add(outcomes_.days[std::min(day, outcomes_.days.size() - 1)]);
        add(outcomes_.organisations[organisation]);
        if (rule) add(outcomes_.rules[*rule]);
    }

    /// One organisation's findings of one lane through the hours: a message when there is something to tell, the
    /// interval is over and the threshold is passed.
    void walk(std::int64_t organisation, Delivery const& lane,
              std::vector<std::pair<std::size_t, Hours const*>> const& rules) {
        std::map<std::uint16_t, bool> due;
        for (auto const& [rule, hours_of] : rules)
            hours_of->each([&](std::uint16_t hour, Hour const&) { due[hour] = true; });
        std::vector<Pending> pending(rules.size());
        auto const interval = static_cast<std::int64_t>(lane.interval.count() / 3600);
        std::int64_t free_from = 0;
        std::int64_t waiting_since = -1;
        auto const end = window_.hours();
        auto next = due.begin();
        for (std::int64_t hour = 0; hour < end;) {
            if (waiting_since < 0) {
                if (next == due.end()) break;
                hour = next->first;
            }
            for (; next != due.end() && next->first <= hour; ++next)
                for (std::size_t i = 0; i < rules.size(); ++i)
                    if (auto const* const at = rules[i].second->find(next->first)) gather(pending[i], *at);
            if (hour >= free_from && is_enough(lane, pending)) {
                tell(organisation, lane, hour, rules, pending);
                free_from = hour + std::max<std::int64_t>(interval, 1);
                waiting_since = -1;
                continue;
            }
            // Nothing changes before the interval is over or more comes up.
            waiting_since = hour;
            auto const more = next == due.end() ? std::int64_t{end} : std::int64_t{next->first};
            hour = hour < free_from ? std::min(free_from, more) : more;
        }
    }

    static void gather(Pending& into, Hour const& hour) {
        into.fresh += hour.fresh;
        into.again += hour.again;
        into.events += hour.events;
        into.urgent += hour.urgent;
    }

    static bool is_enough(Delivery const& lane, std::vector<Pending> const& pending) {
        Pending all;
        for (auto const& one : pending) {
            all.fresh += one.fresh;
            all.again += one.again;
            all.events += one.events;
        }
        if (all.fresh + all.again == 0) return false;
        if (lane.least_findings == 0 && lane.least_events == 0) return true;
        return (lane.least_findings > 0 && all.fresh + all.again >= lane.least_findings) ||
               (lane.least_events > 0 && all.events >= lane.least_events);
    }

    void tell(std::int64_t organisation, Delivery const& lane, std::int64_t hour,
              std::vector<std::pair<std::size_t, Hours const*>> const& rules, std::vector<Pending>& pending) {
        auto const day = static_cast<std::size_t>(hour / 24);
        std::int64_t urgent = 0;
        for (auto const& one : pending) urgent += one.urgent;
        bool const is_quieted = urgent == 0 && is_quiet(organisation, lane, hour);
        auto const message = [&](RuleTally& tally) {
            ++(lane.approvals > 0 ? tally.held : tally.messages);
            if (is_quieted) ++tally.quieted;
        };
        each(day, organisation, message);
        for (std::size_t i = 0; i < rules.size(); ++i) {
            auto& one = pending[i];
            if (one.fresh + one.again == 0) continue;
            message(outcomes_.rules[rules[i].first]);
            each(
                day, organisation,
                [&](RuleTally& tally) {
                    tally.findings += one.fresh + one.again;
                    tally.reminders += one.again;
                },
                rules[i].first);
            one = {};
        }
    }

    bool is_quiet(std::int64_t organisation, Delivery const& lane, std::int64_t hour) {
        if (!lane.quiet) return false;
        auto const zone = judge_.zone_of(organisation, *lane.quiet);
        auto const [at, is_new] = walls_.try_emplace(zone, zone);
        return end_of_quiet(*lane.quiet, at->second, window_.from + hours(hour)).has_value();
    }

    Judge const& judge_;
    Window const& window_;
    Outcomes outcomes_;
    std::map<std::string, Wall> walls_;
};

/// One address range of the findings, seen by both rule sets.
struct Part {
    events::AddressRange addresses;
    std::optional<Judge> then, now;
    std::optional<Counting> counts_then, counts_now;
    std::int64_t seen = 0;
    Status status;
};

class Simulating {
  public:
    Simulating(Notifications::Impl& house, SimulationRequest const& request) : house_(house), request_(request) {}

    Result<Simulation> run() {
        auto const started = std::chrono::steady_clock::now();
        if (request_.days < 1 || request_.days > most_days)
            return fail(Code::invalid, fmt::format("days: expected 1 to {}", most_days));
        CHECK(prepare());
        CHECK(look());
        auto simulation = tell();
        simulation.milliseconds =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started).count();
        return simulation;
    }

  private:
    Status prepare() {
        window_.to = Timestamp{house_.clock.now().micros / hour_micros * hour_micros + hour_micros};
        window_.from = window_.to - hours(24 * request_.days);
        TRY(auto in_force, rules::in_force(house_));
        set_now_ = in_force.set;
        set_then_ = in_force.set;
        if (request_.text) {
            auto parsed = parse_rules(*request_.text);
            if (!parsed.faults.empty()) return fail(Code::invalid, "rules: " + text_of(parsed.faults));
            set_then_ = std::make_shared<RuleSet const>(std::move(parsed.set));
        } else {
            set_now_ = std::make_shared<RuleSet const>();
        }
        TRY(people_, People::load(house_.constituency.directory()));
        TRY(snoozed_, Snoozed::load(house_, house_.clock.now()));
        TRY(suppressions_, house_.constituency.suppressions());
        auto const middle = median_address();
        parts_.resize(2);
        parts_[0].addresses = {IpAddress{}, middle};
        parts_[1].addresses = {IpAddress{middle.high, middle.low + 1}, IpAddress{~0ULL, ~0ULL}};
        for (auto& part : parts_) {
            part.then.emplace(set_then_, house_.settings, people_);
            part.now.emplace(set_now_, house_.settings, people_);
            part.counts_then.emplace(*part.then, window_, house_.settings, people_);
            part.counts_now.emplace(*part.now, window_, house_.settings, people_);
        }
        return {};
    }

    /// Splits the IPv4 space, where nearly all findings are, in two.
    static IpAddress median_address() { return IpAddress::v4(0x7fff'ffff); }

    Status look() {
        {
            std::jthread const other([&] { parts_[1].status = look(parts_[1]); });
            parts_[0].status = look(parts_[0]);
        }
        for (auto const& part : parts_) CHECK(part.status);
        return {};
    }

    Status look(Part& part) const {
        events::FindingFilter filter;
        filter.addresses = {part.addresses};
        auto const hours_all = window_.hours();
        return house_.findings.scan(filter, [&](events::Finding const& finding) {
            ++part.seen;
            bool const is_out = finding.organisation == 0 || finding.state == events::FindingState::false_positive ||
                                finding.said == events::Saying::not_ours ||
                                finding.said == events::Saying::false_positive;
            if (is_out) return true;
            bool const is_over = finding.state == events::FindingState::repaired;
            auto const first = window_.hour_of(finding.first_seen);
            auto const last = is_over ? window_.hour_of(finding.repaired.value_or(finding.last_seen)) : hours_all - 1;
            if (last < 0 || first >= hours_all) return true;
            if (is_silenced(finding)) return true;
            auto const key = Matcher::class_key(finding);
            part.counts_then->look_at(finding, key, first, std::min<std::int64_t>(last, hours_all - 1));
            part.counts_now->look_at(finding, key, first, std::min<std::int64_t>(last, hours_all - 1));
            return true;
        });
    }

    /// As it is now: suppressions and snoozes of the past are not known at each hour.
    bool is_silenced(events::Finding const& finding) const {
        if (snoozed_.find(finding.organisation, finding.identifier) != nullptr) return true;
        return !suppressions_->empty() && suppressions_->match({.address = finding.address.value_or(IpAddress{}),
                                                                .organisation = {finding.organisation},
                                                                .feed = finding.feed,
                                                                .identifier = finding.identifier,
                                                                .now = window_.to});
    }

    Simulation tell() {
        Simulation simulation;
        simulation.from = window_.from;
        simulation.to = window_.to;
        for (auto const& part : parts_) simulation.findings_seen += part.seen;
        auto const then = outcomes(&Part::then, &Part::counts_then);
        auto const now = outcomes(&Part::now, &Part::counts_now);
        simulation.total = {then.total, now.total};
        for (int day = 0; day < window_.days(); ++day) {
            auto const place = static_cast<std::size_t>(day);
            simulation.days.push_back({window_.from + hours(24 * day), {then.days[place], now.days[place]}});
        }
        list_rules(*parts_[0].then, then, simulation.rules);
        list_rules(*parts_[0].now, now, simulation.rules_now);
        list_organisations(then, now, simulation);
        return simulation;
    }

    Outcomes outcomes(std::optional<Judge> Part::* judge, std::optional<Counting> Part::* counts) {
        // An organisation may lie on both sides of the middle: its hours are put together first.
        auto& whole = *(parts_[0].*counts);
        auto& other = *(parts_[1].*counts);
        for (auto& [key, hours_of] : other.shares_) {
            auto& into = whole.shares_[key];
            hours_of.each([&](std::uint16_t hour, Hour const& what) {
                auto& at = into[hour];
                at.fresh += what.fresh;
                at.again += what.again;
                at.events += what.events;
                at.urgent += what.urgent;
            });
        }
        whole.take_from(other);
        return Walk(*(parts_[0].*judge), window_).over(whole);
    }

    static void list_rules(Judge const& judge, Outcomes const& outcomes,
                           std::vector<std::pair<std::string, RuleTally>>& into) {
        for (std::size_t rule = 0; rule < judge.rules(); ++rule)
            into.emplace_back(judge.name_of(rule), outcomes.rules[rule]);
    }

    void list_organisations(Outcomes const& then, Outcomes const& now, Simulation& simulation) const {
        std::map<std::int64_t, RuleTallies> all;
        for (auto const& [id, tally] : then.organisations) all[id].then = tally;
        for (auto const& [id, tally] : now.organisations) all[id].now = tally;
        simulation.organisations_seen = static_cast<std::int64_t>(all.size());
        for (auto const& [id, tallies] : all) {
            auto const* const facts = people_->find(id);
            simulation.organisations.push_back({id, facts == nullptr ? fmt::format("#{}", id) : facts->name, tallies});
        }
        auto const change = [](auto const& one) {
            auto const sum = [](RuleTally const& tally) { return tally.messages + tally.held; };
            return std::tuple(-std::abs(sum(one.tallies.then) - sum(one.tallies.now)), -sum(one.tallies.then), one.id);
        };
        std::ranges::sort(simulation.organisations, {}, change);
        if (simulation.organisations.size() > request_.most_organisations)
            simulation.organisations.resize(request_.most_organisations);
    }

    Notifications::Impl& house_;
    SimulationRequest const& request_;
    Window window_;
    std::shared_ptr<RuleSet const> set_then_, set_now_;
    std::shared_ptr<People const> people_;
    Snoozed snoozed_;
    std::shared_ptr<constituency::SuppressionTable const> suppressions_;
    std::vector<Part> parts_;
};

}  // namespace
}  // namespace rules

Result<Simulation> Rules::simulate(SimulationRequest const& request) {
    return rules::Simulating(house_, request).run();
}

}  // namespace tocsin::notifications
