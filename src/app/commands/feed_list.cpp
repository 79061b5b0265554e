#include "app/command.hpp"
#include "app/event_words.hpp"
#include "app/instance.hpp"
#include "events/events.hpp"

#include <algorithm>

namespace tocsin::app {
namespace {

/// And the feeds that are known and have never sent anything.
Result<std::vector<events::FeedHealth>> with_silent_ones(Invocation const& call,
                                                         std::vector<events::FeedHealth> health) {
    TRY(auto const catalogue, call.instance->catalogue());
    auto const sent = health.size();
    for (auto const& id : catalogue->ids()) {
        if (std::ranges::find(health.begin(), health.begin() + static_cast<std::ptrdiff_t>(sent), id,
                              &events::FeedHealth::feed) != health.begin() + static_cast<std::ptrdiff_t>(sent))
            continue;
        health.emplace_back().feed = id;
    }
    return health;
}

Exit run(Invocation& call) {
    auto const events = call.instance->events();
    if (!events) return call.failed(events.error());
    auto health = (*events)->feed_health(scope_of_commands(*call.instance));
    if (health && call.has("--all")) health = with_silent_ones(call, *std::move(health));
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
    return {.name = "feed list",
            .summary = "List the feeds that have sent reports, with their health",
            .options = {{"--all", "", "also those that are known and never sent one"}},
            .run = run};
}

}  // namespace tocsin::app
