#include "app/reach_words.hpp"

namespace tocsin::app {
namespace {

void print_test(Invocation const& call, readiness::ReachTest const& test, Timestamp now) {
    auto const took = test.took();
    call.print("  #{:<4} {} {:<9} {}{}{}{}", test.id.value, format_timestamp(test.sent.value_or(test.created)),
               test.outcome(now), test.address, test.is_outside ? ", out of hours" : "",
               took ? ", after " + format_duration(*took) : "", test.error.empty() ? "" : ": " + test.error);
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const id, reach_target_id(call.arguments.front()));
        TRY(auto const target, room.reachability.one(id));
        TRY(auto const tests, room.reachability.tests(id));
        auto const now = call.instance->clock().now();
        if (call.json()) {
            JsonWriter json;
            json.object().key("target");
            append(json, target, now);
            json.key("tests").array();
            for (auto const& test : tests) append(json, test, now);
            json.end().end();
            call.print("{}", json.text());
            return Exit::done;
        }
        print_target(call, target);
        call.print("  {} {}, tests {}, an answer within {} hours", target.hours.zone, text_of(target.hours),
                   readiness::name_of(target.when), target.answer_within);
        if (!target.agreed_by.empty())
            call.print("  agreed by {}{}", target.agreed_by,
                       target.agreed_on ? " on " + format_date(*target.agreed_on) : "");
        for (auto const& test : tests) print_test(call, test, now);
        return Exit::done;
    });
}

}  // namespace

Command command_reach_show() {
    return {.name = "reach show",
            .summary = "Show somebody who is tested, with the last tests",
            .arguments = {{"TARGET", "its number; see tocsin reach list"}},
            .run = run};
}

}  // namespace tocsin::app
