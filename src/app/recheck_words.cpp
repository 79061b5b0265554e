#include "app/recheck_words.hpp"

namespace tocsin::app {

Exit with_rechecks(Invocation& call, std::function<Result<Exit>(events::Rechecks&)> const& run) {
    auto& instance = *call.instance;
    auto const events = instance.events();
    if (!events) return call.failed(events.error());
    events::Rechecks rechecks({.ledger = instance.ledger(),
                               .constituency = instance.constituency(),
                               .gate = instance.gate(),
                               .events = **events,
                               .clock = instance.clock()});
    auto const done = run(rechecks);
    return done ? *done : call.failed(done.error());
}

Result<std::vector<IpPrefix>> networks_in(std::string_view option, std::string_view text) {
    std::vector<IpPrefix> networks;
    for (auto const part : split(text, ',')) {
        if (trimmed(part).empty()) continue;
        auto const network = parse_prefix(trimmed(part));
        if (!network)
            return fail(Code::invalid, fmt::format("{}: expected networks such as 192.0.2.0/24, by comma, found \"{}\"",
                                                   option, part));
        networks.push_back(*network);
    }
    return networks;
}

void print_recheck(Invocation const& call, events::Recheck const& one) {
    auto const what = one.verdict ? events::name_of(*one.verdict) : events::name_of(one.state);
    call.print("#{:<5} {} {:<11} {:<15} {}/{}  {}", one.id.value, format_timestamp(one.ended.value_or(one.not_before)),
               what, one.check, format_ip(one.address), one.port, one.detail);
}

void print_permission(Invocation const& call, events::Permission const& one, std::string_view organisation) {
    std::string networks;
    for (auto const& network : one.networks) networks += (networks.empty() ? "" : ", ") + format_prefix(network);
    auto const state = one.withdrawn                                   ? "withdrawn"
                       : one.is_in_force(call.instance->clock().now()) ? "in force"
                                                                       : "not in force";
    call.print("#{:<4} {:<12} {} #{}: {}", one.id.value, state, organisation, one.organisation.value, networks);
    call.print("      {} to {}, given by {} on {}: {}", format_date(one.starts.value_or(one.recorded)),
               format_date(one.ends), one.given_by, format_date(one.given), one.evidence);
}

}  // namespace tocsin::app
