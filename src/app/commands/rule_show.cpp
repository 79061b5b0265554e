#include "app/rule_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const rules = rules_of(call);
    if (!rules) return call.failed(rules.error());
    auto const number = call.arguments.empty() ? std::nullopt : parse_int(call.arguments[0]);
    if (!call.arguments.empty() && !number) {
        call.tell("VERSION: expected a number, found {}", call.arguments[0]);
        return Exit::usage;
    }
    auto const version = number ? (*rules)->version(*number) : (*rules)->current();
    if (!version || call.json()) return print_thing(call, version, [](auto const&) {});
    if (call.has("--words")) {
        auto const check = (*rules)->check(version->text);
        if (!check) return call.failed(check.error());
        for (auto const& rule : check->rules)
            call.print("{}{}: {} -> {}", rule.is_escalation ? "escalation " : "", rule.name,
                       rule.when.empty() ? "everything" : english(rule.when),
                       rule.then.empty() ? "as the settings" : english(rule.then));
        return Exit::done;
    }
    if (version->version == 0)
        call.tell("No rules are saved: the settings decide alone.");
    else
        call.tell("Version {} of {} by {}: {}", version->version, format_timestamp(version->at), version->who,
                  version->why);
    call.streams.out(version->text);
    return Exit::done;
}

}  // namespace

Command command_rule_show() {
    return {.name = "rule show",
            .summary = "Show the rules that say who is told what, when and how",
            .about =
                "The text goes to standard output, so that it can be edited and given to tocsin rule set.\n\n"
                "Examples:\n  tocsin rule show > rules.toml\n  tocsin rule show --words",
            .options = {{"--words", "", "each rule in a sentence, the settings behind them"}},
            .arguments = {{"VERSION", "an earlier one; see tocsin rule versions", false}},
            .run = run};
}

}  // namespace tocsin::app
