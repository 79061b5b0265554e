#include "app/recheck_words.hpp"

namespace tocsin::app {
namespace {

Result<int> number(Invocation const& call, std::string_view option) {
    auto const number = parse_int(call.get(option));
    if (!number || *number < 0 || *number > 1'000'000)
        return fail(Code::invalid, fmt::format("{}: expected a number, found \"{}\"", option, call.get(option)));
    return static_cast<int>(*number);
}

Result<events::RecheckSettings> wanted(Invocation const& call) {
    events::RecheckSettings settings;
    TRY(settings.per_minute, number(call, "--per-minute"));
    TRY(settings.per_network_an_hour, number(call, "--per-network"));
    TRY(settings.gap, parse_duration(call.get("--gap")));
    settings.after_answer.clear();
    for (auto const part : split(call.get("--after-answer"), ',')) {
        if (trimmed(part).empty()) continue;
        TRY(auto const after, parse_duration(trimmed(part)));
        settings.after_answer.push_back(after);
    }
    auto const& config = call.instance->config();
    settings.agent = call.has("--agent") ? call.get("--agent")
                                         : fmt::format("Tocsin re-check; {}; {}", config.team_name, config.team_email);
    settings.source = call.get("--source");
    settings.name = call.get("--name");
    TRY(settings.reachable, networks_in("--reachable", call.get("--reachable")));
    return settings;
}

Exit run(Invocation& call) {
    return with_rechecks(call, [&](events::Rechecks& rechecks) -> Result<Exit> {
        TRY(auto const settings, wanted(call));
        CHECK(rechecks.turn_on(settings, access::command_principal()));
        TRY(auto const kept, rechecks.settings());
        if (call.json()) {
            JsonWriter json;
            append(json, kept);
            call.print("{}", json.text());
        } else {
            call.print(
                "Looking again is on: at most {} contacts a minute, {} an hour with one network. Only what a "
                "permission "
                "on record covers is asked; see tocsin recheck permit.",
                kept.per_minute, kept.per_network_an_hour);
        }
        return Exit::done;
    });
}

}  // namespace

Command command_recheck_on() {
    return {.name = "recheck on",
            .summary = "Allow looking again at exposures of owners who permitted it",
            .about =
                "Off until this is called. Before: the law of the country, and somebody who answers when a firewall's "
                "alarm rings; docs/recheck.md tells both. Calling it again changes how; all of it is in the audit "
                "log.\n\n"
                "  tocsin recheck on --agent 'CIRT Freedonia re-check; https://cirt.example/recheck' --source "
                "192.0.2.40",
            .options = {{"--per-minute", "N", "contacts a minute, all together, at most 600", "30"},
                        {"--per-network", "N", "contacts an hour with one /24 or /48", "20"},
                        {"--gap", "TIME", "between two contacts with one address", "15m"},
                        {"--after-answer", "TIMES", "by comma: when an owner has said \"repaired\"; empty: never",
                         "24h,7d"},
                        {"--agent", "TEXT", "who we are and how we are reached; else the team's name and address"},
                        {"--source", "ADDRESS", "of this machine, to come from; tell it to the owners"},
                        {"--name", "NAME", "what open resolvers are asked for", "example.com"},
                        {"--reachable", "NETWORKS", "by comma: may be asked although they are not global"}},
            .run = run};
}

}  // namespace tocsin::app
