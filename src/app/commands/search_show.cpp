#include "app/command.hpp"
#include "app/intelligence_words.hpp"
#include "app/watch_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const search =
        intelligence::Searches(**intelligence).find(call.arguments.front(), access::command_principal());
    if (!search) return call.failed(search.error());
    auto const filter = intelligence::Searches::filter(*search, call.instance->clock().now());
    if (!filter) return call.failed(filter.error());
    auto const count = (*intelligence)->count(*filter, command_recipient());
    if (!count) return call.failed(count.error());
    if (call.json()) {
        JsonWriter json;
        json.object().key("search");
        append_search(json, *search);
        json.field("count", *count).end();
        call.print("{}", json.text());
    } else {
        call.print("{}", line_of(*search));
        call.print("It finds {} objects now", *count);
    }
    return Exit::done;
}

}  // namespace

Command command_search_show() {
    return {.name = "search show",
            .summary = "Show a saved search and how much it finds",
            .arguments = {{"SEARCH", "its name or number"}},
            .run = run};
}

}  // namespace tocsin::app
