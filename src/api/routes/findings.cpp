#include "access/access.hpp"
#include "api/action_store.hpp"
#include "api/export.hpp"
#include "api/filters.hpp"
#include "api/finding_csv.hpp"
#include "api/render_events.hpp"
#include "base/csv_row.hpp"
#include "events/recheck.hpp"

#include <algorithm>
#include <fmt/format.h>

/// Findings: lists, one with its history, rulings and assignments, undo.
namespace tocsin::api {

namespace {

constexpr std::size_t most_acted_on = 10'000;

/// One thing that happened to a finding.
struct Happening {
    Timestamp at;
    std::string_view what;
    std::string who;
    std::string text;
    std::int64_t notification = 0;
};

events::FindingOrder order_of(Call const& call) {
    return events::finding_order_named(call.query("sort").value_or("-last_seen"))
        .value_or(events::FindingOrder::last_seen_down);
}

Reply findings_list(Call& call) {
    TRY(auto const filter, finding_filter(call.doors(), call.target, call.caller));
    TRY(auto page, call.doors().events->findings(scope_of(call), filter, order_of(call),
                                                 {.after = call.after(), .limit = call.limit()}));
    TRY(auto const names, Names::of(call));
    auto const findings = cleared(call, std::move(page.items));
    TRY(auto const extras, extras_of(call.house, names, findings));
    return page_of(findings, page.next, [&](JsonWriter& json, gate::Cleared<events::Finding> const& finding) {
        put(json, finding, names, extras[static_cast<std::size_t>(&finding - findings.data())]);
    });
}

Reply findings_count(Call& call) {
    TRY(auto const filter, finding_filter(call.doors(), call.target, call.caller));
    TRY(auto const count, call.doors().events->count(scope_of(call), filter));
    return count_of(count);
}

Reply findings_aggregate(Call& call) {
    TRY(auto const filter, finding_filter(call.doors(), call.target, call.caller));
    TRY(auto const request, aggregate_request(call.target));
    TRY(auto const aggregate, call.doors().events->aggregate(scope_of(call), filter, request));
    TRY(auto const names, Names::of(call));
    return aggregate_answer(aggregate, request, names);
}

std::string csv_header() {
    std::string row;
    append_csv_row(row, finding_header({"source.geolocation.cc", "organisation", "reason", "first_seen", "last_seen",
                                        "times", "returns", "notified_at", "said"}));
    return row;
}

std::string csv_row(gate::Cleared<events::Finding> const& finding, Names const& names, FindingExtras const& extras) {
    auto cells = finding_cells(finding);
    cells.insert(cells.end(), {finding->country, names.organisation(finding->organisation), extras.reason,
                               format_timestamp(finding->first_seen), format_timestamp(finding->last_seen),
                               std::to_string(finding->times), std::to_string(finding->returns),
                               extras.notified_at ? format_timestamp(*extras.notified_at) : "",
                               std::string(finding->said ? events::name_of(*finding->said) : "")});
    std::string row;
    append_csv_row(row, cells);
    return row;
}

struct FindingExport {
    events::Scope scope;
    events::FindingFilter filter;
    events::FindingOrder order;
    Names names;
    bool is_csv;
};

Status write_findings(House const& house, FindingExport const& wanted, net::BodyWriter& out) {
    auto const& names = wanted.names;
    BufferedWriter writer(out);
    if (wanted.is_csv) CHECK(writer.write(csv_header()));
    std::string after;
    do {
        TRY(auto page,
            house.doors.events->findings(wanted.scope, wanted.filter, wanted.order, {.after = after, .limit = 1000}));
        auto const sifted = house.doors.gate->sift(std::move(page.items), wanted.scope.recipient());
        TRY(auto const extras, extras_of(house, names, sifted.cleared));
        for (std::size_t i = 0; i < sifted.cleared.size(); ++i) {
            if (wanted.is_csv) {
                CHECK(writer.write(csv_row(sifted.cleared[i], names, extras[i])));
                continue;
            }
            JsonWriter json;
            put(json, sifted.cleared[i], names, extras[i]);
            CHECK(writer.write(json.text() + "\n"));
        }
        after = std::move(page.next);
    } while (!after.empty());
    return writer.flush();
}

Reply findings_export(Call& call) {
    TRY(auto filter, finding_filter(call.doors(), call.target, call.caller));
    TRY(auto names, Names::of(call));
    FindingExport wanted{.scope = scope_of(call),
                         .filter = std::move(filter),
                         .order = order_of(call),
                         .names = std::move(names),
                         .is_csv = call.query("format").value_or("csv") == "csv"};
    auto const file_name = wanted.is_csv ? "findings.csv" : "findings.jsonl";
    auto const media_type = wanted.is_csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
    TRY(auto const extent, call.doors().events->extent(wanted.scope, wanted.filter));
    CHECK(Download::of(call, file_name).record(call.house, wanted.scope, extent));
    return download(file_name, media_type, [&house = call.house, wanted = std::move(wanted)](net::BodyWriter& out) {
        return write_findings(house, wanted, out);
    });
}

std::string_view what_of(events::Statement const& statement) {
    if (events::is_by_recheck(statement))
        return statement.saying == events::Saying::repaired ? "found_closed" : "found_open";
    switch (statement.saying) {
        case events::Saying::seen:
        case events::Saying::repaired:
        case events::Saying::not_ours:
            return "said";
        case events::Saying::false_positive:
            return statement.by_team ? "ruled" : "said";
        case events::Saying::reopened:
            return "reopened";
        case events::Saying::note:
            return "changed";
        case events::Saying::assigned:
            return "assigned";
    }
    return "said";
}

std::vector<Happening> timeline_of(events::FindingDetail const& detail,
                                   std::vector<notifications::Notification> const& notified, Names const& names) {
    std::vector<Happening> timeline;
    auto const& finding = detail.finding;
    timeline.push_back({finding.first_seen, "first_seen", "", finding.feed});
    for (auto const& round : detail.rounds) {
        if (round > finding.first_seen) timeline.push_back({round, "seen", "", finding.feed});
    }
    if (finding.repaired && !events::is_repair_by_recheck(finding, detail.statements))
        timeline.push_back({*finding.repaired, "repaired", "", fmt::format("{} came without it", finding.feed)});
    for (auto const& statement : detail.statements) {
        auto text = statement.text;
        if (statement.saying == events::Saying::assigned) text = text.empty() ? "" : names.account(text);
        timeline.push_back({statement.at, what_of(statement), events::is_by_recheck(statement) ? "" : statement.by,
                            text.empty() ? std::string(events::name_of(statement.saying)) : text});
    }
    for (auto const& notification : notified) {
        timeline.push_back({notification.sent.value_or(notification.created), "notified",
                            notification.organisation_name, notification.subject, notification.id.value});
    }
    std::ranges::sort(timeline, {}, &Happening::at);
    return timeline;
}

void put_happening(JsonWriter& json, Happening const& happening) {
    json.object()
        .field("at", happening.at)
        .field("what", happening.what)
        .field_or_null("who", happening.who)
        .field_or_null("text", happening.text);
    if (happening.notification != 0) put_thing(json, "thing", "notification", std::to_string(happening.notification));
    json.end();
}

Reply findings_get(Call& call) {
    TRY(auto detail, call.doors().events->finding_detail(scope_of(call), call.path("id")));
    TRY(auto const finding, cleared(call, detail.finding));
    TRY(auto const names, Names::of(call));
    notifications::Filter about_it;
    about_it.finding = finding->id;
    TRY(auto const notified, call.doors().notifications->list(about_it, 50));
    auto const timeline = timeline_of(detail, notified.items, names);
    JsonWriter json;
    json.object().key("finding");
    TRY(auto const extras, extras_of(call.house, names, std::span(&finding, 1)));
    put(json, finding, names, extras.front());
    json.key("timeline").array();
    for (auto const& happening : timeline) put_happening(json, happening);
    json.end().key("events").array();
    for (auto const& event : cleared(call, std::move(detail.events))) put(json, event, names);
    json.end().key("notifications").array();
    for (auto const& notification : notified.items) {
        json.object()
            .field("id", notification.id.value)
            .field("state", notifications::name_of(notification.state))
            .field("at", notification.sent.value_or(notification.created))
            .field("subject", notification.subject)
            .end();
    }
    json.end();
    auto language = std::string("en");
    if (call.caller.account) {
        TRY(auto const account, call.doors().access->account(call.caller.account));
        language = account.language;
    }
    json.field_or_null("repair", notifications::remediation(finding->identifier, finding->type, language));
    json.key("related").array();
    auto const related = cleared(call, std::move(detail.related));
    TRY(auto const extras_of_related, extras_of(call.house, names, related));
    for (std::size_t i = 0; i < related.size(); ++i) put(json, related[i], names, extras_of_related[i]);
    json.end().end();
    return json_answer(std::move(json));
}

/// The findings a bulk action is about, as they are now.
Result<std::vector<events::Finding>> selected(Call const& call) {
    events::FindingFilter filter;
    if (auto const* listed = call.member("findings")) {
        for (auto const& id : listed->as_array()) filter.ids.emplace_back(id.as_string());
        if (filter.ids.empty()) return fail(Code::invalid, "findings: expected at least one");
    } else if (auto const text = call.text("filter")) {
        TRY(auto const target, parse_request_target("/?" + *text));
        TRY(filter, finding_filter(call.doors(), target, call.caller));
    } else {
        return fail(Code::invalid, "expected findings or filter");
    }
    std::vector<events::Finding> findings;
    bool is_too_many = false;
    CHECK(call.doors().events->scan(scope_of(call), filter, [&](events::Finding const& finding) {
        is_too_many = findings.size() >= most_acted_on;
        if (!is_too_many) findings.push_back(finding);
        return !is_too_many;
    }));
    if (is_too_many)
        return fail(Code::limit, fmt::format("more than {} findings at once: narrow the filter", most_acted_on));
    return findings;
}

struct Wish {
    events::Saying saying = events::Saying::note;
    std::string text;
    bool is_assignment = false;
};

Result<Wish> wish_of(Call const& call) {
    auto const action = call.text_or("action", "");
    if (action == "false_positive") return Wish{events::Saying::false_positive, call.text_or("reason", ""), false};
    if (action == "reopen") return Wish{events::Saying::reopened, call.text_or("reason", ""), false};
    if (action == "unassign") return Wish{events::Saying::assigned, "", true};
    auto const user = call.number("user");
    if (!user) return fail(Code::invalid, "user: expected the account to assign to");
    CHECK(call.doors().access->account({*user}));
    return Wish{events::Saying::assigned, std::to_string(*user), true};
}

Status audit_action(Call const& call, std::string_view what, std::int64_t action, std::size_t count) {
    JsonWriter details;
    details.object().field("findings", std::uint64_t{count}).end();
    return call.doors().ledger->write([&](store::Transaction& tx) -> Status {
        CHECK(access::audit(tx, call.caller, call.now(),
                            {.what = what, .kind = "action", .id = std::to_string(action), .details = details.text()}));
        return {};
    });
}

Reply done(std::size_t changed, std::int64_t action) {
    JsonWriter json;
    json.object().field("changed", std::uint64_t{changed});
    json.field_or_null("action", action == 0 ? std::nullopt : std::optional(action)).end();
    return json_answer(std::move(json));
}

Reply findings_act(Call& call) {
    TRY(auto const wish, wish_of(call));
    TRY(auto const findings, selected(call));
    if (findings.empty()) return done(0, 0);
    std::vector<ActionItem> items;
    events::StatementRequest request{
        .findings = {}, .saying = wish.saying, .by_team = true, .by = call.caller.name, .text = wish.text};
    for (auto const& finding : findings) {
        items.push_back(
            {finding.id, wish.is_assignment ? finding.assigned : std::string(events::name_of(finding.state))});
        request.findings.push_back(finding.id);
    }
    TRY(auto const action, call.doors().ledger->write([&](store::Transaction& tx) {
        return keep_action(tx, call.text_or("action", ""), call.caller.account.value, call.now(), items);
    }));
    CHECK(call.doors().events->say(request));
    CHECK(audit_action(call, "finding." + call.text_or("action", ""), action, items.size()));
    call.changed("finding", findings.size() == 1 ? id_for_all(call, findings.front()) : "", "changed");
    return done(items.size(), action);
}

/// Says the opposite of what the action said, for each finding by what it was before.
Reply actions_undo(Call& call) {
    auto const id = call.path_id("action");
    TRY(auto const action, call.doors().ledger->write([&](store::Transaction& tx) -> Result<KeptAction> {
        TRY(auto kept, kept_action(tx, id));
        CHECK(mark_undone(tx, id, call.now()));
        return kept;
    }));
    auto const is_assignment = action.what == "assign" || action.what == "unassign";
    std::map<std::string, std::vector<std::string>> by_before;
    for (auto const& item : action.items) by_before[item.before].push_back(item.finding);
    for (auto const& [before, findings] : by_before) {
        events::StatementRequest request{.findings = findings,
                                         .saying = events::Saying::assigned,
                                         .by_team = true,
                                         .by = call.caller.name,
                                         .text = before};
        if (!is_assignment) {
            request.saying = before == "false_positive" ? events::Saying::false_positive : events::Saying::reopened;
            request.text = fmt::format("action {} undone", id);
        }
        CHECK(call.doors().events->say(request));
    }
    CHECK(audit_action(call, "finding.undo", id, action.items.size()));
    call.changed("finding", "", "changed");
    return done(action.items.size(), 0);
}

Reply findings_note(Call& call) {
    TRY(auto const finding, call.doors().events->finding(scope_of(call), call.path("id")));
    CHECK(call.doors().events->say({.findings = {finding.id},
                                    .saying = events::Saying::note,
                                    .by_team = true,
                                    .by = call.caller.name,
                                    .text = call.text_or("text", "")}));
    call.changed("finding", id_for_all(call, finding), "changed");
    return nothing();
}

}  // namespace

void routes_findings(Router& router) {
    router.answer("findings_list", findings_list);
    router.answer("findings_count", findings_count);
    router.answer("findings_aggregate", findings_aggregate);
    router.answer("findings_export", findings_export);
    router.answer("findings_get", findings_get);
    router.answer("findings_act", findings_act);
    router.answer("actions_undo", actions_undo);
    router.answer("findings_note", findings_note);
}

}  // namespace tocsin::api
