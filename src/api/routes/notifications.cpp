#include "notifications/notifications.hpp"

#include "api/filters.hpp"
#include "api/render_events.hpp"

#include <set>

/// Notifications: lists, one as it was rendered, plan, approve, cancel, resend, close links.
namespace tocsin::api {

namespace {

using notifications::NotificationId;

Result<notifications::Filter> filter_of(Call const& call) {
    notifications::Filter filter;
    for (auto const& text : call.query_list("state")) {
        auto const state = notifications::parse_state(text);
        if (!state) return fail(Code::invalid, "state: expected held, queued, sending, sent, failed or cancelled");
        filter.states.push_back(*state);
    }
    TRY(filter.organisations, number_list(call.target, "organisation"));
    if (auto const answered = call.query("answered")) filter.answered = *answered == "yes";
    TRY(filter.from, time_value(call.target, "from"));
    TRY(filter.to, time_value(call.target, "to"));
    filter.text = call.query("q").value_or("");
    filter.finding = call.query("finding").value_or("");
    return filter;
}

void put_notification(JsonWriter& json, notifications::Notification const& one) {
    json.object()
        .field("id", one.id.value)
        .field("state", notifications::name_of(one.state))
        .key("organisation")
        .object()
        .field("id", one.organisation)
        .field("name", one.organisation_name)
        .end()
        .key("to")
        .array();
    for (auto const& address : one.to) json.value(address);
    json.end()
        .field("language", one.language)
        .field("tlp", one.tlp)
        .field("subject", one.subject)
        .field("findings", one.findings)
        .field("created", one.created)
        .field_or_null("sent", one.sent)
        .field("attempts", one.attempts)
        .field_or_null("next_attempt", one.next_attempt)
        .field("uncertain", one.is_uncertain)
        .field_or_null("error", one.error)
        .field("link", notifications::name_of(one.link))
        .field("link_expires", one.link_expires)
        .field("answers", one.answers)
        .field("encryption", notifications::name_of(one.encryption))
        .field_or_null("sealed", one.sealed)
        .field("channel", one.channel)
        .end();
}

void put_line(JsonWriter& json, notifications::Line const& line) {
    json.object()
        .field("finding", line.finding)
        .field("reminder", line.is_reminder)
        .field_or_null("severity", line.severity)
        .field("feed", line.feed);
    put_class(json, line.taxonomy, line.type, line.identifier);
    json.field_or_null("address", line.address)
        .field_or_null("port", line.port)
        .field_or_null("transport", line.transport)
        .field_or_null("domain", line.domain)
        .field_or_null("url", line.url)
        .field_or_null("account", line.account)
        .field_or_null("asn", line.asn)
        .field("first_seen", line.first_seen)
        .field("last_seen", line.last_seen)
        .field("times", line.times)
        .end();
}

/// Of each organisation the newest, newest first.
Result<std::vector<notifications::Notification>> one_of_each(Call const& call, notifications::Filter const& filter) {
    std::vector<notifications::Notification> newest;
    std::set<std::int64_t> seen;
    std::optional<NotificationId> before;
    do {
        TRY(auto page, call.doors().notifications->list(filter, 1000, before));
        for (auto& one : page.items)
            if (seen.insert(one.organisation).second) newest.push_back(std::move(one));
        before = page.next;
    } while (before);
    return newest;
}

Reply newest_of_each(Call const& call, notifications::Filter const& filter) {
    TRY(auto newest, one_of_each(call, filter));
    if (auto const after = parse_int(call.after()))
        std::erase_if(newest, [&](auto const& one) { return one.id.value >= *after; });
    auto const has_more = newest.size() > call.limit();
    if (has_more) newest.resize(call.limit());
    return page_of(newest, has_more ? std::to_string(newest.back().id.value) : "", put_notification);
}

Reply notifications_list(Call& call) {
    TRY(auto const filter, filter_of(call));
    if (call.query("each")) return newest_of_each(call, filter);
    std::optional<NotificationId> before;
    if (auto const after = parse_int(call.after())) before = NotificationId{*after};
    TRY(auto const page, call.doors().notifications->list(filter, call.limit(), before));
    return page_of(page.items, page.next ? std::to_string(page.next->value) : "", put_notification);
}

Reply notifications_count(Call& call) {
    TRY(auto const filter, filter_of(call));
    if (call.query("each")) {
        TRY(auto const newest, one_of_each(call, filter));
        return count_of(std::ssize(newest));
    }
    TRY(auto const count, call.doors().notifications->count(filter));
    return count_of(count);
}

void put_parts(JsonWriter& json, notifications::Detail const& detail) {
    json.key("attachments").array();
    for (auto const& file : detail.files) {
        json.object()
            .field("name", file.name)
            .field("type", file.type)
            .field("bytes", std::uint64_t{file.bytes.size()})
            .end();
    }
    json.end().key("lines").array();
    for (auto const& line : detail.lines) put_line(json, line);
    json.end().key("statements").array();
    for (auto const& answer : detail.answers) {
        json.object()
            .field("at", answer.at)
            .field_or_null("finding", answer.finding)
            .field("said", notifications::name_of(answer.said))
            .field_or_null("text", answer.text)
            .end();
    }
    json.end().key("timeline").array();
    for (auto const& happening : detail.timeline) {
        json.object()
            .field("at", happening.at)
            .field("what", happening.what)
            .field_or_null("who", happening.who)
            .field_or_null("text", happening.text)
            .end();
    }
    json.end();
}

Reply notifications_get(Call& call) {
    NotificationId const id{call.path_id()};
    TRY(auto const detail, call.doors().notifications->show(id));
    JsonWriter json;
    json.object().key("notification");
    put_notification(json, detail.notification);
    json.field("body", detail.text).field_or_null("html", detail.html).field_or_null("message_id", detail.message_id);
    put_parts(json, detail);
    json.field("gate", detail.gate).key("sealing").array();
    for (auto const& how : detail.sealing)
        json.object()
            .field("address", how.address)
            .field_or_null("kind", how.kind)
            .field_or_null("fingerprint", how.fingerprint)
            .field_or_null("trouble", how.trouble)
            .end();
    json.end().field_or_null("held_back", detail.held_back);
    std::string link;
    if (call.caller.may(access::Role::analyst)) {
        TRY(link, call.doors().notifications->link_of(id));
    }
    json.field_or_null("link", link).end();
    return json_answer(std::move(json));
}

Reply notifications_attachment(Call& call) {
    TRY(auto file, call.doors().notifications->attachment(NotificationId{call.path_id()}, call.path("name")));
    net::HttpResponse response;
    response.set("content-type", file.type);
    response.set("content-disposition", "attachment");
    response.body = std::move(file.bytes);
    return response;
}

Reply notifications_plan(Call& call) {
    notifications::PlanRequest request;
    if (auto const* listed = call.member("organisations")) {
        for (auto const& id : listed->as_array()) request.organisations.push_back(id.to_number<std::int64_t>());
    }
    request.dry_run = call.flag("dry_run").value_or(false);
    request.hold = call.flag("hold");
    request.ignore_interval = call.flag("ignore_interval").value_or(false);
    TRY(auto const plan, call.doors().notifications->plan(call.caller, request));
    JsonWriter json;
    json.object()
        .field("dry_run", plan.dry_run)
        .field("notifications", plan.notifications)
        .field("findings", plan.findings)
        .key("items")
        .array();
    for (auto const& item : plan.items) {
        json.object()
            .key("organisation")
            .object()
            .field("id", item.organisation)
            .field("name", item.organisation_name)
            .end()
            .key("to")
            .array();
        for (auto const& address : item.to) json.value(address);
        json.end()
            .field("language", item.language)
            .field("findings", item.findings)
            .field("subject", item.subject)
            .field_or_null("id", item.id ? std::optional(item.id.value) : std::nullopt)
            .field("decision", item.decision)
            .end();
    }
    json.end().key("left_out").array();
    for (auto const& left : plan.left_out) {
        json.object()
            .reference("organisation", left.organisation, left.organisation_name)
            .field("findings", left.findings)
            .field("reason", left.reason)
            .end();
    }
    json.end().end();
    if (!plan.dry_run) call.changed("notification", "", "added");
    return json_answer(std::move(json));
}

Result<std::int64_t> act(Call const& call, std::string_view action, std::span<NotificationId const> ids) {
    auto& notifications = *call.doors().notifications;
    auto const reason = call.text_or("reason", "");
    if (action == "approve") return notifications.approve(call.caller, ids);
    if (action == "cancel") return notifications.cancel(call.caller, ids, reason);
    if (action == "resend") return notifications.resend(call.caller, ids, reason);
    return notifications.revoke_link(call.caller, ids, reason);
}

Reply notifications_act(Call& call) {
    std::vector<NotificationId> ids;
    for (auto const& id : call.member("notifications")->as_array()) ids.push_back({id.to_number<std::int64_t>()});
    TRY(auto const changed, act(call, call.text_or("action", ""), ids));
    for (auto const id : ids) {
        if (ids.size() <= 50) call.changed("notification", std::to_string(id.value), "changed");
    }
    if (ids.size() > 50) call.changed("notification", "", "changed");
    JsonWriter json;
    json.object().field("changed", changed).key("action").null().end();
    return json_answer(std::move(json));
}

}  // namespace

void routes_notifications(Router& router) {
    router.answer("notifications_list", notifications_list);
    router.answer("notifications_count", notifications_count);
    router.answer("notifications_get", notifications_get);
    router.answer("notifications_attachment", notifications_attachment);
    router.answer("notifications_plan", notifications_plan);
    router.answer("notifications_act", notifications_act);
}

}  // namespace tocsin::api
