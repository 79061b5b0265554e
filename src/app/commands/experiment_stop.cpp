#include "app/experiment_words.hpp"

namespace tocsin::app {
namespace {

Result<Exit> stop(Invocation& call) {
    auto& instance = *call.instance;
    TRY(auto const one, reports::find_experiment(instance.ledger(), call.arguments.front()));
    CHECK(reports::stop_experiment(instance.ledger(), instance.clock(), one.id, call.get("--reason"),
                                   access::command_principal()));
    call.tell("Stopped. Everybody gets the usual words again; what was told meanwhile is still followed.");
    return Exit::done;
}

Exit run(Invocation& call) {
    auto const done = stop(call);
    return done ? *done : call.failed(done.error());
}

}  // namespace

Command command_experiment_stop() {
    return {.name = "experiment stop",
            .summary = "End an experiment: everybody gets the usual words again",
            .options = {{"--reason", "TEXT", "goes on record"}},
            .arguments = {{"EXPERIMENT", "name or number"}},
            .run = run};
}

}  // namespace tocsin::app
