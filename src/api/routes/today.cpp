#include "api/due.hpp"
#include "notifications/inbox.hpp"

#include <algorithm>

/// The home page: what came in, what waits, what got worse, what got better, what is due.
namespace tocsin::api {

namespace {

void put_trend(JsonWriter& json, Trend const& trend, Names const& names) {
    auto const is_organisation = trend.what == "organisation";
    json.object()
        .field("what", trend.what)
        .field("id", trend.id)
        .field("title", is_organisation ? names.organisation(parse_int(trend.id).value_or(0)) : trend.id)
        .field("before", trend.before)
        .field("now", trend.now)
        .field("change", trend.change())
        .end();
}

Status put_came_in(JsonWriter& json, Call const& call, Situation const& situation,
                   std::vector<events::FeedHealth> const& health) {
    auto const now = call.now();
    auto const since = now - std::chrono::hours(24);
    std::int64_t reports = 0, events = 0, rejected = 0;
    std::string after, next;
    for (bool more = true; more;) {
        TRY(auto const page,
            call.doors().events->reports(scope_of(call), "", std::nullopt, {.after = after, .limit = 1000}, next));
        for (auto const& report : page) {
            more = report.received >= since;
            if (!more) break;
            ++reports;
            events += report.events;
            rejected += report.rejected;
        }
        after = next;
        more = more && !next.empty();
    }
    std::map<Timestamp, std::int64_t> by_day;
    for (auto const& feed : health) {
        for (auto const& [at, count] : feed.volume) by_day[at] += count;
    }
    json.key("came_in")
        .object()
        .field("reports", reports)
        .field("events", events)
        .field("rejected", rejected)
        .field("new_findings", situation.new_findings)
        .field("back_again", situation.back_again)
        .field("repaired", situation.repaired)
        .key("events_by_day")
        .array();
    for (auto const& [at, count] : by_day) json.object().field("at", at).field("count", count).end();
    json.end().end();
    return {};
}

void put_open(JsonWriter& json, Situation const& situation, Names const& names) {
    json.key("open_findings").object().field("total", situation.open).key("by_severity").array();
    for (auto const& [severity, count] : situation.by_severity)
        json.object().field("severity", severity).field("count", count).end();
    json.end().key("by_class").array();
    for (auto const& [name, count] : situation.by_class) json.object().field("class", name).field("count", count).end();
    json.end().key("by_organisation").array();
    for (auto const& [id, count] : situation.by_organisation) {
        json.object().reference("organisation", id, names.organisation(id)).field("count", count).end();
    }
    json.end().end();
}

Result<std::int64_t> notifications_in(Call const& call, notifications::State state) {
    notifications::Filter filter;
    filter.states = {state};
    return call.doors().notifications->count(filter);
}

Status put_waiting(JsonWriter& json, Call const& call, std::vector<events::FeedHealth> const& health) {
    auto const week = call.now() - std::chrono::days(7);
    TRY(auto const held, notifications_in(call, notifications::State::held));
    TRY(auto const failed, notifications_in(call, notifications::State::failed));
    notifications::Filter answered;
    answered.answered = true;
    answered.from = week;
    TRY(auto const answers, call.doors().notifications->count(answered));
    std::int64_t mine = 0;
    if (call.caller.account) {
        events::FindingFilter filter;
        filter.assigned = std::to_string(call.caller.account.value);
        filter.states = {events::FindingState::open};
        TRY(mine, call.doors().events->count(scope_of(call), filter));
    }
    events::EventFilter unowned;
    unowned.organisations = {0};
    unowned.from = week;
    TRY(auto const without_owner, call.doors().events->count(scope_of(call), unowned));
    std::int64_t rejected = 0;
    for (auto const& feed : health) rejected += feed.kept;
    TRY(auto const watch_hits, intelligence::Watches(*call.doors().intelligence).unread(call.caller));
    std::int64_t recalls = 0, proposals = 0, mails = 0;
    if (call.caller.may(access::Role::analyst)) {
        TRY(recalls, call.doors().recalls->waiting());
        TRY(mails, call.doors().inbox->count({.waits = true}));
    }
    TRY(proposals, intelligence::Proposals(*call.doors().intelligence)
                       .count({.state = intelligence::ProposalState::open}, call.caller));
    json.key("waiting")
        .object()
        .field("held_notifications", held)
        .field("failed_notifications", failed)
        .field("answers", answers)
        .field("assigned_to_me", mine)
        .field("rejected_rows", rejected)
        .field("unowned_events", without_owner)
        .field("watch_hits", watch_hits)
        .field("proposed_recalls", recalls)
        .field("proposals", proposals)
        .field("mails", mails)
        .end();
    return {};
}

void put_quiet(JsonWriter& json, std::vector<events::FeedHealth> const& health) {
    json.key("quiet_feeds").array();
    for (auto const& feed : health) {
        if (feed.condition != events::FeedCondition::quiet && feed.condition != events::FeedCondition::late) continue;
        json.object().field("feed", feed.feed);
        json.field_or_null("last_report", feed.last_report);
        json.field_or_null("expected", feed.expected());
        json.end();
    }
    json.end();
    json.key("flooding_feeds").array();
    for (auto const& feed : health)
        if (feed.condition == events::FeedCondition::flood)
            json.object().field("feed", feed.feed).field_or_null("last_report", feed.last_report).end();
    json.end();
}

Status put_troubled(JsonWriter& json, Call const& call) {
    TRY(auto const sources, events::source_health(*call.doors().sources, call.now()));
    bool const sees_sources = scope_of(call).is_everything();  // see routes/sources.cpp
    json.key("troubled_sources").array();
    for (auto const& one : sources) {
        if (!sees_sources || !events::is_troubled(one.condition)) continue;
        json.object().field("id", one.source.id.value).field("name", one.source.name);
        json.field("condition", events::name_of(one.condition)).field_or_null("words", one.words).end();
    }
    json.end();
    return {};
}

void put_due(JsonWriter& json, std::vector<DueThing> const& due, Timestamp now) {
    json.key("due").array();
    for (auto const& one : due) {
        json.object().field("what", one.what);
        put_thing(json, "thing", one.kind, one.id);
        json.field("title", one.title);
        json.field_or_null("count", one.count);
        json.field("at", one.at).field("seconds_left", (one.at - now).count() / 1'000'000).end();
    }
    json.end();
}

Reply today_get(SituationCache& cache, Unreachable& unreachable, Call& call) {
    auto const scope = scope_of(call);
    TRY(auto const situation, cache.get(*call.doors().events, scope, call.now()));
    TRY(auto const health, call.doors().events->feed_health(scope));
    TRY(auto const names, Names::of(call));
    JsonWriter json;
    json.object().field("at", call.now()).field("since", call.now() - std::chrono::hours(24));
    CHECK(put_came_in(json, call, *situation, health));
    put_open(json, *situation, names);
    CHECK(put_waiting(json, call, health));
    json.key("worse").array();
    for (auto const& trend : situation->worse) put_trend(json, trend, names);
    json.end().key("better").array();
    for (auto const& trend : situation->better) put_trend(json, trend, names);
    json.end();
    put_quiet(json, health);
    CHECK(put_troubled(json, call));
    TRY(auto const due, all_due(call, unreachable, situation, health, names));
    put_due(json, due, call.now());
    json.end();
    return json_answer(std::move(json));
}

}  // namespace

void routes_today(Router& router) {
    auto cache = std::make_shared<SituationCache>();
    auto unreachable = std::make_shared<Unreachable>();
    router.answer("today_get", [cache, unreachable](Call& call) { return today_get(*cache, *unreachable, call); });
}

}  // namespace tocsin::api
