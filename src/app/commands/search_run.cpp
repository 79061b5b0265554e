#include "app/command.hpp"
#include "app/intelligence_words.hpp"
#include "app/watch_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const limit = parse_int(call.get("--limit"));
    if (!limit || *limit < 1 || *limit > 10'000) {
        call.tell("--limit: expected 1 to 10000");
        return Exit::usage;
    }
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const search =
        intelligence::Searches(**intelligence).find(call.arguments.front(), access::command_principal());
    if (!search) return call.failed(search.error());
    auto const filter = intelligence::Searches::filter(*search, call.instance->clock().now());
    if (!filter) return call.failed(filter.error());
    auto const page = (*intelligence)
                          ->objects(*filter, command_recipient(), intelligence::ObjectOrder::newest_first,
                                    {.after = call.get("--after"), .limit = static_cast<std::size_t>(*limit)});
    if (!page) return call.failed(page.error());
    return print_objects(call, *page);
}

}  // namespace

Command command_search_run() {
    return {.name = "search run",
            .summary = "List what a saved search finds now",
            .options = {{"--limit", "N", "at most 10000", "100"}, {"--after", "CURSOR", "the next page"}},
            .arguments = {{"SEARCH", "its name or number"}},
            .run = run};
}

}  // namespace tocsin::app
