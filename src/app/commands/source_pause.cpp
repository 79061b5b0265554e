#include "app/instance.hpp"
#include "app/source_words.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

Status pause(Invocation& call) {
    auto& sources = call.instance->sources();
    TRY(auto const source, sources.find(call.arguments.front()));
    CHECK(sources.pause(source.id, true, access::command_principal()));
    return wake_fetcher(call);
}

Exit run(Invocation& call) {
    if (auto const done = pause(call); !done) return call.failed(done.error());
    call.print("{}", call.json() ? "{\"paused\":true}" : call.arguments.front() + " is paused");
    return Exit::done;
}

}  // namespace

Command command_source_pause() {
    return {.name = "source pause",
            .summary = "Stop fetching from a source until it is resumed",
            .arguments = {{"NAME", "the source, by name or number"}},
            .run = run};
}

}  // namespace tocsin::app
