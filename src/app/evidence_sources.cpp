#include "app/evidence_sources.hpp"

#include "events/events.hpp"
#include "intelligence/intelligence.hpp"
#include "notifications/notifications.hpp"
#include "sharing/sharing.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace tocsin::app {
namespace {

using access::Principal;
using readiness::Reading;
using Answer = Result<Reading>;

constexpr auto times_looked_at = std::chrono::days(90);  ///< findings of which times are taken
constexpr std::int64_t seconds_a_day = 86'400;

events::Scope scope_of(Instance& instance, Principal const& by) {
    return instance.gate().scope<events::StoredEvent>(gate::Recipient::team(by));
}

std::string hours(std::vector<std::int64_t>& seconds) {
    auto const middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
    std::ranges::nth_element(seconds, middle);
    return fmt::format("{:.1f}", static_cast<double>(*middle) / 3600.0);
}
std::string percent(std::int64_t part, std::int64_t whole) {
    return std::to_string(whole == 0 ? 0 : part * 100 / whole);
}

Answer constituency_register(Instance& instance, Principal const&) {
    auto& directory = instance.constituency().directory();
    TRY(auto const organisations, directory.count(constituency::OrganisationQuery{}));
    TRY(auto const resources, directory.count(constituency::ResourceQuery{}));
    TRY(auto const changes, directory.change_sets(1));
    return Reading{
        .has_records = organisations > 0,
        .value = fmt::format("{} organisations, {} resources", organisations, resources),
        .words = {{"organisations", std::to_string(organisations)}, {"resources", std::to_string(resources)}},
        .date = changes.empty() ? std::nullopt : std::optional(changes.front().at)};
}

Answer constituency_contacts(Instance& instance, Principal const&) {
    auto& directory = instance.constituency().directory();
    TRY(auto const contacts, directory.count(constituency::ContactQuery{}));
    TRY(auto const changes, directory.history("contact", 0, 1));
    Reading reading{.has_records = contacts > 0,
                    .value = fmt::format("{} contacts", contacts),
                    .words = {{"contacts", std::to_string(contacts)}}};
    if (!changes.empty()) {
        TRY(auto const set, directory.change_set(changes.front().change_set));
        reading.date = set.at;
    }
    return reading;
}

Answer feeds_alive(Instance& instance, Principal const& by) {
    TRY(auto* const events, instance.events());
    TRY(auto const all, events->feed_health(scope_of(instance, by)));
    Reading reading;
    std::int64_t known = 0, alive = 0;
    for (auto const& feed : all) {
        if (!feed.last_report) continue;
        ++known;
        if (feed.condition == events::FeedCondition::good) ++alive;
        reading.date = std::max(reading.date.value_or(Timestamp()), *feed.last_report);
    }
    reading.has_records = known > 0;
    reading.value = fmt::format("{} of {} feeds alive", alive, known);
    reading.words = {{"alive", std::to_string(alive)}, {"known", std::to_string(known)}};
    return reading;
}

Answer intelligence_held(Instance& instance, Principal const& by) {
    TRY(auto* const known, instance.intelligence());
    auto const recipient = gate::Recipient::team(by);
    TRY(auto const count, known->count({}, recipient));
    Reading reading{.has_records = count > 0,
                    .value = fmt::format("{} objects", count),
                    .words = {{"objects", std::to_string(count)}}};
    if (count == 0) return reading;
    TRY(auto const newest, known->objects({}, recipient, intelligence::ObjectOrder::newest_first, {.limit = 1}));
    if (!newest.items.empty()) reading.date = newest.items.front()->added;
    return reading;
}

/// How long something took, of each finding it happened to.
class Times {
  public:
    void add(Timestamp first_seen, Timestamp happened) {
        seconds_.push_back(std::max<std::int64_t>(0, (happened - first_seen).count() / 1'000'000));
        newest_ = std::max(newest_.value_or(Timestamp()), happened);
    }
    Reading reading(std::string_view what) {
        if (seconds_.empty()) return {};
        auto const count = std::to_string(seconds_.size());
        auto const median = hours(seconds_);
        return {.has_records = true,
                .value = fmt::format("median {} hours over {} {} findings", median, count, what),
                .words = {{"hours", median}, {"findings", count}},
                .date = newest_};
    }

