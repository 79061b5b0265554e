#include "app/recheck_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_rechecks(call, [&](events::Rechecks& rechecks) -> Result<Exit> {
        TRY(auto const queued, rechecks.schedule());
        TRY(auto const asked, rechecks.run(call.is_cancelled));
        TRY(auto const waiting, rechecks.waiting());
        if (call.json()) {
            JsonWriter json;
            json.object().field("queued", queued).field("asked", asked).field("waiting", waiting).end();
            call.print("{}", json.text());
        } else {
            call.print("{} asked, {} wait", asked, waiting);
        }
        return Exit::done;
    });
}

}  // namespace

Command command_recheck_run() {
    return {.name = "recheck run",
            .summary = "Ask now what waits and is within the limits",
            .about = "A running server does that by itself. What was interrupted by a kill is taken up.",
            .run = run};
}

}  // namespace tocsin::app
