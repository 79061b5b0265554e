#include "app/experiment_words.hpp"

namespace tocsin::app {
namespace {

Result<Exit> show(Invocation& call) {
    TRY(auto const one, reports::find_experiment(call.instance->ledger(), call.arguments.front()));
    TRY(auto const rooms, call.instance->report_rooms());
    TRY(auto const result, reports::result_of(rooms, one, call.instance->clock().now(), access::command_principal()));
    if (call.json()) {
        JsonWriter json;
        reports::append(json, one, &result);
        call.print("{}", json.text());
    } else {
        print_experiment(call, one, &result);
    }
    return Exit::done;
}

Exit run(Invocation& call) {
    auto const done = show(call);
    return done ? *done : call.failed(done.error());
}

}  // namespace

Command command_experiment_show() {
    return {.name = "experiment show",
            .summary = "What came of an experiment so far, and whether it may be judged",
            .about =
                "Shares are of findings told while it ran; their intervals are by organisation. There is one verdict: "
                "when in both variants enough organisations were followed for 30 days.",
            .arguments = {{"EXPERIMENT", "name or number"}},
            .run = run};
}

}  // namespace tocsin::app
