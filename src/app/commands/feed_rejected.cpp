#include "app/event_words.hpp"
#include "app/instance.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const events = call.instance->events();
    if (!events) return call.failed(events.error());
    auto const choice = rejected_choice(call);
    if (!choice) {
        call.failed(choice.error());
        return Exit::usage;
    }
    auto const scope = scope_of_commands(*call.instance);
    std::string after;
    do {
        std::string next;
        auto const rows = (*events)->rejected(scope, choice->feed, choice->report, {after, 1000}, next);
        if (!rows) return call.failed(rows.error());
        for (auto const& row : *rows) {
            if (row.state != "kept" && !call.has("--all")) continue;
            if (!call.json()) {
                call.print("{} {} record {}{}{}: {} [{}]\n    {}", row.id, row.report_name, row.record,
                           row.field.empty() ? "" : ", ", row.field, row.reason, row.state, row.raw);
                continue;
            }
            JsonWriter json;
            json.object()
                .field("id", row.id)
                .field("feed", row.feed)
                .field("report", row.report)
                .field("file", row.report_name)
                .field("record", row.record)
                .field_unless_empty("field", row.field)
                .field("reason", row.reason)
                .field("state", row.state)
                .field("at", row.at)
                .field("raw", row.raw)
                .end();
            call.print("{}", json.text());
        }
        after = next;
    } while (!after.empty() && !call.is_cancelled());
    return Exit::done;
}

}  // namespace

Command command_feed_rejected() {
    return {.name = "feed rejected",
            .summary = "List rejected rows and why, newest first",
            .options = {{"--report", "NUMBER", "of this report"},
                        {"--all", "", "also those that were replayed or discarded"}},
            .arguments = {{"FEED", "of this feed", false}},
            .run = run};
}

}  // namespace tocsin::app
