#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/intelligence_words.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    intelligence::MatchFilter filter{.indicator = call.get("--indicator"), .subject = call.get("--subject")};
    if (call.has("--state")) {
        filter.state = intelligence::match_state_named(call.get("--state"));
        if (!filter.state) {
            call.tell("--state: expected new, handed_on, held or ruled_out");
            return Exit::usage;
        }
    }
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const page =
        (*intelligence)->matches(filter, command_recipient(), {.after = call.get("--after"), .limit = 1000});
    if (!page) return call.failed(page.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& match : page->items) {
        if (!call.json())
            call.print("{:>6} {:<10} {}  {} ({}) met {} {}", match->id, intelligence::name_of(match->state),
                       format_timestamp(match->observed), match->subject, match->side, match->value,
                       match->indicator.id);
        json.object()
            .field("id", match->id)
            .field("state", intelligence::name_of(match->state))
            .field("observed", match->observed)
            .field("subject", match->subject)
            .field("side", match->side)
            .field("kind", formats::name_of(match->kind))
            .field("value", match->value)
            .field("indicator", match->indicator.id)
            .field("marking", gate::label_of(match.marking()))
            .field("feed", match->feed)
            .field("report", match->report)
            .end();
    }
    json.end().key("next");
    page->next.empty() ? json.null() : json.value(page->next);
    json.end();
    if (call.json()) call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_match_list() {
    return {.name = "match list",
            .summary = "List observations that met a live indicator",
            .options = {{"--state", "STATE", "new, handed_on, held or ruled_out"},
                        {"--indicator", "ID", "only of this indicator"},
                        {"--subject", "MACHINE", "only about this machine"},
                        {"--after", "CURSOR", "the next page"}},
            .run = run};
}

}  // namespace tocsin::app
