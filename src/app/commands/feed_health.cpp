#include "app/event_words.hpp"
#include "app/instance.hpp"
#include "app/source_words.hpp"
#include "events/events.hpp"

#include <algorithm>

namespace tocsin::app {
namespace {

bool is_troubled(events::FeedHealth const& health) {
    return health.condition == events::FeedCondition::quiet || health.condition == events::FeedCondition::failing ||
           health.condition == events::FeedCondition::flood;
}

void print(Invocation const& call, events::FeedHealth const& health) {
    call.print("{:<8} {:<40} {}", events::name_of(health.condition), health.feed, rhythm_of(health));
    if (health.delay)
        call.print("{:<8} {:<40} its newest event was {} old when it came", "", "", roughly(*health.delay));
    if (health.reports > 0)
        call.print("{:<8} {:<40} usually {} events a report; {} rejected rows wait", "", "", health.usual_events,
                   health.kept);
    if (auto const todo = todo_about(health); !todo.empty()) call.print("{:<8} {:<40} -> {}", "", "", todo);
}

/// Of the feeds that are named, else of all that have sent something.
Result<std::vector<events::FeedHealth>> asked_for(Invocation const& call) {
    TRY(auto* const events, call.instance->events());
    auto const scope = scope_of_commands(*call.instance);
    if (call.arguments.empty()) return events->feed_health(scope);
    TRY(auto const catalogue, call.instance->catalogue());
    std::vector<events::FeedHealth> found;
    for (auto const& feed : call.arguments) {
        TRY(auto health, events->feed_health(scope, feed));
        if (health.reports == 0) {
            TRY(auto const known, catalogue->find(feed));
        }
        found.push_back(std::move(health));
    }
    return found;
}

/// The sources of the feeds that are named, else all.
Result<std::vector<events::SourceHealth>> sources_of(Invocation const& call) {
    TRY(auto found, events::source_health(call.instance->sources(), call.instance->clock().now()));
    std::erase_if(found, [&](events::SourceHealth const& one) {
        return !call.arguments.empty() && std::ranges::find(call.arguments, one.source.feed) == call.arguments.end();
    });
    return found;
}

Exit run(Invocation& call) {
    auto const found = asked_for(call);
    if (!found) return call.failed(found.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& health : *found) {
        if (!call.json()) {
            print(call, health);
            continue;
        }
        json.object();
        append_health(json, health);
        json.field_unless_empty("todo", todo_about(health)).end();
    }
    json.end().key("sources").array();
    auto const sources = sources_of(call);
    if (!sources) return call.failed(sources.error());
    for (auto const& source : *sources) {
        events::append_source(json, source);
        if (!call.json()) print_source(call, source);
    }
    json.end().end();
    if (call.json())
        call.print("{}", json.text());
    else if (found->empty() && sources->empty())
        call.print("No feed has sent anything. Next: tocsin ingest FILE, or put files into the drop folder");
    bool const is_source_troubled = std::ranges::any_of(
        *sources, [](events::SourceHealth const& one) { return events::is_troubled(one.condition); });
    return is_source_troubled || std::ranges::any_of(*found, is_troubled) ? Exit::failed : Exit::done;
}

}  // namespace

Command command_feed_health() {
    return {
        .name = "feed health",
        .summary = "Say which feeds come as usual, which are late, quiet, flooding or failing, and what to do",
        .about =
            "A feed is late when its next report is overdue by half its usual interval, quiet when four intervals "
            "have passed, failing when its last report could not be read, a flood when that held ten times more events "
            "than usual. Below stand the sources reports are "
            "fetched from. Ends with 1 when a feed is quiet, failing or a flood or a source should be looked at, for "
            "use by "
            "a monitor.",
        .arguments = {{"FEED", "only of these", false, true}},
        .run = run};
}

}  // namespace tocsin::app
