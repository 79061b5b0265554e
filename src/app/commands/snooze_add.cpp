#include "app/directory_words.hpp"
#include "app/rule_words.hpp"

namespace tocsin::app {
namespace {

Result<Timestamp> end_of(Invocation const& call) {
    if (call.has("--for")) {
        auto const time = parse_duration(call.get("--for"));
        if (!time) return std::unexpected(time.error().during("--for"));
        return call.instance->clock().now() + *time;
    }
    TRY(auto const until, parse_time_option(call, "--until"));
    if (!until) return fail(Code::invalid, "expected --until TIME or --for TIME");
    return *until;
}

Exit run(Invocation& call) {
    auto const rules = rules_of(call);
    if (!rules) return call.failed(rules.error());
    auto const organisation = directory_of(call).find_organisation(call.arguments[0]);
    if (!organisation) return call.failed(organisation.error());
    auto const until = end_of(call);
    if (!until) return call.failed(until.error());
    auto const made = (*rules)->snooze(access::command_principal(), {.organisation = organisation->id.value,
                                                                     .identifier = call.get("--identifier"),
                                                                     .until = *until,
                                                                     .reason = call.get("--reason")});
    return print_thing(call, made, [&](notifications::Snooze const& snooze) {
        call.print("Snooze {}: {} hears nothing{} until {}", snooze.id.value, snooze.organisation_name,
                   snooze.identifier.empty() ? "" : " about " + snooze.identifier, format_timestamp(snooze.until));
    });
}

}  // namespace

Command command_snooze_add() {
    return {.name = "snooze add",
            .summary = "Tell an organisation nothing for a while; it ends by itself",
            .about =
                "What comes up meanwhile is told when it ends, if it is still open.\n\nExamples:\n"
                "  tocsin snooze add \"First Bank\" --identifier open-telnet --for 14d --reason \"they migrate\"",
            .options = {{"--identifier", "TEXT", "only findings of this class, also with *"},
                        {"--until", "TIME", "when it ends"},
                        {"--for", "TIME", "the same from now on: 12h, 14d"},
                        {"--reason", "TEXT", "why", {}, true}},
            .arguments = {{"ORGANISATION", "name or number"}},
            .run = run};
}

}  // namespace tocsin::app
