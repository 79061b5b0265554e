#include "app/rule_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const rules = rules_of(call);
    if (!rules) return call.failed(rules.error());
    std::optional<std::int64_t> base;
    if (call.has("--base") && !(base = parse_int(call.get("--base")))) {
        call.tell("--base: expected the number of a version");
        return Exit::usage;
    }
    auto const saved = (*rules)->set(access::command_principal(), call.input, call.get("--why"), base);
    return print_thing(call, saved, [&](notifications::RuleVersion const& version) {
        call.print("Version {} is in force. To take it back: tocsin rule undo", version.version);
    });
}

}  // namespace

Command command_rule_set() {
    return {.name = "rule set",
            .summary = "Save a rule file: it is in force from the next plan on",
            .about =
                "It is kept as a version, with who, when and why. Look first at what it would do: tocsin rule "
                "simulate FILE",
            .options = {{"--why", "TEXT", "why it is changed", {}, true},
                        {"--base", "VERSION", "the version it was made from: refused when another came meanwhile"}},
            .arguments = {{"FILE", "the rules; - is standard input"}},
            .input = read_rule_file,
            .run = run};
}

}  // namespace tocsin::app
