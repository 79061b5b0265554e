#include "app/command.hpp"
#include "app/event_words.hpp"
#include "app/instance.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const events = call.instance->events();
    if (!events) return call.failed(events.error());
    auto const health = (*events)->feed_health();
    if (!health) return call.failed(health.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& feed : *health) {
        append_json(json, feed);
        if (!call.json())
            call.print("{:<8} {:<40} {:>7} reports {:>12} events {:>10} duplicates {:>8} rejected  last {}",
                       events::name_of(feed.condition), feed.feed, feed.reports, feed.events, feed.duplicates,
                       feed.rejected, feed.last_report ? format_timestamp(*feed.last_report) : "never");
    }
    json.end().end();
    if (call.json()) call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_feed_list() {
    return {.name = "feed list", .summary = "List the feeds that have sent reports, with their health", .run = run};
}

}  // namespace tocsin::app
