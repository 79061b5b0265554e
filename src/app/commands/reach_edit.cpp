#include "app/reach_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const id, reach_target_id(call.arguments.front()));
        TRY(auto target, room.reachability.one(id));
        CHECK(read_reach_options(call, target));
        TRY(auto const changed, room.reachability.change(std::move(target), access::command_principal()));
        return tell_target(call, changed);
    });
}

}  // namespace

Command command_reach_edit() {
    return {.name = "reach edit",
            .summary = "Change how somebody is tested, or record an agreement",
            .about = "  tocsin reach edit 3 --agreed-by \"Amina Otieno\" --agreed-on 2026-11-20",
            .options = reach_options(),
            .arguments = {{"TARGET", "its number; see tocsin reach list"}},
            .run = run};
}

}  // namespace tocsin::app
