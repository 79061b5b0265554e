#include "app/command.hpp"
#include "app/watch_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    intelligence::Searches searches(**intelligence);
    auto const search = searches.find(call.arguments.front(), access::command_principal());
    if (!search) return call.failed(search.error());
    if (auto const done = searches.remove(search->id, access::command_principal()); !done)
        return call.failed(done.error());
    call.print("{}",
               call.json() ? std::string("{\"removed\":1}") : fmt::format("Search \"{}\" is removed", search->name));
    return Exit::done;
}

}  // namespace

Command command_search_remove() {
    return {.name = "search remove",
            .summary = "Remove a saved search that nobody watches",
            .arguments = {{"SEARCH", "its name or number"}},
            .run = run};
}

}  // namespace tocsin::app
