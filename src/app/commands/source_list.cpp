#include "app/instance.hpp"
#include "app/source_words.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const found = events::source_health(call.instance->sources(), call.instance->clock().now());
    if (!found) return call.failed(found.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& health : *found) {
        append_source(json, health);
        if (!call.json()) print_source(call, health);
    }
    json.end().end();
    if (call.json())
        call.print("{}", json.text());
    else if (found->empty())
        call.print("No source. Next: tocsin source add");
    return Exit::done;
}

}  // namespace

Command command_source_list() {
    return {.name = "source list", .summary = "List where reports are fetched from, and how that goes", .run = run};
}

}  // namespace tocsin::app
