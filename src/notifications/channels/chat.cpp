#include "notifications/channels/channel.hpp"
#include "notifications/texts.hpp"

/// A short text in a room of Mattermost, Slack or Matrix.
namespace tocsin::notifications {
namespace {

/// What those programs would take for a name to be called or a link.
std::string plain(std::string_view text) {
    auto out = replaced(replaced(replaced(std::string(text), "&", "&amp;"), "<", "&lt;"), ">", "&gt;");
    return replaced(std::move(out), "@", "@\u200b");
}

std::string text_with(Dispatch const& dispatch, std::string_view organisation) {
    auto const& texts = Texts::of(dispatch.language);
    auto const& digest = *dispatch.digest;
    auto const tlp = digest.decision().marking.tlp;
    auto const& team = dispatch.settings->team_name;
    if (tlp > dispatch.channel.tlp)
        return fmt::format("{}\n{}", texts.fill("short.bare", {{"team", team}}), dispatch.link);
    auto const count = texts.plural("findings", static_cast<std::int64_t>(digest->lines.size()));
    return fmt::format(
        "{}\n{}",
        texts.fill("short.text",
                   {{"tlp", gate::label_of(tlp)}, {"team", team}, {"count", count}, {"organisation", organisation}}),
        dispatch.link);
}

}  // namespace

std::string chat_text(Dispatch const& dispatch) {
    return text_with(dispatch, (*dispatch.digest)->organisation_name);
}

Outcome send_chat(Dispatch const& dispatch, BeforeEnd const& before_end, Stops const& stops) {
    JsonWriter json;
    json.object().field("text", text_with(dispatch, plain((*dispatch.digest)->organisation_name))).end();
    ChannelCall call{.http = {.method = net::Method::post, .url = dispatch.to}};
    call.http.body = {.type = "application/json", .bytes = std::move(json).text()};
    return call_out(std::move(call), *dispatch.settings, before_end, stops);
}

Outcome send_matrix(Dispatch const& dispatch, BeforeEnd const& before_end, Stops const& stops) {
    auto const bearer = net::bearer_authorization(dispatch.secret);
    if (!bearer) return {.kind = Outcome::Kind::permanent, .reply = bearer.error().message};
    JsonWriter json;
    json.object().field("msgtype", "m.text").field("body", chat_text(dispatch)).end();
    auto server = dispatch.to;
    while (server.ends_with('/')) server.pop_back();
    // The transaction's name makes a second request with it no second message (Matrix client-server API, PUT .../send).
    ChannelCall call{
        .http = {.method = net::Method::put,
                 .url = fmt::format("{}/_matrix/client/v3/rooms/{}/send/m.room.message/{}", server,
                                    percent_encoded(dispatch.channel.room), percent_encoded(dispatch.key))},
        .authorization = *bearer,
        .is_safe = true};
    call.http.body = {.type = "application/json", .bytes = std::move(json).text()};
    return call_out(std::move(call), *dispatch.settings, before_end, stops);
}

}  // namespace tocsin::notifications
