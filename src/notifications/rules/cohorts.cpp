#include "notifications/rules/cohorts.hpp"

#include <algorithm>

namespace tocsin::notifications::rules {
namespace {

std::vector<Condition const*> conditions_of(RuleSet const& set) {
    std::vector<Condition const*> conditions;
    for (auto const& one : set.escalations) conditions.push_back(&one.when);
    return conditions;
}

Own own_of(events::FindingBrief const& finding) {
    return {.organisation = finding.organisation,
            .address = finding.address,
            .asn = finding.asn,
            .country = finding.country(),
            .first_seen = finding.first_seen};
}

}  // namespace

std::size_t Paths::number_of(Path path) {
    std::lock_guard const lock(mutex_);
    if (auto const known = numbers_.find(path); known != numbers_.end()) return known->second;
    if (paths_.size() >= most) return most;
    auto const at = numbers_.emplace(std::move(path), paths_.size()).first;
    paths_.push_back(&at->first);
    return at->second;
}

std::size_t Marks::number_of(Mark mark) {
    std::lock_guard const lock(mutex_);
    if (auto const known = numbers_.find(mark); known != numbers_.end()) return known->second;
    if (marks_.size() >= most) return most;
    auto const at = numbers_.emplace(std::move(mark), marks_.size()).first;
    marks_.push_back(&at->first);
    return at->second;
}

void fold(std::vector<Cohort>& cohorts) {
    std::ranges::sort(cohorts, {}, &Cohort::key);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < cohorts.size(); ++i) {
        if (kept > 0 && cohorts[kept - 1].key == cohorts[i].key)
            cohorts[kept - 1].add(cohorts[i]);
        else
            cohorts[kept++] = cohorts[i];
    }
    cohorts.resize(kept);
}

void Cohorts::make_room() {
    fold(all_);
    if (all_.size() * 2 > all_.capacity()) all_.reserve(std::max<std::size_t>(8, all_.capacity() * 2));
}

Counting::Counting(Judge const& judge, Window const& window, Paths& paths)
    : judge_(judge), window_(window), paths_(paths), escalations_(conditions_of(judge.set()), judge.shared_people()) {
    for (auto const& one : judge.set().escalations) {
        steps_before_.push_back(steps_);
        steps_ += one.steps.size();
    }
    for (auto const& rule : judge.set().rules)
        if (rule.when.open_for.count() > 0) ages_.push_back(rule.when.open_for);
    std::ranges::sort(ages_);
    ages_.erase(std::ranges::unique(ages_).begin(), ages_.end());
}

Counting::OfKind Counting::of_kind(events::FindingKind const& kind) const {
    ClassWords const words{kind.feed, kind.taxonomy, kind.type, kind.identifier, kind.severity, kind.tlp};
    return {judge_.matcher().hits_of_class(words), escalations_.hits_of_class(words)};
}

Counting::OfOrganisation Counting::of_organisation(std::int64_t organisation) const {
    return {judge_.matcher().hits_of_organisation(organisation),
            escalations_.hits_of_organisation(organisation),
            {},
            Raised(steps_)};
}

bool Counting::look_at(events::FindingBrief const& finding, OfKind const& kind, OfOrganisation& into,
                       Life const& life) {
    auto const own = own_of(finding);
    auto const met = kind.met & into.met;
    Start from;
    if (ages_.empty()) {
        auto const rule = judge_.matcher().first(met, own, finding.first_seen);
        if (is_low(rule, life)) return true;
        from = start(rule, life.first);
        if (!judge_.drops(rule)) escalate(finding, own, kind, into, life);
    } else {
        bool const may_be_low = life.rank <= 4 && life.rank > life.least;
        from = start_by_age({judge_.matcher().sometime(met, own), may_be_low, life.first});
        if (from.path == Paths::most) return false;
        if (from.is_there) escalate(finding, own, kind, into, life);
    }
    if (!from.is_there || from.due > life.last) return true;
    into.cohorts.add({Cohort::key_of(from.due, from.is_again, life.last, from.path, life.mark), 1,
                      static_cast<std::uint32_t>(std::min<std::int64_t>(finding.times, ~std::uint32_t{0}))});
    return true;
}

