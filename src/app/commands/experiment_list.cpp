#include "app/experiment_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const all = reports::experiments(call.instance->ledger());
    if (!all) return call.failed(all.error());
    if (call.json()) {
        JsonWriter json;
        json.object().key("items").array();
        for (auto const& one : *all) reports::append(json, one, nullptr);
        json.end().end();
        call.print("{}", json.text());
        return Exit::done;
    }
    for (auto const& one : *all) print_experiment(call, one);
    if (all->empty()) call.tell("No experiment. Next: tocsin experiment add --help");
    return Exit::done;
}

}  // namespace

Command command_experiment_list() {
    return {.name = "experiment list", .summary = "List experiments with words of messages", .run = run};
}

}  // namespace tocsin::app
