#include "app/command.hpp"
#include "app/event_words.hpp"
#include "app/instance.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const events = call.instance->events();
    if (!events) return call.failed(events.error());
    auto const detail = (*events)->finding_detail(scope_of_commands(*call.instance), call.arguments.front());
    if (!detail) return call.failed(detail.error());
    JsonWriter json;
    json.object().key("finding");
    append_json(json, detail->finding);
    json.key("rounds").array();
    for (auto const round : detail->rounds) json.value(round);
    json.end().key("statements").array();
    for (auto const& said : detail->statements)
        json.object()
            .field("at", said.at)
            .field("said", events::name_of(said.saying))
            .field("by", said.by)
            .field("by_team", said.by_team)
            .field_unless_empty("text", said.text)
            .end();
    json.end().key("events").array();
    for (auto const& event : detail->events) json.raw(event.fields);
    json.end().end();
    if (call.json()) {
        call.print("{}", json.text());
        return Exit::done;
    }
    auto const& f = detail->finding;
    call.print("{} {} ({})", events::name_of(f.state), f.identifier, f.feed);
    if (f.address)
        call.print("  address       {}{}", format_ip(*f.address), f.port ? fmt::format(" port {}", *f.port) : "");
    for (auto const& text : {f.domain, f.url, f.account})
        if (!text.empty()) call.print("  about         {}", text);
    call.print("  first seen    {}", format_timestamp(f.first_seen));
    call.print("  last seen     {}", format_timestamp(f.last_seen));
    call.print("  times         {}, back again {}, missed rounds {}", f.times, f.returns, f.missed_rounds);
    if (f.repaired) call.print("  repaired      {}", format_timestamp(*f.repaired));
    for (auto const& said : detail->statements)
        call.print("  {} {} {} {}", format_timestamp(said.at), said.by, events::name_of(said.saying), said.text);
    for (auto const& event : detail->events) call.print("{}", event.fields);
    return Exit::done;
}

}  // namespace

Command command_finding_show() {
    return {.name = "finding show",
            .summary = "Show one finding with its history and events",
            .arguments = {{"ID", "the finding's id"}},
            .run = run};
}

}  // namespace tocsin::app
