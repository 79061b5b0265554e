#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/intelligence_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const object = (*intelligence)->object(call.arguments.front(), command_recipient());
    if (!object) return call.failed(object.error());
    if (call.json()) {
        JsonWriter json;
        append_json(json, *object);
        call.print("{}", json.text());
        return Exit::done;
    }
    call.print("{}", line_of(*object));
    call.print("Added {}, delivery {}", format_timestamp((*object)->added), (*object)->source);
    call.print("{}", (*object)->json);
    return Exit::done;
}

}  // namespace

Command command_intel_show() {
    return {.name = "intel show",
            .summary = "Show one object of the intelligence, its newest version",
            .arguments = {{"ID", "\"indicator--...\""}},
            .run = run};
}

}  // namespace tocsin::app
