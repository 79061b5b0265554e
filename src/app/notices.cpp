#include "app/notices.hpp"

namespace tocsin::app {

void append_notification(JsonWriter& json, notifications::Notification const& one) {
    json.object().field("id", one.id.value).field("state", notifications::name_of(one.state));
    json.key("organisation").object().field("id", one.organisation).field("name", one.organisation_name).end();
    json.key("to").array();
    for (auto const& address : one.to) json.value(address);
    json.end()
        .field("language", one.language)
        .field("tlp", one.tlp)
        .field("subject", one.subject)
        .field("findings", one.findings)
        .field("created", one.created)
        .field_if("sent", one.sent)
        .field("attempts", one.attempts)
        .field_if("next_attempt", one.next_attempt)
        .field_unless_empty("error", one.error)
        .field("uncertain", one.is_uncertain)
        .field("link", notifications::name_of(one.link))
        .field("link_expires", one.link_expires)
        .field("answers", one.answers)
        .field("encryption", notifications::name_of(one.encryption))
        .field_unless_empty("sealed", one.sealed)
        .field("channel", one.channel)
        .end();
}

Result<std::vector<notifications::NotificationId>> named_notifications(Invocation& call,
                                                                       notifications::Notifications& room,
                                                                       notifications::State state) {
    std::vector<notifications::NotificationId> ids;
    for (auto const& word : call.arguments) {
        auto const id = parse_int(word);
        if (!id || *id <= 0) return fail(Code::invalid, fmt::format("{} is not a notification's number", word));
        ids.push_back({*id});
    }
    if (!call.has("--all")) {
        if (ids.empty()) return fail(Code::invalid, "name the notifications by number, or give --all");
        return ids;
    }
    std::optional<notifications::NotificationId> before;
    do {
        TRY(auto const page, room.list({.states = {state}}, 1000, before));
        for (auto const& one : page.items) ids.push_back(one.id);
        before = page.next;
    } while (before);
    return ids;
}

Exit act_on_notifications(Invocation& call, notifications::State all_of, std::string_view told, NotificationAct act) {
    auto const room = call.instance->notifications();
    if (!room) return call.failed(room.error());
    auto const ids = named_notifications(call, **room, all_of);
    if (!ids) {
        call.failed(ids.error());
        return ids.error().code == Code::invalid ? Exit::usage : exit_for(ids.error().code);
    }
    auto const changed = act(**room, *ids, call.get("--reason"));
    if (!changed) return call.failed(changed.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("changed", *changed).end();
        call.print("{}", json.text());
    } else {
        call.print("{} of {} {}", *changed, ids->size(), told);
    }
    return Exit::done;
}

}  // namespace tocsin::app
