#include "app/conflict_words.hpp"
#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    constituency::ConflictQuery query{
        .state = {}, .source = std::string(call.get("--source")), .limit = 1000, .after = 0};
    auto const state = call.get("--state");
    if (state != "all") query.state = constituency::conflict_state(state);
    if (state != "all" && !query.state) {
        call.failed({Code::invalid, "--state: expected open, decided, settled or all"});
        return Exit::usage;
    }
    ItemPrinter<constituency::SourceConflict> printer(call, constituency::append, print_conflict);
    while (!call.is_cancelled()) {
        auto const page = conflicts_of(call).conflicts(query);
        if (!page) return call.failed(page.error());
        for (auto const& conflict : *page) printer.add(conflict);
        if (page->size() < query.limit) break;
        query.after = page->back().id.value;
    }
    return printer.finish("There is no such conflict.");
}

}  // namespace

Command command_conflict_list() {
    return {.name = "conflict list",
            .summary = "List where imported sources contradict the register",
            .about = "Both sides stay as they are until you decide: tocsin conflict decide.",
            .options = {{"--state", "STATE", "open, decided, settled or all", "open"},
                        {"--source", "NAME", "only this source's"}},
            .run = run};
}

}  // namespace tocsin::app
