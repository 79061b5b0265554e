#include "app/event_words.hpp"
#include "app/instance.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const choice = rejected_choice(call);
    if (!choice) {
        call.failed(choice.error());
        return Exit::usage;
    }
    auto const events = call.instance->events();
    if (!events) return call.failed(events.error());
    auto const totals = (*events)->replay(choice->feed, choice->report, choice->rows);
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
            .options = rejected_options(),
            .arguments = {{"FEED", "of this feed; otherwise of all", false}},
            .run = run};
}

}  // namespace tocsin::app
