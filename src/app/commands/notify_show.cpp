#include "app/notices.hpp"

namespace tocsin::app {
namespace {

void print_json(Invocation& call, notifications::Detail const& detail, std::string_view link) {
    JsonWriter json;
    json.object().key("notification");
    append_notification(json, detail.notification);
    json.field("message_id", detail.message_id).field("gate", detail.gate).field("link", link);
    json.field("text", detail.text).key("timeline").array();
    for (auto const& one : detail.timeline)
        json.object().field("at", one.at).field("what", one.what).field("who", one.who).field("text", one.text).end();
    json.end().field_unless_empty("held_back", detail.held_back).key("sealing").array();
    for (auto const& one : detail.sealing)
        json.object()
            .field("address", one.address)
            .field_unless_empty("kind", one.kind)
            .field_unless_empty("fingerprint", one.fingerprint)
            .field_unless_empty("trouble", one.trouble)
            .end();
    json.end().key("answers").array();
    for (auto const& one : detail.answers)
        json.object()
            .field("at", one.at)
            .field_if("finding", one.finding)
            .field("said", notifications::name_of(one.said))
            .field("text", one.text)
            .end();
    json.end().end();
    call.print("{}", json.text());
}

Exit run(Invocation& call) {
    auto const room = call.instance->notifications();
    if (!room) return call.failed(room.error());
    auto const id = parse_int(call.arguments.front());
    if (!id) {
        call.tell("{} is not a notification's number", call.arguments.front());
        return Exit::usage;
    }
    notifications::NotificationId const which{*id};
    if (call.has("--eml")) {
        auto const bytes = (*room)->message(which);
        if (!bytes) return call.failed(bytes.error());
        call.streams.out(*bytes);
        return Exit::done;
    }
    auto const detail = (*room)->show(which);
    if (!detail) return call.failed(detail.error());
    auto const link = (*room)->link_of(which);
    if (!link) return call.failed(link.error());
    if (call.json()) {
        print_json(call, *detail, *link);
        return Exit::done;
    }
    auto const& one = detail->notification;
    call.print("Notification {} ({}{})", one.id.value, notifications::name_of(one.state),
               one.is_uncertain ? ", uncertain" : "");
    for (auto const& how : detail->sealing) {
        auto const is_sealed = !how.fingerprint.empty();
        call.print("To:       {}, {}{}", how.address, is_sealed ? "encrypted to " : "in clear",
                   is_sealed             ? how.fingerprint
                   : how.trouble.empty() ? ""
                                         : ": " + how.trouble);
    }
    if (!detail->held_back.empty()) call.print("Held:     {}", detail->held_back);
    if (one.sent && !one.sealed.empty()) call.print("Left:     encrypted, {}", one.sealed);
    call.print("Subject:  {}\nId:       <{}>\nGate:     {}\nLink:     {} ({})", one.subject, detail->message_id,
               detail->gate, *link, notifications::name_of(one.link));
    if (!one.error.empty()) call.print("Trouble:  {}", one.error);
    for (auto const& happening : detail->timeline)
        call.print("  {}  {:<10} {} {}", format_timestamp(happening.at), happening.what, happening.who, happening.text);
    call.print("\n{}", detail->text);
    return Exit::done;
}

}  // namespace

Command command_notify_show() {
    return {.name = "notify show",
            .summary = "Show one warning as the owner gets it, and what came of it",
            .options = {{"--eml", "", "the whole message in clear as bytes (RFC 5322), however it leaves"}},
            .arguments = {{"NUMBER", "the notification"}},
            .run = run};
}

}  // namespace tocsin::app
