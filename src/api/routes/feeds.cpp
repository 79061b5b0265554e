#include "api/render_events.hpp"
#include "api/report_intake.hpp"

#include <algorithm>
#include <fmt/format.h>

/// Feeds with their health, reports in, rejected rows and their replay, networks without an owner.
namespace tocsin::api {

namespace {

std::shared_ptr<events::FeedDefinition const> definition_of(Call const& call, std::string_view feed) {
    auto found = call.doors().catalogue->find(feed);
    return found ? *found : nullptr;
}

bool is_wanted(std::string_view wanted, std::string_view id, events::FeedDefinition const* definition) {
    if (wanted.empty()) return true;
    auto const part = lowered(wanted);
    return id.find(part) != std::string_view::npos ||
           (definition && lowered(definition->title).find(part) != std::string::npos);
}

Reply feeds_list(Call& call) {
    auto const active = call.query("active");
    auto const wanted = call.query("q").value_or("");
    TRY(auto health, call.doors().events->feed_health(scope_of(call)));
    for (auto const& id : call.doors().catalogue->ids()) {
        if (std::ranges::find(health, id, &events::FeedHealth::feed) != health.end()) continue;
        events::FeedHealth never;
        never.feed = id;
        health.push_back(std::move(never));
    }
    std::erase_if(health,
                  [&](events::FeedHealth const& one) { return active && (one.reports > 0) != (*active == "yes"); });
    std::ranges::sort(health, {}, [](events::FeedHealth const& one) { return std::pair(one.reports == 0, one.feed); });
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& one : health) {
        auto const definition = definition_of(call, one.feed);
        if (is_wanted(wanted, one.feed, definition.get())) put(json, one, definition.get());
    }
    json.end().end();
    return json_answer(std::move(json));
}

Reply feeds_get(Call& call) {
    auto const& id = call.path("feed");
    auto const definition = definition_of(call, id);
    auto const scope = scope_of(call);
    TRY(auto const health, call.doors().events->feed_health(scope, id));
    if (!definition && health.reports == 0) return fail(Code::not_found, fmt::format("there is no feed {}", id));
    std::string next;
    TRY(auto const reports, call.doors().events->reports(scope, id, std::nullopt, {.after = "", .limit = 30}, next));
    TRY(auto const reasons, call.doors().events->rejected_reasons(scope, id));
    JsonWriter json;
    json.object().key("feed");
    put(json, health, definition.get());
    json.key("reports").array();
    for (auto const& report : reports) put(json, report);
    json.end().key("rejected_reasons").array();
    for (auto const& [reason, count] : reasons) json.object().field("reason", reason).field("count", count).end();
    json.end().end();
    return json_answer(std::move(json));
}

Result<std::unique_ptr<net::BodySink>> feeds_push(Call& call) {
    auto const& feed = call.path("feed");
    CHECK(call.doors().catalogue->find(feed));
    auto name = std::string(call.query("name").value_or(""));
    auto done = [&house = call.house](Result<events::Report> const& report) {
        if (!report) return problem_of(report.error());
        house.changes.publish("report", std::to_string(report->id), "added", house.doors.clock->now());
        JsonWriter json;
        json.object()
            .field("report", report->id)
            .field("redelivered", report->state == events::ReportState::redelivered)
            .end();
        return json_answer(std::move(json), 202);
    };
    return take_in_report(*call.doors().events, feed, std::move(name), std::move(done));
}

Reply reports_list(Call& call) {
    std::string next;
    TRY(auto const reports, call.doors().events->reports(scope_of(call), call.query("feed").value_or(""),
                                                         events::report_state_named(call.query("state").value_or("")),
                                                         {.after = call.after(), .limit = call.limit()}, next));
    return page_of(reports, next, [](JsonWriter& json, events::Report const& report) { put(json, report); });
}

Reply reports_get(Call& call) {
    TRY(auto const report, call.doors().events->report(scope_of(call), call.path_id()));
    JsonWriter json;
    put(json, report);
    return json_answer(std::move(json));
}

void put_rejected(JsonWriter& json, events::StoredRejectedRow const& row) {
    constexpr std::size_t most_shown = 4096;
    json.object()
        .field("id", row.id)
        .field("feed", row.feed)
        .field("report", row.report)
        .field("line", row.record)
        .field_or_null("field", row.field)
        .field("reason", row.reason)
        .field("raw", std::string_view(row.raw).substr(0, most_shown))
        .field("at", row.at)
        .field("state", row.state)
        .end();
}

Reply rejected_list(Call& call) {
    std::string next;
    TRY(auto const rows,
        call.doors().events->rejected(scope_of(call), call.query("feed").value_or(""), call.query_number("report"),
                                      {.after = call.after(), .limit = call.limit()}, next));
    return page_of(rows, next, put_rejected);
}

Reply rejected_count(Call& call) {
    TRY(auto const health, call.doors().events->feed_health(scope_of(call)));
    auto const feed = call.query("feed");
    std::int64_t count = 0;
    for (auto const& one : health) count += !feed || one.feed == *feed ? one.kept : 0;
    return count_of(count);
}

Reply rejected_act(Call& call) {
    auto const feed = call.text_or("feed", "");
    auto const report = call.number("report");
    std::vector<std::int64_t> rows;
    if (auto const* listed = call.member("rows")) {
        for (auto const& row : listed->as_array()) rows.push_back(row.to_number<std::int64_t>());
    }
    if (feed.empty() && !report && rows.empty()) return fail(Code::invalid, "expected feed, report or rows");
    JsonWriter json;
    if (call.text_or("action", "") == "discard") {
        TRY(auto const discarded, call.doors().events->discard(call.caller, feed, report, rows));
        json.object()
            .field("tried", discarded)
            .field("accepted", 0)
            .field("rejected", 0)
            .field("discarded", discarded)
            .end();
    } else {
        TRY(auto const totals, call.doors().events->replay(feed, report, rows));
        auto const accepted = totals.events + totals.duplicates;
        json.object()
            .field("tried", accepted + totals.rejected)
            .field("accepted", accepted)
            .field("rejected", totals.rejected)
            .field("discarded", 0)
            .end();
    }
    call.changed("feed", feed, "changed");
    return json_answer(std::move(json));
}

/// A definition and a sample from the console; nothing of it is kept.
Reply feeds_try(Call& call) {
    events::OpenOptions options;
    options.name = call.text_or("name", "");
    options.feed = call.text_or("feed", "");
    options.limits.expanded_bytes = std::uint64_t{16} << 20;
    auto const mapping = call.text_or("mapping", "");
    if (!mapping.empty()) {
        TRY(auto definition, events::read_feed_definition("mapping/preview", {"mapping", mapping}));
        options.mapping = std::make_shared<events::FeedDefinition const>(std::move(definition));
    }
    auto const rows = static_cast<std::size_t>(call.number("rows").value_or(20));
    TRY(auto const tried,
        events::try_feed(std::make_unique<formats::MemorySource>(std::string(call.text_or("sample", ""))), options,
                         *call.doors().catalogue, rows));
    JsonWriter json;
    json.raw(events::tried_json(tried));
    return json_answer(std::move(json));
}

Reply unowned_list(Call& call) {
    std::optional<events::Lane> lane;
    if (auto const name = call.query("lane")) lane = events::lane_named(*name);
    auto const offset = static_cast<std::size_t>(std::max<std::int64_t>(0, parse_int(call.after()).value_or(0)));
    auto const limit = call.limit();
    TRY(auto networks, call.doors().events->unowned(scope_of(call), lane, limit + 1, offset));
    auto const has_more = networks.size() > limit;
    if (has_more) networks.resize(limit);
    auto const enrichment = call.doors().constituency->enrichment();
    return page_of(
        networks, has_more ? std::to_string(offset + limit) : "", [&](JsonWriter& json, events::Unowned const& one) {
            json.object()
                .field("network", format_prefix(one.network))
                .field_or_null("asn", one.asn == 0 ? std::nullopt : std::optional(one.asn))
                .field_or_null("as_name",
                               enrichment && one.asn != 0 ? enrichment->as_name(one.asn) : std::string_view());
            json.field_or_null("country", one.country)
                .field("lane", one.lane == events::Lane::abroad ? "abroad" : "none")
                .field("events", one.events)
                .field("findings", one.findings)
                .field("last_seen", one.last_seen)
                .field("example", format_ip(one.example))
                .end();
        });
}

}  // namespace

void routes_feeds(Router& router) {
    router.answer("feeds_list", feeds_list);
    router.answer("feeds_get", feeds_get);
    router.answer("feeds_try", feeds_try);
    router.take_stream("feeds_push", feeds_push);
    router.answer("reports_list", reports_list);
    router.answer("reports_get", reports_get);
    router.answer("rejected_list", rejected_list);
    router.answer("rejected_count", rejected_count);
    router.answer("rejected_act", rejected_act);
    router.answer("unowned_list", unowned_list);
}

}  // namespace tocsin::api
