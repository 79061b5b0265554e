#include "app/rule_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const rules = rules_of(call);
    if (!rules) return call.failed(rules.error());
    return print_things(
        call, (*rules)->snoozes(),
        [&](notifications::Snooze const& one) {
            call.print("{:<5} until {} {}{} - {} ({})", one.id.value, format_timestamp(one.until),
                       one.organisation_name, one.identifier.empty() ? "" : " " + one.identifier, one.reason, one.who);
        },
        "Nobody is snoozed.");
}

}  // namespace

Command command_snooze_list() {
    return {.name = "snooze list", .summary = "List who is told nothing for a while, and why", .run = run};
}

}  // namespace tocsin::app
