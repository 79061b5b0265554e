#include "app/command.hpp"
#include "app/watch_words.hpp"

namespace tocsin::app {
namespace {

Result<intelligence::NewWatch> wanted_of(Invocation const& call, intelligence::Intelligence& room) {
    intelligence::NewWatch wanted{.name = call.arguments.front(), .is_team = call.has("--team")};
    if (call.has("--search")) {
        TRY(auto const search, intelligence::Searches(room).find(call.get("--search"), access::command_principal()));
        wanted.search = search.id;
    }
    wanted.values.assign(call.arguments.begin() + 1, call.arguments.end());
    return wanted;
}

Exit run(Invocation& call) {
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const wanted = wanted_of(call, **intelligence);
    if (!wanted) return call.failed(wanted.error());
    auto const made = intelligence::Watches(**intelligence).add(*wanted, access::command_principal());
    if (!made) return call.failed(made.error());
    if (call.json()) {
        JsonWriter json;
        append_watch(json, *made);
        call.print("{}", json.text());
    } else {
        call.print("{}", line_of(*made));
    }
    return Exit::done;
}

}  // namespace

Command command_watch_add() {
    return {
        .name = "watch add",
        .summary = "Be told what is new to a search, or about one of a list of values",
        .about =
            "Values are addresses, networks, domains (with all below them), URLs, hashes. What is here already is no "
            "news.\n\n"
            "  tocsin watch add --search \"Live C2\" c2\n"
            "  tocsin watch add ministries 192.0.2.0/24 ministry.example",
        .options = {{"--search", "SEARCH", "a saved search: its name or number"},
                    {"--team", "", "the whole team sees it"}},
        .arguments = {{"NAME", "of yours once"}, {"VALUE", "to be watched, without --search", false, true}},
        .run = run};
}

}  // namespace tocsin::app
