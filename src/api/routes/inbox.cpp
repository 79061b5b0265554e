#include "notifications/inbox.hpp"

#include "api/filters.hpp"
#include "api/render.hpp"
#include "api/router.hpp"

/// What comes back from owners by mail. For the team's analysts only: it is what people wrote.
namespace tocsin::api {

namespace {

using notifications::InboxMail;
using notifications::InboxMailId;

notifications::Inbox& inbox_of(Call const& call) {
    return *call.doors().inbox;
}

Result<notifications::InboxFilter> filter_of(Call const& call) {
    notifications::InboxFilter filter;
    if (auto const waiting = call.query("waiting")) filter.waits = *waiting == "yes";
    for (auto const& text : call.query_list("kind")) {
        auto const kind = notifications::parse_mail_kind(text);
        if (!kind) return fail(Code::invalid, "kind: expected answer, bounce, automatic or unmatched");
        filter.kinds.push_back(*kind);
    }
    if (auto const number = call.query("notification")) filter.notification = {parse_int(*number).value_or(0)};
    return filter;
}

void put_mail(JsonWriter& json, InboxMail const& mail) {
    append(json, mail, false);
}

Reply inbox_list(Call& call) {
    TRY(auto const filter, filter_of(call));
    std::optional<InboxMailId> before;
    if (auto const after = parse_int(call.after())) before = InboxMailId{*after};
    TRY(auto const page, inbox_of(call).list(filter, call.limit(), before));
    return page_of(page.items, page.next ? std::to_string(page.next->value) : "", put_mail);
}

Reply inbox_count(Call& call) {
    TRY(auto const filter, filter_of(call));
    TRY(auto const count, inbox_of(call).count(filter));
    return count_of(count);
}

Reply inbox_health(Call& call) {
    TRY(auto const health, inbox_of(call).health());
    JsonWriter json;
    json.object()
        .field("mailbox", health.has_mailbox)
        .field_or_null("last_run", health.last_run)
        .field_or_null("last_success", health.last_success)
        .field_or_null("error", health.error)
        .end();
    return json_answer(std::move(json));
}

Reply inbox_check(Call& call) {
    TRY(auto const report, inbox_of(call).check());
    JsonWriter json;
    json.object()
        .field("read", report.read)
        .field("known", report.known)
        .field("answers", report.answers)
        .field("bounces", report.bounces)
        .field("automatic", report.automatic)
        .field("unmatched", report.unmatched)
        .field("unfinished", report.is_unfinished)
        .end();
    return json_answer(std::move(json));
}

Reply inbox_get(Call& call) {
    TRY(auto const mail, inbox_of(call).show(InboxMailId{call.path_id()}));
    JsonWriter json;
    append(json, mail, true);
    return json_answer(std::move(json));
}

Reply inbox_handle(Call& call) {
    notifications::Handling handling{.note = call.text_or("note", "")};
    if (auto const said = call.text("said")) handling.said = notifications::parse_statement(*said);
    handling.notification = {call.number("notification").value_or(0)};
    TRY(auto const mail, inbox_of(call).handle(InboxMailId{call.path_id()}, handling, call.caller));
    call.changed("mail", std::to_string(mail.id.value), "changed");
    JsonWriter json;
    put_mail(json, mail);
    return json_answer(std::move(json));
}

Reply bounces_list(Call& call) {
    TRY(auto const all, inbox_of(call).bounces());
    return list_of(all, [](JsonWriter& json, notifications::BouncedAddress const& one) {
        json.object()
            .field("address", one.address)
            .field("permanent", one.permanent)
            .field("other", one.other)
            .field("since", one.since)
            .field("last", one.last)
            .field("reply", one.reply)
            .field("unused", one.is_unused)
            .end();
    });
}

Reply bounces_clear(Call& call) {
    CHECK(inbox_of(call).clear_bounces(call.text_or("address", ""), call.caller));
    call.changed("mail", "", "changed");
    return nothing();
}

}  // namespace

void routes_inbox(Router& router) {
    router.answer("inbox_list", inbox_list);
    router.answer("inbox_count", inbox_count);
    router.answer("inbox_health", inbox_health);
    router.answer("inbox_check", inbox_check);
    router.answer("inbox_get", inbox_get);
    router.answer("inbox_handle", inbox_handle);
    router.answer("bounces_list", bounces_list);
    router.answer("bounces_clear", bounces_clear);
}

}  // namespace tocsin::api
