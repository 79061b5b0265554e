#include "app/command.hpp"
#include "app/watch_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const made = intelligence::Searches(**intelligence)
                          .add({.name = call.arguments[0], .query = call.arguments[1], .is_team = call.has("--team")},
                               access::command_principal());
    if (!made) return call.failed(made.error());
    if (call.json()) {
        JsonWriter json;
        append_search(json, *made);
        call.print("{}", json.text());
    } else {
        call.print("{}", line_of(*made));
    }
    return Exit::done;
}

}  // namespace

Command command_search_add() {
    return {.name = "search add",
            .summary = "Save a search of the intelligence under a name",
            .about =
                "The query is what stands in the address of the console's list: type, label, tlp, q, value, is, kind, "
                "live_at, ...\n\n"
                "  tocsin search add --team \"Live C2\" \"type=indicator&label=c2&live_at=now\"",
            .options = {{"--team", "", "the whole team sees it"}},
            .arguments = {{"NAME", "of yours once"}, {"QUERY", "\"type=indicator&label=c2\""}},
            .run = run};
}

}  // namespace tocsin::app
