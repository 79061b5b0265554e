#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/intelligence_words.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

void print(Invocation const& call, intelligence::Worth const& worth) {
    auto const how = worth.matching == intelligence::Matching::whole ? "by its whole pattern" : "by any of its values";
    if (!worth.expires) {
        call.print("Not matched with events: {}", worth.matching_reason
                                                      ? english(*worth.matching_reason)
                                                      : "it was revoked, or is no STIX pattern with values");
        return;
    }
    if (worth.is_matched_kind)
        call.print("Matched with events {}{}", how,
                   worth.matching_reason ? "; " + english(*worth.matching_reason) : "");
    else
        call.print("Not matched with events: {}", worth.matching_reason ? english(*worth.matching_reason) : "");
    call.print("Score {:.0f} of 100 (at {:.0f} it expires), expires {}", worth.score, worth.threshold,
               format_timestamp(*worth.expires));
    for (auto const& reason : worth.reasons) call.print("  {}", english(reason));
}

Exit run(Invocation& call) {
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const object = (*intelligence)->object(call.arguments.front(), command_recipient());
    if (!object) return call.failed(object.error());
    auto const worth = (*intelligence)->worth(*object);
    if (!worth) return call.failed(worth.error());
    intelligence::Merges const merges(**intelligence);
    auto const same = merges.same_as((*object)->id, command_recipient());
    auto const shown = merges.shown_as((*object)->id, command_recipient());
    if (!same) return call.failed(same.error());
    if (!shown) return call.failed(shown.error());
    bool const is_indicator = (*object)->type == "indicator";
    if (call.json()) {
        JsonWriter json;
        begin_json(json, *object).key("worth");
        if (is_indicator) {
            append(json, *worth);
        } else {
            json.null();
        }
        json.key("same").array();
        for (auto const& one : *same) json.value(one->id);
        json.end().field_or_null("shown_as", *shown).end();
        call.print("{}", json.text());
        return Exit::done;
    }
    call.print("{}", line_of(*object));
    call.print("Added {}, delivery {}", format_timestamp((*object)->added), (*object)->source);
    for (auto const& one : *same)
        call.print("The same as {}{}", one->id, one->id == *shown ? ", which is shown for both" : "");
    if (is_indicator) print(call, *worth);
    call.print("{}", (*object)->json);
    return Exit::done;
}

}  // namespace

Command command_intel_show() {
    return {.name = "intel show",
            .summary = "Show one object of the intelligence, its newest version",
            .arguments = {{"ID", "\"indicator--...\""}},
            .run = run};
}

}  // namespace tocsin::app
