#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/intelligence_words.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const recipient = recipient_named(call, call.arguments[1]);
    if (!recipient) return call.failed(recipient.error());
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const decision = (*intelligence)->explain(call.arguments[0], *recipient);
    if (!decision) return call.failed(decision.error());
    if (!call.json()) {
        call.print("{} ({}) to {}: {}. {}", call.arguments[0], gate::label_of(decision->marking),
                   recipient->reference(), decision->allowed ? "yes" : "no", gate::words_of(decision->reason));
        for (auto const& part : decision->removed) call.print("  without {}: {}", part.id, gate::words_of(part.reason));
        return Exit::done;
    }
    JsonWriter json;
    json.object()
        .field("object", call.arguments[0])
        .field("recipient", recipient->reference())
        .field("allowed", decision->allowed)
        .field("reason", gate::name_of(decision->reason))
        .field("words", gate::words_of(decision->reason))
        .field("marking", gate::label_of(decision->marking))
        .key("removed")
        .array();
    for (auto const& part : decision->removed)
        json.object().field("part", part.id).field("reason", gate::name_of(part.reason)).end();
    json.end().end();
    call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_gate_explain() {
    return {.name = "gate explain",
            .summary = "Say whether somebody may have an object, and why",
            .about =
                "  tocsin gate explain indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f \"First Bank\"\n"
                "  tocsin gate explain indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f peer:Northland",
            .arguments = {{"OBJECT", "its id"},
                          {"RECIPIENT", "public, team, peer:NAME, or an organisation's name or number"}},
            .run = run};
}

}  // namespace tocsin::app
