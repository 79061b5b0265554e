#include "app/instance.hpp"
#include "app/source_words.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

Status resume(Invocation& call) {
    auto& sources = call.instance->sources();
    TRY(auto const source, sources.find(call.arguments.front()));
    CHECK(sources.pause(source.id, false, access::command_principal()));
    return wake_fetcher(call);
}

Exit run(Invocation& call) {
    if (auto const done = resume(call); !done) return call.failed(done.error());
    call.print("{}", call.json() ? "{\"paused\":false}" : call.arguments.front() + " goes on, at once");
    return Exit::done;
}

}  // namespace

Command command_source_resume() {
    return {.name = "source resume",
            .summary = "Go on with a paused source, at once",
            .arguments = {{"NAME", "the source, by name or number"}},
            .run = run};
}

}  // namespace tocsin::app
