#include "app/rule_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const rules = rules_of(call);
    if (!rules) return call.failed(rules.error());
    auto const check = (*rules)->check(call.input);
    auto const exit = print_thing(call, check, [&](notifications::RuleCheck const& found) {
        for (auto const& fault : found.faults)
            call.print("{}:{}: {}{}{}expected {}", call.arguments[0], fault.line,
                       fault.rule.empty() ? std::string() : "\"" + fault.rule + "\": ", fault.field,
                       fault.field.empty() ? "" : ": ", english(fault.expected));
        for (auto const& rule : found.rules)
            call.print("{}{}: {} -> {}", rule.is_escalation ? "escalation " : "", rule.name,
                       rule.when.empty() ? "everything" : english(rule.when),
                       rule.then.empty() ? "as the settings" : english(rule.then));
        for (auto const& note : found.notes) call.print("note: {}", english(note));
    });
    return check && !check->faults.empty() ? Exit::failed : exit;
}

}  // namespace

Command command_rule_check() {
    return {.name = "rule check",
            .summary = "Check a rule file and say it in words; nothing is saved",
            .about =
                "Every fault is named with its line, rule, field and what was expected. How to write rules: "
                "docs/rules.md",
            .arguments = {{"FILE", "the rules; - is standard input"}},
            .input = read_rule_file,
            .run = run};
}

}  // namespace tocsin::app
