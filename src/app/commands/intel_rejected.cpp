#include "app/command.hpp"
#include "app/instance.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

/// Rows of tables as they came, under the names of their columns: to be mended and taken in again.
void print_rows(Invocation const& call, std::vector<intelligence::RejectedObject> const& rows) {
    std::string columns;
    for (auto const& row : rows) {
        formats::JsonTree tree;
        if (!tree.parse(row.raw)) continue;
        auto const named = tree.root()["columns"].text();
        auto const text = tree.root()["as_it_came"].text();
        if (named.empty()) continue;
        if (named != columns) call.print("{}", columns = named);
        call.print("{}", text);
    }
}

Exit run(Invocation& call) {
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    std::string next;
    auto const rows = (*intelligence)
                          ->rejected(parse_int(call.get("--delivery")).value_or(0),
                                     {.after = call.get("--after"), .limit = 1000}, next);
    if (!rows) return call.failed(rows.error());
    if (call.has("--rows")) {
        print_rows(call, *rows);
        if (!next.empty()) call.tell("more: --after {}", next);
        return Exit::done;
    }
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
            .about =
                "Rows of a table come back under their columns, to be mended and taken in again:\n\n"
                "  tocsin intel rejected --delivery 7 --rows > again.csv",
            .options = {{"--delivery", "N", "only of this delivery"},
                        {"--after", "CURSOR", "the next page"},
                        {"--rows", "", "only rows of tables, as they came"}},
            .run = run};
}

}  // namespace tocsin::app
