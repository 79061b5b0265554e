#include "app/command.hpp"
#include "app/instance.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const known_good = call.instance->known_good();
    if (!known_good) return call.failed(known_good.error());
    auto const names = (*known_good)->lists_with(call.arguments.front());
    if (call.json()) {
        JsonWriter json;
        json.object().field("value", call.arguments.front()).key("known_good").array();
        for (auto const name : names) json.value(name);
        json.end().end();
        call.print("{}", json.text());
        return Exit::done;
    }
    for (auto const name : names) call.print("{}", name);
    if (names.empty()) call.print("On no list.");
    return Exit::done;
}

}  // namespace

Command command_known_good_check() {
    return {.name = "known-good check",
            .summary = "Tell which known-good lists hold a value",
            .about =
                "An address, network, name, URL or hash. A network is held when it shares an address with one of a "
                "list.\n\n  tocsin known-good check 8.8.8.8",
            .arguments = {{"VALUE", "an address, network, name, URL, hash"}},
            .run = run};
}

}  // namespace tocsin::app
