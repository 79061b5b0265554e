#include "app/recheck_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_rechecks(call, [&](events::Rechecks& rechecks) -> Result<Exit> {
        TRY(auto const waiting, rechecks.waiting());
        CHECK(rechecks.turn_off(access::command_principal()));
        if (call.json()) {
            JsonWriter json;
            json.object().field("is_on", false).field("dropped", waiting).end();
            call.print("{}", json.text());
        } else {
            call.print("Looking again is off. {} that waited {} dropped.", waiting, waiting == 1 ? "is" : "are");
        }
        return Exit::done;
    });
}

}  // namespace

Command command_recheck_off() {
    return {.name = "recheck off",
            .summary = "Stop looking again, at once",
            .about =
                "Nobody is contacted from now on, and what waits is dropped. A question that is under way ends "
                "within seconds.",
            .run = run};
}

}  // namespace tocsin::app
