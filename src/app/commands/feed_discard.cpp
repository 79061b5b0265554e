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
    if (choice->is_all() && !call.has("--all")) {
        call.tell("Say which rows: a feed, --report, --row, or --all");
        return Exit::usage;
    }
    auto const events = call.instance->events();
    if (!events) return call.failed(events.error());
    auto const discarded = (*events)->discard(access::command_principal(), choice->feed, choice->report, choice->rows);
    if (!discarded) return call.failed(discarded.error());
    if (call.json())
        call.print("{{\"discarded\":{}}}", *discarded);
    else
        call.print("{} rows are discarded: they are kept to look at, and not replayed any more", *discarded);
    return Exit::done;
}

}  // namespace

Command command_feed_discard() {
    auto options = rejected_options();
    options.push_back({"--all", "", "of all feeds"});
    return {.name = "feed discard",
            .summary = "Set rejected rows aside that will never be events",
            .about =
                "They no longer count as waiting and are not replayed; tocsin feed rejected --all still shows them.\n\n"
                "Examples:\n  tocsin feed discard shadowserver/scan_telnet\n  tocsin feed discard --row 12 --row 13",
            .options = options,
            .arguments = {{"FEED", "of this feed", false}},
            .run = run};
}

}  // namespace tocsin::app
