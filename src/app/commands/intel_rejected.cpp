#include "app/command.hpp"
#include "app/instance.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    std::string next;
    auto const rows = (*intelligence)
                          ->rejected(parse_int(call.get("--delivery")).value_or(0),
                                     {.after = call.get("--after"), .limit = 1000}, next);
    if (!rows) return call.failed(rows.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& row : *rows) {
        if (!call.json())
            call.print("{}  delivery {} object {}: {}: {}", row.object.empty() ? "(no id)" : row.object, row.source,
                       row.ordinal, row.property, row.reason);
        json.object()
            .field("id", row.id)
            .field("delivery", row.source)
            .field("ordinal", row.ordinal)
            .field("object", row.object)
            .field("property", row.property)
            .field("reason", row.reason)
            .field("raw", row.raw)
            .field("at", row.at)
            .field("state", row.state)
            .end();
    }
    json.end().key("next");
    next.empty() ? json.null() : json.value(next);
    json.end();
    if (call.json()) call.print("{}", json.text());
    if (!call.json() && !next.empty()) call.tell("more: --after {}", next);
    return Exit::done;
}

}  // namespace

Command command_intel_rejected() {
    return {.name = "intel rejected",
            .summary = "List the objects that could not be taken in, with their reasons",
            .options = {{"--delivery", "N", "only of this delivery"}, {"--after", "CURSOR", "the next page"}},
            .run = run};
}

}  // namespace tocsin::app
