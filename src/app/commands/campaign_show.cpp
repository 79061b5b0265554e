#include "app/rule_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const rules = rules_of(call);
    if (!rules) return call.failed(rules.error());
    auto const number = parse_int(call.arguments[0]);
    if (!number) {
        call.tell("CAMPAIGN: expected a number, found {}", call.arguments[0]);
        return Exit::usage;
    }
    return print_thing(call, (*rules)->campaign({*number}), [&](notifications::Campaign const& one) {
        call.print("{}: {}", one.id.value, one.name);
        call.print("made {} by {}{}", format_timestamp(one.created), one.who,
                   one.finished ? "" : ", not finished: the next plan goes on with it");
        call.print("to {}{}", one.everyone ? "everyone, with the findings of: " : "owners of: ",
                   one.when.empty() ? "(none)" : one.when);
        call.print("{} owners, {} messages: {} held, {} queued, {} sent, {} failed, {} answered", one.owners,
                   one.messages, one.held, one.queued, one.sent, one.failed, one.answered);
        if (!one.identifier.empty()) call.print("text: the remediation note of {}", one.identifier);
        for (auto const& text : one.texts) call.print("\n[{}] {}\n{}", text.language, text.subject, text.text);
    });
}

}  // namespace

Command command_campaign_show() {
    return {.name = "campaign show",
            .summary = "Show one campaign: whom it was for, its words, what came of it",
            .arguments = {{"CAMPAIGN", "its number"}},
            .run = run};
}

}  // namespace tocsin::app
