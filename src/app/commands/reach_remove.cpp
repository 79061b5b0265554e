#include "app/reach_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const id, reach_target_id(call.arguments.front()));
        CHECK(room.reachability.remove(id, access::command_principal()));
        if (!call.json()) call.print("{} is not tested any more; the tests stay on record", id.value);
        return Exit::done;
    });
}

}  // namespace

Command command_reach_remove() {
    return {.name = "reach remove",
            .summary = "Take somebody off the reachability tests",
            .about = "Links of tests that are out are no good from then on.",
            .arguments = {{"TARGET", "its number; see tocsin reach list"}},
            .run = run};
}

}  // namespace tocsin::app
