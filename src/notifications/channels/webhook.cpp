#include "notifications/channels/channel.hpp"

#include <sodium.h>

/// A signed HTTPS POST of the warning as JSON.
namespace tocsin::notifications {
namespace {

void put_line(JsonWriter& json, Line const& line) {
    json.object()
        .field("finding", line.finding)
        .field("status", line.is_reminder   ? "still_open"
                         : line.returns > 0 ? "back_again"
                                            : "new")
        .field_unless_empty("severity", line.severity)
        .field("feed.name", line.feed)
        .field_unless_empty("classification.taxonomy", line.taxonomy)
        .field_unless_empty("classification.type", line.type)
        .field_unless_empty("classification.identifier", line.identifier)
        .field_unless_empty("source.ip", line.address)
        .field_if("source.port", line.port)
        .field_unless_empty("protocol.transport", line.transport)
        .field_unless_empty("source.fqdn", line.domain)
        .field_unless_empty("source.url", line.url)
        .field_unless_empty("source.account", line.account)
        .field_if("source.asn", line.asn)
        .field("time.first", line.first_seen)
        .field("time.last", line.last_seen)
        .field("times", line.times)
        .field("tlp", line.tlp)
        .end();
}

}  // namespace

std::string webhook_body(Dispatch const& dispatch) {
    auto const& digest = *dispatch.digest;
    JsonWriter json;
    json.object()
        .field("format", "tocsin.warning")
        .field("version", 1)
        .field("id", dispatch.key)
        .field("created", dispatch.created)
        .field("tlp", gate::label_of(digest.decision().marking.tlp))
        .field("language", dispatch.language)
        .field("subject", dispatch.subject)
        .key("team")
        .object()
        .field("name", dispatch.settings->team_name)
        .field("email", dispatch.settings->team_email)
        .end()
        .field("organisation", digest->organisation_name)
        .field("link", dispatch.link)
        .field("link_expires", dispatch.link_expires)
        .key("findings")
        .array();
    for (auto const& line : digest->lines) put_line(json, line);
    json.end().end();
    return std::move(json).text();
}

std::string webhook_signature(std::string_view secret, Timestamp now, std::string_view body) {
    auto const signed_text = fmt::format("{}.{}", now.seconds(), body);
    auto const bytes = [](std::string_view text) { return reinterpret_cast<unsigned char const*>(text.data()); };
    std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, bytes(secret), secret.size());
    crypto_auth_hmacsha256_update(&state, bytes(signed_text), signed_text.size());
    crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(mac.data()));
    return fmt::format("t={},v1={}", now.seconds(), to_hex(mac));
}

Outcome send_webhook(Dispatch const& dispatch, BeforeEnd const& before_end, Stops const& stops) {
    auto body = webhook_body(dispatch);
    ChannelCall call{.http = {.method = net::Method::post, .url = dispatch.to}, .is_safe = true};
    call.http.headers = {{"Idempotency-Key", dispatch.key},
                         {"Tocsin-Signature", webhook_signature(dispatch.secret, dispatch.now, body)}};
    call.http.body = {.type = "application/json", .bytes = std::move(body)};
    return call_out(std::move(call), *dispatch.settings, before_end, stops);
}

}  // namespace tocsin::notifications
