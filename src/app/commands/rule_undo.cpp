#include "app/rule_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const rules = rules_of(call);
    if (!rules) return call.failed(rules.error());
    std::optional<std::int64_t> to;
    if (!call.arguments.empty() && !(to = parse_int(call.arguments[0]))) {
        call.tell("VERSION: expected a number, found {}", call.arguments[0]);
        return Exit::usage;
    }
    auto const undone = (*rules)->undo(access::command_principal(), to, call.get("--why"));
    return print_thing(call, undone, [&](notifications::RuleVersion const& version) {
        call.print("Version {} is in force; its text is that of version {}.", version.version,
                   version.restores.value_or(0));
    });
}

}  // namespace

Command command_rule_undo() {
    return {.name = "rule undo",
            .summary = "Put earlier rules back: of the version before the last, or of a given one",
            .about = "What was there stays on record, and can be put back in turn. Version 0 is no rules at all.",
            .options = {{"--why", "TEXT", "why", "undone"}},
            .arguments = {{"VERSION", "its text is put back", false}},
            .run = run};
}

}  // namespace tocsin::app
