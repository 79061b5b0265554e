#include "app/accounts.hpp"

namespace tocsin::app {
namespace {

std::string state_of(access::Key const& key, Timestamp now) {
    if (key.revoked) return "revoked";
    return key.expires && *key.expires <= now ? "expired" : "good";
}

void append_key(JsonWriter& json, access::Key const& key) {
    json.object().field("id", key.id.value).field("name", key.name).field("role", name_of(key.role));
    json.key("feeds").array();
    for (auto const& feed : key.feeds) json.value(feed);
    json.end()
        .field("created", key.created)
        .field_or_null("expires", key.expires)
        .field_or_null("last_used", key.last_used)
        .field("revoked", key.revoked.has_value())
        .field("by", key.made_by_name)
        .end();
}

Exit run(Invocation& call) {
    auto const keys = call.instance->access().keys();
    if (!keys) return call.failed(keys.error());
    if (call.json()) {
        JsonWriter json;
        json.object().key("items").array();
        for (auto const& key : *keys) append_key(json, key);
        json.end().end();
        call.print("{}", json.text());
        return Exit::done;
    }
    if (keys->empty()) call.print("There is no key yet. Next: tocsin key add --role analyst");
    for (auto const& key : *keys)
        call.print("{:<6} {:<8} {:<14} last used {:<28} {}", key.id.value, state_of(key, call.instance->clock().now()),
                   name_of(key.role), time_or_dash(key.last_used), key.name);
    return Exit::done;
}

}  // namespace

Command command_key_list() {
    return {.name = "key list", .summary = "List the keys for programs", .run = run};
}

}  // namespace tocsin::app
