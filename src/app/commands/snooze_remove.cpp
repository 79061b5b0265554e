#include "app/rule_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const rules = rules_of(call);
    if (!rules) return call.failed(rules.error());
    auto const number = parse_int(call.arguments[0]);
    if (!number) {
        call.tell("SNOOZE: expected a number, found {}", call.arguments[0]);
        return Exit::usage;
    }
    auto const done = (*rules)->end_snooze(access::command_principal(), {*number});
    if (!done) return call.failed(done.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("removed", *number).end();
        call.print("{}", json.text());
    } else {
        call.print("Snooze {} has ended", *number);
    }
    return Exit::done;
}

}  // namespace

Command command_snooze_remove() {
    return {.name = "snooze remove",
            .summary = "End a snooze before its time",
            .arguments = {{"SNOOZE", "its number"}},
            .run = run};
}

}  // namespace tocsin::app
