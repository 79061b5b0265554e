#include "app/rule_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const rules = rules_of(call);
    if (!rules) return call.failed(rules.error());
    if (call.arguments.empty()) {
        return print_things(
            call, (*rules)->versions(1000),
            [&](notifications::RuleVersion const& one) {
                call.print("{:<5} {} {:<12} {}{}", one.version, format_timestamp(one.at), one.who, one.why,
                           one.restores ? fmt::format("  (puts version {} back)", *one.restores) : "");
            },
            "No rules were ever saved.");
    }
    auto const first = parse_int(call.arguments[0]);
    auto const second = call.arguments.size() > 1 ? parse_int(call.arguments[1]) : first;
    if (!first || !second) {
        call.tell("expected one or two numbers of versions");
        return Exit::usage;
    }
    auto const from = call.arguments.size() > 1 ? *first : std::max<std::int64_t>(*first - 1, 0);
    auto const difference = (*rules)->difference(from, *second);
    if (!difference) return call.failed(difference.error());
    call.streams.out(*difference);
    return Exit::done;
}

}  // namespace

Command command_rule_versions() {
    return {.name = "rule versions",
            .summary = "List the rules as they were: who changed them, when and why; or the difference between two",
            .arguments = {{.name = "VERSION",
                           .help = "one: against the one before it; two: from the first to the second",
                           .required = false,
                           .many = true}},
            .run = run};
}

}  // namespace tocsin::app
