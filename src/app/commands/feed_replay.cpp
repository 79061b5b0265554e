#include "app/command.hpp"
#include "app/instance.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const events = call.instance->events();
    if (!events) return call.failed(events.error());
    auto const report = call.has("--report") ? parse_int(call.get("--report")) : std::nullopt;
    if (call.has("--report") && !report) {
        call.tell("--report: expected a number, found \"{}\"", call.get("--report"));
        return Exit::usage;
    }
    auto const feed = call.arguments.empty() ? std::string() : call.arguments.front();
    auto const totals = (*events)->replay(feed, report);
    if (!totals) return call.failed(totals.error());
    if (call.json()) {
        JsonWriter json;
        json.object()
            .field("events", totals->events)
            .field("duplicates", totals->duplicates)
            .field("rejected", totals->rejected)
            .end();
        call.print("{}", json.text());
    } else {
        call.print("{} rows are events now, {} were duplicates, {} are still rejected", totals->events,
                   totals->duplicates, totals->rejected);
    }
    return totals->rejected > 0 ? Exit::some_rejected : Exit::done;
}

}  // namespace

Command command_feed_replay() {
    return {.name = "feed replay",
            .summary = "Read rejected rows again, after the feed's definition was mended",
            .options = {{"--report", "NUMBER", "of this report"}},
            .arguments = {{"FEED", "of this feed; otherwise of all", false}},
            .run = run};
}

}  // namespace tocsin::app
