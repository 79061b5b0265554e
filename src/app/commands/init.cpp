#include "app/command.hpp"
#include "app/instance.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const& where = call.instance->directory().path();
    if (call.json()) {
        JsonWriter json;
        json.object().field("data", where.string()).end();
        call.print("{}", json.text());
    } else {
        call.print("The data directory {} is ready. Next: tocsin user add, then tocsin serve.", where.string());
    }
    return Exit::done;
}

}  // namespace

Command command_init() {
    return {.name = "init", .summary = "Create the data directory and its stores", .needs = Needs::owner, .run = run};
}

}  // namespace tocsin::app