  private:
    std::vector<std::int64_t> seconds_;
    std::optional<Timestamp> newest_;
};

/// As the reports count it: from the first sight to the first warning, of what was not ruled out.
Answer time_to_warn(Instance& instance, Principal const& by) {
    TRY(auto* const events, instance.events());
    TRY(auto* const notifications, instance.notifications());
    auto const now = instance.clock().now();
    TRY(auto const told, notifications->warned(now - times_looked_at, now));
    events::FindingFilter filter;
    filter.first_from = now - times_looked_at;
    filter.states = {events::FindingState::open, events::FindingState::repaired};
    Times times;
    CHECK(events->scan(scope_of(instance, by), filter, [&](events::Finding const& finding) {
        if (auto const first = told.first.find(finding.id); first != told.first.end())
            times.add(finding.first_seen, first->second);
        return true;
    }));
    return times.reading("warned");
}

Answer time_to_repair(Instance& instance, Principal const& by) {
    TRY(auto* const events, instance.events());
    events::FindingFilter filter;
    filter.repaired_from = instance.clock().now() - times_looked_at;
    filter.states = {events::FindingState::repaired};
    Times times;
    CHECK(events->scan(scope_of(instance, by), filter, [&](events::Finding const& finding) {
        if (finding.repaired) times.add(finding.first_seen, *finding.repaired);
        return true;
    }));
    return times.reading("repaired");
}

/// When the newest finding of a filter was last seen.
Result<std::optional<Timestamp>> last_seen(Instance& instance, Principal const& by,
                                           events::FindingFilter const& filter) {
    TRY(auto* const events, instance.events());
    TRY(auto const page,
        events->findings(scope_of(instance, by), filter, events::FindingOrder::last_seen_down, {"", 1}));
    return page.items.empty() ? std::nullopt : std::optional(page.items.front().last_seen);
}

Answer findings_classified(Instance& instance, Principal const& by) {
    TRY(auto* const events, instance.events());
    events::AggregateRequest request;
    request.by = {"taxonomy"};
    TRY(auto const groups, events->aggregate(scope_of(instance, by), events::FindingFilter{}, request));
    TRY(auto const date, last_seen(instance, by, {}));
    std::int64_t classified = 0;
    for (auto const& group : groups.groups)
        if (!group.key.empty() && !group.key[0].empty() && group.key[0] != "other") classified += group.count;
    return Reading{
        .has_records = groups.total > 0,
        .value = fmt::format("{} % of {} findings", percent(classified, groups.total), groups.total),
        .words = {{"percent", percent(classified, groups.total)}, {"findings", std::to_string(groups.total)}},
        .date = date};
}

Answer findings_tracked(Instance& instance, Principal const& by) {
    TRY(auto* const events, instance.events());
    auto const scope = scope_of(instance, by);
    TRY(auto const all, events->count(scope, events::FindingFilter{}));
    events::FindingFilter repaired;
    repaired.states = {events::FindingState::repaired};
    TRY(auto const done, events->count(scope, repaired));
    TRY(auto const date, last_seen(instance, by, {}));
    return Reading{.has_records = all > 0,
                   .value = fmt::format("{} findings, {} of them repaired", all, done),
                   .words = {{"findings", std::to_string(all)}, {"repaired", std::to_string(done)}},
                   .date = date};
}

Answer findings_prevented(Instance& instance, Principal const& by) {
    TRY(auto* const events, instance.events());
    events::FindingFilter weak;
    weak.taxonomies = {"vulnerable"};
    TRY(auto const count, events->count(scope_of(instance, by), weak));
    TRY(auto const date, last_seen(instance, by, weak));
    return Reading{.has_records = count > 0,
                   .value = fmt::format("{} weaknesses found", count),
                   .words = {{"findings", std::to_string(count)}},
                   .date = date};
}

Answer findings_kinds(Instance& instance, Principal const& by) {
    TRY(auto* const events, instance.events());
    events::AggregateRequest request;
    request.by = {"identifier"};
    request.limit = 1000;
    TRY(auto const groups, events->aggregate(scope_of(instance, by), events::FindingFilter{}, request));
    TRY(auto const date, last_seen(instance, by, {}));
    return Reading{.has_records = !groups.groups.empty(),
                   .value = fmt::format("{} kinds", groups.groups.size()),
                   .words = {{"kinds", std::to_string(groups.groups.size())}},
                   .date = date};
}

Answer events_kept(Instance& instance, Principal const& by) {
    TRY(auto* const events, instance.events());
    auto const scope = scope_of(instance, by);
    TRY(auto const extent, events->extent(scope, events::EventFilter{}));
    TRY(auto const oldest, events->oldest(scope));
    TRY(auto const date, last_seen(instance, by, {}));
    return Reading{.has_records = extent.count > 0,
                   .value = fmt::format("{} events since {}", extent.count, oldest ? format_date(*oldest) : "-"),
                   .words = {{"events", std::to_string(extent.count)}, {"since", oldest ? format_date(*oldest) : "-"}},
                   .date = date};
}

Answer mail_delivered(Instance& instance, Principal const&) {
    TRY(auto* const notifications, instance.notifications());
    TRY(auto const sent, notifications->count({.states = {notifications::State::sent}}));
    TRY(auto const failed, notifications->count({.states = {notifications::State::failed}}));
    TRY(auto const newest, notifications->list({.states = {notifications::State::sent}}, 1));
    return Reading{.has_records = sent > 0,
                   .value = fmt::format("{} % of {} mails", percent(sent, sent + failed), sent + failed),
                   .words = {{"percent", percent(sent, sent + failed)}, {"mails", std::to_string(sent + failed)}},
                   .date = newest.items.empty() ? std::nullopt : newest.items.front().sent};
}

Answer owners_answered(Instance& instance, Principal const&) {
    TRY(auto* const notifications, instance.notifications());
    TRY(auto const answered, notifications->count({.answered = true}));
    TRY(auto const sent, notifications->count({.states = {notifications::State::sent}}));
    TRY(auto const entries, instance.ledger().read([](store::Transaction& tx) {
        return access::audit_entries(tx, {.what = "notification.answer", .limit = 1});
    }));
    return Reading{.has_records = answered > 0,
                   .value = fmt::format("{} of {} warnings answered", answered, sent),
                   .words = {{"answered", std::to_string(answered)}, {"warnings", std::to_string(sent)}},
                   .date = entries.empty() ? std::nullopt : std::optional(entries.front().at)};
}

Answer audit_verified(Instance& instance, Principal const&) {
    TRY(auto const verdict, instance.ledger().read([](store::Transaction& tx) { return access::verify_audit(tx); }));
    return Reading{.has_records = verdict.entries > 0 && !verdict.broken_at,
                   .value = fmt::format("{} entries, the chain is whole", verdict.entries),
                   .words = {{"entries", std::to_string(verdict.entries)}},
                   .date = instance.clock().now()};
}

Answer disclosures_verified(Instance& instance, Principal const&) {
    return instance.ledger().read([&](store::Transaction& tx) -> Answer {
        TRY(auto const wrong, gate::verify_disclosures(tx));
        TRY(auto const newest, gate::disclosures(tx, {.limit = 1}));
        if (newest.empty() || wrong) return Reading{};
        return Reading{.has_records = true,
                       .value = fmt::format("all on record, the last on {}", format_date(newest.front().at)),
                       .words = {{"last", format_date(newest.front().at)}},
                       .date = instance.clock().now()};
    });
}

Answer access_roles(Instance& instance, Principal const&) {
    TRY(auto const accounts, instance.access().accounts());
    TRY(auto const keys, instance.access().keys());
    auto const active = std::ranges::count_if(
        accounts, [](auto const& account) { return !account.is_disabled && account.role >= access::Role::viewer; });
    auto const open = std::ranges::count_if(keys, [](auto const& key) { return !key.revoked; });
    return Reading{.has_records = active > 0,
                   .value = fmt::format("{} accounts and {} keys, each with a role", active, open),
                   .words = {{"accounts", std::to_string(active)}, {"keys", std::to_string(open)}},
                   .date = instance.clock().now()};
}

Answer accounts_two_factor(Instance& instance, Principal const&) {
    TRY(auto const accounts, instance.access().accounts());
    std::int64_t all = 0, with = 0;
    for (auto const& account : accounts) {
        if (account.is_disabled || account.role < access::Role::viewer) continue;  // constituents are not of the team
        ++all;
        if (account.has_totp) ++with;
    }
    return Reading{.has_records = with > 0,
                   .value = fmt::format("{} of {} accounts", with, all),
                   .words = {{"with", std::to_string(with)}, {"accounts", std::to_string(all)}},
                   .date = instance.clock().now()};
}

Answer analysts_active(Instance& instance, Principal const&) {
    TRY(auto const accounts, instance.access().accounts());
    Reading reading;
    std::int64_t active = 0;
    auto const since = instance.clock().now() - std::chrono::seconds(30 * seconds_a_day);
    for (auto const& account : accounts) {
        if (account.is_disabled || account.role < access::Role::analyst || !account.last_seen) continue;
        if (*account.last_seen >= since) ++active;
        reading.date = std::max(reading.date.value_or(Timestamp()), *account.last_seen);
    }
    reading.has_records = reading.date.has_value();
    reading.value = fmt::format("{} analysts", active);
    reading.words = {{"analysts", std::to_string(active)}};
    return reading;
}

Answer retention_set(Instance& instance, Principal const&) {
    auto const days = instance.config().archive_days;
    return Reading{.has_records = days > 0,
                   .value = fmt::format("{} days", days),
                   .words = {{"days", std::to_string(days)}},
                   .date = instance.clock().now()};
}

Answer backup_made(Instance& instance, Principal const&) {
    TRY(auto const entries, instance.ledger().read([](store::Transaction& tx) {
        return access::audit_entries(tx, {.what = "backup", .limit = 1});
    }));
    if (entries.empty()) return Reading{};
    auto const date = format_date(entries.front().at);
    return Reading{.has_records = true, .value = date, .words = {{"date", date}}, .date = entries.front().at};
}

/// A peer is alive by its key, by a poll or push that went well, or by what came from it.
Answer peers_alive(Instance& instance, Principal const&) {
    TRY(auto const peers, instance.peers().all());
    TRY(auto const keys, instance.access().keys());
    TRY(auto const remotes, instance.remotes().all());
    std::map<std::int64_t, Timestamp> seen;  // by peer
    auto const note = [&](sharing::PeerId peer, std::optional<Timestamp> at) {
        if (at) seen[peer.value] = std::max(seen[peer.value], *at);
    };
    for (auto const& peer : peers) {
        auto const key = std::ranges::find(keys, peer.key, &access::Key::id);
        if (key != keys.end()) note(peer.id, key->last_used);
    }
    for (auto const& remote : remotes)
        for (auto const way : {sharing::Way::poll, sharing::Way::push}) {
            if (!remote.goes(way)) continue;
            TRY(auto const course, instance.remotes().course(remote.id, way));
            note(remote.peer, course.last_success);
        }
    TRY(auto* const known, instance.intelligence());
    TRY(auto const sources, known->sources(1000));
    for (auto const& source : sources)
        for (auto const& peer : peers)
            if (source.organisation && source.organisation == peer.organisation) note(peer.id, source.at);
    Reading reading{.has_records = !seen.empty(),
                    .value = fmt::format("{} of {} peers", seen.size(), peers.size()),
                    .words = {{"alive", std::to_string(seen.size())}, {"peers", std::to_string(peers.size())}}};
    for (auto const& [peer, at] : seen) reading.date = std::max(reading.date.value_or(Timestamp()), at);
    return reading;
}

/// Assessments of our own; of services only, if asked.
Answer assessments(Instance& instance, bool only_services) {
    TRY(auto* const room, instance.readiness());
    TRY(auto const all, room->assessments.all());
    Reading reading;
    std::int64_t count = 0;
    for (auto const& one : all) {
        auto const framework = room->library.framework(one.framework);
        if (!one.subject.empty() || !framework) continue;
        if (only_services && (*framework)->kind != readiness::FrameworkKind::services) continue;
        ++count;
        reading.date = std::max(reading.date.value_or(Timestamp()), one.changed);
    }
    reading.has_records = count > 0;
    reading.value = fmt::format("{} assessments", count);
    reading.words = {{"assessments", std::to_string(count)}};
    return reading;
}

std::string share_of(readiness::ReachFigures const& figures) {
    return fmt::format("{} of {} reached, {} of them out of hours; {} minutes in the median", figures.reached,
                       figures.tested, figures.outside,
                       figures.median_minutes ? std::to_string(*figures.median_minutes) : "-");
}

/// Tests of our own desk, or (`is_ours` not set) of constituents and peers. The record is an answer, not a question.
Answer reached(Instance& instance, bool is_ours) {
    TRY(auto* const room, instance.readiness());
    auto const since = instance.clock().now() - std::chrono::days(365);
    readiness::ReachFigures all;
    using readiness::ReachKind;
    for (auto const kind : {ReachKind::duty, ReachKind::constituent, ReachKind::peer}) {
        if ((kind == ReachKind::duty) != is_ours) continue;
        TRY(auto const some, room->reachability.figures(kind, since));
        all.tested += some.tested;
        all.reached += some.reached;
        all.outside += some.outside;
        if (some.median_minutes) all.median_minutes = std::max(all.median_minutes.value_or(0), *some.median_minutes);
        if (some.last_answer) all.last_answer = std::max(all.last_answer.value_or(Timestamp()), *some.last_answer);
    }
    return Reading{.has_records = all.reached > 0,
                   .value = share_of(all),
                   .words = {{"reached", std::to_string(all.reached)},
                             {"tested", std::to_string(all.tested)},
                             {"outside", std::to_string(all.outside)}},
                   .date = all.last_answer};
}

}  // namespace

