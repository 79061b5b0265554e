#include "app/accounts.hpp"

namespace tocsin::app {
namespace {

Result<access::NewKey> wanted_key(Invocation const& call) {
    access::NewKey key{
        .name = call.get("--name"), .role = access::Role::viewer, .feeds = call.all("--feed"), .expires = {}};
    TRY(key.role, access::parse_role(call.get("--role")));
    TRY(auto const memberships, memberships_named(call));
    if (!memberships.empty()) key.membership = memberships.front();
    if (call.has("--expires")) {
        TRY(key.expires, parse_future(call.get("--expires"), call.instance->clock().now()));
    }
    return key;
}

Exit run(Invocation& call) {
    auto const key = wanted_key(call);
    if (!key) return call.failed(key.error());
    auto const made = call.instance->access().add_key(access::command_principal(), *key);
    if (!made) return call.failed(made.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("id", made->id.value).field("key", made->key).end();
        call.print("{}", json.text());
    } else {
        call.print("Key {}, shown only now:\n  {}", made->id.value, made->key);
        call.print("Use it as: Authorization: Bearer KEY");
    }
    return Exit::done;
}

}  // namespace

Command command_key_add() {
    return {.name = "key add",
            .summary = "Make a key for a program",
            .about =
                "Examples:\n"
                "  tocsin key add --role analyst --json\n"
                "  tocsin key add --name fetcher --role analyst --feed shadowserver/scan_telnet --expires 365d\n"
                "  tocsin key add --name siem --role constituent --organisation \"Northern Power\"",
            .options = {{"--name", "TEXT", "what it is for", "key"},
                        {"--role", "ROLE", "administrator, analyst, viewer, or constituent", "viewer"},
                        {"--feed", "ID", "only for pushing reports of this feed", "", false, true},
                        {"--organisation", "NAME", "for a constituent: whom it reads for"},
                        {"--below", "", "also about the organisations below it"},
                        {"--expires", "TIME", "a date, or a time from now (90d); never, if not given"}},
            .run = run};
}

}  // namespace tocsin::app
