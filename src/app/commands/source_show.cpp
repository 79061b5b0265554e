#include "app/instance.hpp"
#include "app/source_words.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

constexpr std::size_t items_shown = 20;

struct Shown {
    events::SourceHealth health;
    std::vector<events::SourceItem> items;
};

Result<Shown> look(Invocation const& call) {
    auto& sources = call.instance->sources();
    TRY(auto source, sources.find(call.arguments.front()));
    Shown shown;
    TRY(shown.items, sources.items(source.id, call.json() ? 1000 : items_shown));
    TRY(shown.health, events::health_of(sources, std::move(source), call.instance->clock().now()));
    return shown;
}

Exit run(Invocation& call) {
    auto const shown = look(call);
    if (!shown) return call.failed(shown.error());
    if (call.json()) {
        JsonWriter json;
        json.object().key("source");
        events::append_source(json, shown->health);
        json.key("items").array();
        for (auto const& item : shown->items) events::append_item(json, item);
        json.end().end();
        call.print("{}", json.text());
        return Exit::done;
    }
    print_source(call, shown->health);
    for (auto const& item : shown->items)
        call.print("  {} {:<6} {} {}{}", format_timestamp(item.at), events::name_of(item.outcome),
                   item.report ? fmt::format("report {}", *item.report) : std::string("-"), item.name,
                   item.error.empty() ? "" : ": " + item.error);
    return Exit::done;
}

}  // namespace

Command command_source_show() {
    return {.name = "source show",
            .summary = "Show how a source fares and what came from it",
            .arguments = {{"NAME", "the source, by name or number"}},
            .run = run};
}

}  // namespace tocsin::app