void provide_evidence(Instance& instance, readiness::Evidence& evidence) {
    using Source = Answer (*)(Instance&, Principal const&);
    constexpr std::pair<std::string_view, Source> sources[] = {
        {"constituency.register", constituency_register},
        {"constituency.contacts", constituency_contacts},
        {"feeds.alive", feeds_alive},
        {"intelligence.held", intelligence_held},
        {"findings.time_to_warn", time_to_warn},
        {"findings.time_to_repair", time_to_repair},
        {"findings.classified", findings_classified},
        {"findings.tracked", findings_tracked},
        {"findings.prevented", findings_prevented},
        {"findings.kinds", findings_kinds},
        {"events.kept", events_kept},
        {"mail.delivered", mail_delivered},
        {"owners.answered", owners_answered},
        {"audit.verified", audit_verified},
        {"disclosures.verified", disclosures_verified},
        {"access.roles", access_roles},
        {"accounts.two_factor", accounts_two_factor},
        {"analysts.active", analysts_active},
        {"retention.set", retention_set},
        {"backup.made", backup_made},
        {"peers.alive", peers_alive},
        {"services.catalogue", [](Instance& house, Principal const&) { return assessments(house, true); }},
        {"reachability.tested", [](Instance& house, Principal const&) { return reached(house, true); }},
        {"contacts.reachable", [](Instance& house, Principal const&) { return reached(house, false); }},
        {"assessments.made", [](Instance& house, Principal const&) { return assessments(house, false); }},
    };
    for (auto const& [rule, source] : sources)
        evidence.provide(rule, [&instance, ask = source](Principal const& by) { return ask(instance, by); });
}

}  // namespace tocsin::app
