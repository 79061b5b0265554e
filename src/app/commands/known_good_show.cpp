#include "app/known_good_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const own = known_good_files(call);
    auto const page =
        own.contents(call.arguments.front(), call.get("--with"), 0, intelligence::KnownGoodFiles::most_entries);
    if (!page) return call.failed(page.error());
    if (call.json()) {
        JsonWriter json;
        json.object().key("list");
        append(json, page->list);
        json.key("items").array();
        for (auto const& entry : page->items) json.value(entry);
        json.end().field("total", std::uint64_t{page->total}).end();
        call.print("{}", json.text());
    } else {
        for (auto const& entry : page->items) call.print("{}", entry);
    }
    return Exit::done;
}

}  // namespace

Command command_known_good_show() {
    return {.name = "known-good show",
            .summary = "Show what is in a known-good list",
            .options = {{"--with", "TEXT", "only entries that hold this"}},
            .arguments = {{"LIST", known_good_name}},
            .run = run};
}

}  // namespace tocsin::app
