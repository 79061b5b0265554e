#include "app/accounts.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const id = parse_int(call.arguments[0]);
    if (!id || *id < 1) {
        call.failed(
            {Code::invalid, fmt::format("\"{}\" is no key's number; tocsin key list shows them", call.arguments[0])});
        return Exit::usage;
    }
    if (auto const gone = call.instance->access().revoke_key(access::command_principal(), {*id}); !gone)
        return call.failed(gone.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("id", *id).field("revoked", true).end();
        call.print("{}", json.text());
    } else {
        call.print("Key {} no longer works.", *id);
    }
    return Exit::done;
}

}  // namespace

Command command_key_revoke() {
    return {.name = "key revoke",
            .summary = "Make a key useless, at once and for good",
            .arguments = {{"ID", "the key's number, as tocsin key list shows it"}},
            .run = run};
}

}  // namespace tocsin::app
