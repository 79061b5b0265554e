#include "app/rule_words.hpp"

namespace tocsin::app {
namespace {

using notifications::RuleTally;

std::string change(std::int64_t then, std::int64_t now) {
    return then == now ? std::string("=") : fmt::format("{:+}", then - now);
}

void print_line(Invocation const& call, std::string_view name, notifications::RuleTallies const& tallies) {
    auto const& [then, now] = tallies;
    call.print("{:<30} {:>8} {:>7} {:>8} {:>10} {:>8} {:>7} {:>9}", name.substr(0, 30), then.messages,
               change(then.messages, now.messages), then.held, then.findings, then.dropped, then.quieted,
               then.escalated);
}

void print_words(Invocation const& call, notifications::Simulation const& simulation) {
    auto const head = [&](std::string_view what) {
        call.print("{:<30} {:>8} {:>7} {:>8} {:>10} {:>8} {:>7} {:>9}", what, "messages", "change", "held", "findings",
                   "dropped", "quieted", "escalated");
    };
    head("day");
    for (auto const& [day, tallies] : simulation.days) print_line(call, format_date(day), tallies);
    call.print("");
    head("rule");
    for (auto const& [name, tally] : simulation.rules) print_line(call, name, {tally, tally});
    call.print("");
    head("organisation");
    for (auto const& one : simulation.organisations) print_line(call, one.name, one.tallies);
    call.print("");
    print_line(call, "all", simulation.total);
    call.print("{} findings of {} organisations, {} to {}, in {} ms. Nothing was sent.", simulation.findings_seen,
               simulation.organisations_seen, format_date(simulation.from), format_date(simulation.to),
               simulation.milliseconds);
}

Exit run(Invocation& call) {
    auto const rules = rules_of(call);
    if (!rules) return call.failed(rules.error());
    notifications::SimulationRequest request;
    if (!call.arguments.empty()) request.text = call.input;
    auto const days = parse_int(call.get("--days"));
    if (!days || *days < 1 || *days > 90) {
        call.tell("--days: expected 1 to 90");
        return Exit::usage;
    }
    request.days = static_cast<int>(*days);
    request.most_organisations = static_cast<std::size_t>(
        std::clamp<std::int64_t>(parse_int(call.get("--organisations")).value_or(20), 0, 1000));
    return print_thing(call, (*rules)->simulate(request),
                       [&](notifications::Simulation const& simulation) { print_words(call, simulation); });
}

}  // namespace

Command command_rule_simulate() {
    return {.name = "rule simulate",
            .summary = "What would these rules have sent? Nothing is sent or stored",
            .about =
                "Goes over the stored findings and counts messages by day, rule and organisation, beside what the "
                "rules in force would have sent. Without FILE: the rules in force beside the settings alone. What "
                "it can know and what not: docs/rules.md",
            .options = {{"--days", "N", "how far back, at most 90", "30"},
                        {"--organisations", "N", "how many are listed, where most changes first", "20"}},
            .arguments = {{"FILE", "the rules; - is standard input", false}},
            .input = read_rule_file,
            .run = run};
}

}  // namespace tocsin::app
