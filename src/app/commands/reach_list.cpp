#include "app/reach_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const all, room.reachability.all());
        JsonWriter json;
        json.object().key("items").array();
        for (auto const& target : all) {
            if (!call.json()) print_target(call, target);
            append(json, target, call.instance->clock().now());
        }
        json.end().end();
        if (call.json())
            call.print("{}", json.text());
        else if (all.empty())
            call.print("Nobody is tested yet: tocsin reach add");
        return Exit::done;
    });
}

}  // namespace

Command command_reach_list() {
    return {.name = "reach list", .summary = "List whom we test, and who answered", .run = run};
}

}  // namespace tocsin::app
