#include "notifications/channels.hpp"

#include "api/render.hpp"
#include "api/router.hpp"

#include <boost/json/array.hpp>

/// Ways to owners besides mail: contacts' webhooks, and letters to be printed. For the team's analysts only.
namespace tocsin::api {

namespace {

using notifications::NotificationId;

notifications::Channels channels_of(Call const& call) {
    return notifications::Channels(*call.doors().notifications);
}

Reply channels_list(Call& call) {
    TRY(auto const all, channels_of(call).all());
    return list_of(all, [](JsonWriter& json, notifications::ContactChannel const& one) {
        json.object()
            .field("contact", one.contact.value)
            .field("kind", name_of(one.kind))
            .field("tlp", gate::label_of(one.tlp))
            .field_or_null("room", one.room)
            .field("created", one.created)
            .end();
    });
}

Reply channels_set(Call& call) {
    notifications::ContactChannel draft;
    draft.contact = {call.number("contact").value_or(0)};
    draft.kind = notifications::channel_kind_named(call.text_or("kind", "")).value_or(draft.kind);
    auto const tlp = gate::parse_tlp(call.text_or("tlp", "GREEN"));
    if (!tlp) return fail(Code::invalid, "tlp: expected CLEAR, GREEN, AMBER, AMBER+STRICT or RED");
    draft.tlp = *tlp;
    draft.room = call.text_or("room", "");
    TRY(auto const secret, channels_of(call).set(draft, call.text_or("token", ""), call.caller));
    call.changed("directory", std::to_string(draft.contact.value), "changed");
    JsonWriter json;
    json.object().field("contact", draft.contact.value).field_or_null("secret", secret).end();
    return json_answer(std::move(json));
}

Reply channels_remove(Call& call) {
    CHECK(channels_of(call).remove({call.path_id()}, call.caller));
    call.changed("directory", "", "changed");
    return nothing();
}

Reply letters_list(Call& call) {
    TRY(auto const all, channels_of(call).letters(call.query("posted").value_or("no") == "yes"));
    return list_of(all, [](JsonWriter& json, notifications::PaperLetter const& one) { append(json, one); });
}

Reply letters_pdf(Call& call) {
    NotificationId const id{call.path_id()};
    net::HttpResponse response;
    TRY(response.body, channels_of(call).print(id, call.caller));
    response.set("content-type", "application/pdf");
    response.set("content-disposition", fmt::format("attachment; filename=\"letter-{}.pdf\"", id.value));
    call.changed("notification", std::to_string(id.value), "changed");
    return response;
}

Reply letters_posted(Call& call) {
    std::vector<NotificationId> ids;
    for (auto const& id : call.member("notifications")->as_array()) ids.push_back({id.to_number<std::int64_t>()});
    TRY(auto const changed, channels_of(call).posted(ids, call.caller));
    call.changed("notification", "", "changed");
    JsonWriter json;
    json.object().field("changed", changed).key("action").null().end();
    return json_answer(std::move(json));
}

}  // namespace

void routes_channels(Router& router) {
    router.answer("channels_list", channels_list);
    router.answer("channels_set", channels_set);
    router.answer("channels_remove", channels_remove);
    router.answer("letters_list", letters_list);
    router.answer("letters_pdf", letters_pdf);
    router.answer("letters_posted", letters_posted);
}

}  // namespace tocsin::api
