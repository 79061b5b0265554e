#include "notifications/rules/walk.hpp"

#include "notifications/digest.hpp"

#include <algorithm>

namespace tocsin::notifications::rules {
namespace {

void add(RuleTally& into, RuleTally const& from) {
    into.messages += from.messages;
    into.held += from.held;
    into.findings += from.findings;
    into.reminders += from.reminders;
    into.dropped += from.dropped;
    into.quieted += from.quieted;
    into.escalated += from.escalated;
}

void add(std::vector<RuleTally>& into, std::vector<RuleTally> const& from) {
    into.resize(std::max(into.size(), from.size()));
    for (std::size_t i = 0; i < from.size(); ++i) add(into[i], from[i]);
}

}  // namespace

void Outcomes::take_from(Outcomes const& other) {
    add(total, other.total);
    add(days, other.days);
    add(rules, other.rules);
    for (auto const& [id, tally] : other.organisations) add(organisations[id], tally);
}

Result<Audiences::Audience> Audiences::of(std::int64_t organisation, Delivery const& delivery,
                                          constituency::NoticeSettings const* wish) {
    if (organisation != organisation_) {
        asked_.clear();
        organisation_ = organisation;
        is_known_ = house_.constituency.directory().organisation({organisation}).has_value();
    }
    for (auto const& one : asked_)
        if (one.roles == delivery.to_roles && one.channel == delivery.channel && one.language == delivery.language &&
            one.encryption == delivery.encryption)
            return one.found;
    Audience found;
    if (is_known_) {
        TRY(auto const contacts, audience(house_, {organisation}, delivery, wish));
        found.recipient = contacts.recipient;
        found.messages =
            std::ranges::count_if(contacts.groups, [&](auto const& one) { return may_carry(delivery, one.channel); });
    }
    asked_.push_back({delivery.to_roles, delivery.channel, delivery.language, delivery.encryption, found});
    return found;
}

bool Audiences::may_have(std::int64_t organisation, constituency::OrganisationId recipient, bool is_abroad,
                         std::string const& tlp) {
    Digest digest;
    digest.organisation = {organisation};
    digest.recipient = recipient;
    digest.is_abroad = is_abroad;
    digest.lines.emplace_back().tlp = tlp;
    auto const decision = house_.gate.explain(digest, gate::Recipient::constituent(recipient, ""));
    return decision.allowed && decision.removed.empty();
}

Walk::Walk(Judge const& judge, Window const& window, Paths const& paths, Marks const& marks, Audiences& audiences)
    : judge_(judge), window_(window), paths_(paths), marks_(marks), audiences_(audiences) {
    outcomes_.days.resize(static_cast<std::size_t>(window.days()));
    outcomes_.rules.resize(judge.rules());
    due_.resize(static_cast<std::size_t>(window.hours()));
}

template <class F>
void Walk::each(std::int64_t hour, F const& add) {
    if (tally_ == nullptr) tally_ = &outcomes_.organisations[subject_.organisation];
    add(outcomes_.total);
    add(outcomes_.days[static_cast<std::size_t>(hour / 24)]);
    add(*tally_);
}

Status Walk::over(Subject const& subject, std::vector<Cohort> const& cohorts, Raised const& raised) {
    subject_ = subject;
    tally_ = nullptr;
    live_.clear();
    lanes_.clear();
    may_have_.clear();
    for (auto const& cohort : cohorts) {
        auto& one = live_.emplace_back();
        one.of = &cohort;
        look_again(static_cast<std::uint32_t>(live_.size() - 1), cohort.due());
    }
    std::vector<std::uint32_t> now;
    for (std::int64_t hour = 0; hour < window_.hours(); ++hour) {
        auto& due = due_[static_cast<std::size_t>(hour)];
        if (!due.empty()) {
            now.swap(due);
            for (auto const which : now) CHECK(look(which, hour));
            now.clear();
        }
        for (auto& lane : lanes_)
            if (!lane.waiting.empty() && hour >= lane.free_from && (lane.has_news || hour == lane.free_from))
                tell_if_due(lane, hour);
    }
    for (auto const& days : raised)
        for (std::size_t day = 0; day < outcomes_.days.size(); ++day)
            if (days[day]) each(static_cast<std::int64_t>(day * 24), [](RuleTally& tally) { ++tally.escalated; });
    return {};
}

/// The organisation's findings of one lane are told together. Gives the place in `lanes_`.
Result<std::size_t> Walk::lane_at(std::size_t number) {
    for (std::size_t i = 0; i < lanes_.size(); ++i)
        if (lanes_[i].number == number) return i;
    auto const& delivery = judge_.lanes()[number];
    Lane lane{.number = number, .audience = {}, .waiting = {}};
    lane.interval = hours_of(interval_of(delivery, subject_.wish));
    TRY(lane.audience, audiences_.of(subject_.organisation, delivery, subject_.wish));
    lanes_.push_back(std::move(lane));
    return lanes_.size() - 1;
}

std::size_t Walk::rule_at(Cohort const& cohort, std::int64_t hour, std::int64_t& changes) const {
    auto const& path = paths_[cohort.path()];
    std::size_t stage = 0;
    while (stage + 1 < path.size() && path[stage + 1].from <= hour) ++stage;
    changes = stage + 1 < path.size() ? std::int64_t{path[stage + 1].from} : std::int64_t{INT32_MAX};
    return path[stage].rule;
}

void Walk::look_again(std::uint32_t which, std::int64_t hour) {
    auto& one = live_[which];
    if (hour > one.of->last() || hour >= window_.hours() || one.next == hour) return;
    one.next = static_cast<std::int32_t>(hour);
    due_[static_cast<std::size_t>(hour)].push_back(which);
}

/// It waits in this lane, or (-1) in none.
void Walk::wait_in(std::uint32_t which, std::int32_t place) {
    auto& one = live_[which];
    if (one.lane == place) return;
    if (one.lane >= 0) std::erase(lanes_[static_cast<std::size_t>(one.lane)].waiting, which);
    one.lane = place;
    if (place < 0) return;
    auto& lane = lanes_[static_cast<std::size_t>(place)];
    lane.waiting.push_back(which);
    lane.has_news = true;
}

/// What becomes of a cohort in this hour: it waits to be told, or is to be looked at later.
Status Walk::look(std::uint32_t which, std::int64_t hour) {
    auto& one = live_[which];
    auto const& cohort = *one.of;
    if (one.next != hour) return {};  // it was put off or brought forward
    one.next = -1;
    std::int64_t changes = 0;
    auto const rule = rule_at(cohort, hour, changes);
    bool const is_again = one.was_told || cohort.is_again();
    if (rule < judge_.rules() && judge_.drops(rule) && !is_again && !one.was_dropped) {
        one.was_dropped = true;
        auto const drop = [&](RuleTally& tally) { tally.dropped += cohort.count; };
        each(hour, drop);
        drop(outcomes_.rules[rule]);
    }
    if (rule >= judge_.rules() || judge_.drops(rule)) {
        wait_in(which, -1);
        look_again(which, changes);
        return {};
    }
    if (one.was_told) {
        bool const is_over = judge_.reminder(rule) == std::chrono::seconds::max();
        auto const due = is_over ? changes : one.told + hours_of(judge_.reminder(rule));
        if (due > hour) {
            wait_in(which, -1);
            look_again(which, std::min(due, changes));
            return {};
        }
    }
    TRY(auto const place, lane_at(judge_.lane_of(rule)));
    wait_in(which, lanes_[place].audience.messages > 0 ? static_cast<std::int32_t>(place) : -1);
    look_again(which, changes);
    return {};
}

/// One message, or one for each class, when there is enough to tell.
void Walk::tell_if_due(Lane& lane, std::int64_t hour) {
    auto const& delivery = judge_.lanes()[lane.number];
    lane.has_news = false;
    std::erase_if(lane.waiting, [&](std::uint32_t which) { return live_[which].of->last() < hour; });
    std::int64_t findings = 0, events = 0;
    for (auto const which : lane.waiting) {
        findings += live_[which].of->count;
        events += live_[which].of->events;
    }
    if (!has_enough(delivery, findings, events)) return;
    std::map<std::string_view, Message> messages;  // by class, if each has its own
    std::vector<std::uint32_t> told;
    std::vector<std::uint32_t> barred;
    for (auto const which : lane.waiting) {
        auto& one = live_[which];
        auto const& mark = marks_[one.of->mark()];
        auto const [may_have, is_new] =
            may_have_.try_emplace(one.of->mark() * judge_.lanes().size() + lane.number, false);
        if (is_new)
            may_have->second =
                audiences_.may_have(subject_.organisation, lane.audience.recipient, subject_.is_abroad, mark.tlp);
        if (!may_have->second) {
            barred.push_back(which);
            continue;
        }
        std::int64_t changes = 0;
        auto const rule = rule_at(*one.of, hour, changes);
        auto& message = messages[delivery.form == Form::each_class ? std::string_view(mark.identifier) : ""];
        auto part = std::ranges::find(message.parts, rule, &Part::rule);
        if (part == message.parts.end()) part = message.parts.insert(part, {rule, 0, 0});
        (one.was_told || one.of->is_again() ? part->again : part->fresh) += one.of->count;
        message.is_urgent = message.is_urgent || (delivery.quiet && mark.rank <= delivery.quiet->urgent);
        told.push_back(which);
    }
    if (told.empty()) return;
    lane.waiting = std::move(barred);
    lane.free_from = hour + lane.interval;
    count(lane, hour, messages);
    for (auto const which : told) {
        auto& one = live_[which];
        one.told = static_cast<std::int32_t>(hour);
        one.was_told = true;
        one.lane = -1;
        std::int64_t changes = 0;
        auto const rule = rule_at(*one.of, hour, changes);
        bool const is_over = judge_.reminder(rule) == std::chrono::seconds::max();
        look_again(which, is_over ? changes : std::min(changes, hour + hours_of(judge_.reminder(rule))));
    }
}

void Walk::count(Lane const& lane, std::int64_t hour, std::map<std::string_view, Message> const& messages) {
    auto const& delivery = judge_.lanes()[lane.number];
    auto const copies = lane.audience.messages;
    bool const is_night = is_quiet(delivery, hour);
    for (auto const& [identifier, message] : messages) {
        auto const sent = [&](RuleTally& tally) {
            (delivery.approvals > 0 ? tally.held : tally.messages) += copies;
            if (is_night && !message.is_urgent) tally.quieted += copies;
        };
        each(hour, sent);
        for (auto const& part : message.parts) {
            auto const told = [&](RuleTally& tally) {
                tally.findings += part.fresh + part.again;
                tally.reminders += part.again;
            };
            each(hour, told);
            sent(outcomes_.rules[part.rule]);
            told(outcomes_.rules[part.rule]);
        }
    }
}

bool Walk::is_quiet(Delivery const& delivery, std::int64_t hour) {
    if (!delivery.quiet) return false;
    auto const zone = judge_.zone_of(subject_.organisation, *delivery.quiet);
    auto const at = walls_.try_emplace(zone, zone).first;
    return end_of_quiet(*delivery.quiet, at->second, window_.from + std::chrono::hours(hour)).has_value();
}

}  // namespace tocsin::notifications::rules
