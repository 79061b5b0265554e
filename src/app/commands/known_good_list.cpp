#include "app/known_good_words.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const known_good = call.instance->known_good();
    if (!known_good) return call.failed(known_good.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& list : (*known_good)->lists()) {
        if (!call.json())
            call.print("{:<32} {:<9} {:>7}  {}", list.name, list.type, list.entries, list.is_own ? "own" : list.date);
        append(json, list);
    }
    json.end().key("off").array();
    for (auto const& list : known_good_files(call).off()) {
        if (!call.json()) call.print("{:<32} {:<9} {:>7}  off", list.name, list.type, list.entries);
        append(json, list);
    }
    json.end().key("off").array();
    for (auto const& list : known_good_files(call).off()) {
        if (!call.json()) call.print("{:<32} {:<9} {:>7}  off", list.name, list.type, list.entries);
        append(json, list);
    }
    json.end().end();
    if (call.json()) call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_known_good_list() {
    return {.name = "known-good list",
            .summary = "List the lists of values that are known to be good",
            .about =
                "Reserved and shared networks, public resolvers, top sites: they warn before one shares or blocks. "
                "Own lists come in\nby tocsin known-good add; files laid into known-good/ of the data directory are "
                "seen, too.",
            .run = run};
}

}  // namespace tocsin::app