/// Under one rule for all its life. What came up before the window was told then.
Counting::Start Counting::start(std::size_t rule, std::int64_t first) const {
    if (first >= 0 || judge_.drops(rule)) return {true, rule, std::max<std::int64_t>(first, 0), false};
    if (judge_.reminder(rule) == std::chrono::seconds::max()) return {};
    auto const step = hours_of(judge_.reminder(rule));
    return {true, rule, first + (-first + step - 1) / step * step, true};
}

/// Which rule takes it changes while it is open, at the ages that rules name.
Counting::Start const& Counting::start_by_age(StartKey key) {
    auto const [at, is_new] = starts_.try_emplace(key);
    if (!is_new) return at->second;
    auto const& rules = judge_.set().rules;
    auto const rule_at = [&](std::chrono::seconds age) -> std::size_t {
        for (auto i = key.met._Find_first(); i < rules.size(); i = key.met._Find_next(i))
            if (rules[i].when.open_for <= age) return i;
        return rules.size() + (key.is_low ? 1 : 0);
    };
    Path path{{INT32_MIN, static_cast<std::uint16_t>(rule_at(std::chrono::seconds(0)))}};
    for (auto const age : ages_) {
        auto const rule = static_cast<std::uint16_t>(rule_at(age));
        if (rule == path.back().rule) continue;
        auto const hour = std::clamp<std::int64_t>(key.first + hours_of(age), INT32_MIN + 1, INT32_MAX);
        path.push_back({static_cast<std::int32_t>(hour), rule});
    }
    at->second = follow(path, key.first);
    // What lies before the window is the same for all.
    while (path.size() > 1 && path[1].from <= 0) path.erase(path.begin());
    path.front().from = INT32_MIN;
    at->second.path = paths_.number_of(std::move(path));
    return at->second;
}

/// How it was told before the window, and when it comes up in it.
Counting::Start Counting::follow(Path const& path, std::int64_t first) const {
    auto const is_out = [&](std::size_t rule) { return rule >= judge_.rules() || judge_.drops(rule); };
    std::optional<std::int64_t> told;
    for (std::size_t stage = 0; stage < path.size(); ++stage) {
        auto const rule = path[stage].rule;
        auto const from = std::max<std::int64_t>(path[stage].from, first);
        auto const end = stage + 1 < path.size() ? std::int64_t{path[stage + 1].from} : INT64_MAX;
        if (from >= end) continue;
        bool const is_dropped = rule < judge_.rules() && judge_.drops(rule) && !told;
        if (is_dropped && end > 0) return {true, 0, std::max<std::int64_t>(from, 0), false};
        if (is_out(rule)) continue;
        if (!told) {
            if (from >= 0) return {true, 0, from, false};
            told = from;
        }
        if (judge_.reminder(rule) == std::chrono::seconds::max()) continue;
        auto const step = hours_of(judge_.reminder(rule));
        auto due = std::max(*told + step, from);
        if (due < 0) {
            // The reminders before the window, and before the rule changes.
            auto const before = std::min<std::int64_t>(0, end);
            if (due < before) {
                told = due + (before - 1 - due) / step * step;
                due = *told + step;
            }
        }
        if (due < end) return {true, 0, due, true};
    }
    return {};
}

/// As far as it is known: the owner has said nothing until now, and was told when it came up.
void Counting::escalate(events::FindingBrief const& finding, Own const& own, OfKind const& kind, OfOrganisation& into,
                        Life const& life) const {
    if (steps_ == 0) return;
    auto const which = escalations_.first(kind.up & into.up, own, window_.to);
    if (which >= judge_.set().escalations.size()) return;
    auto const& escalation = judge_.set().escalations[which];
    if (escalation.unanswered && finding.said) return;
    for (std::size_t step = 0; step < escalation.steps.size(); ++step) {
        auto const at = life.first + escalation.steps[step].after.count() / 3600;
        if (at > life.last) return;
        if (at >= 0) into.raised[steps_before_[which] + step].set(static_cast<std::size_t>(at / 24));
    }
}

}  // namespace tocsin::notifications::rules
