#include "app/command.hpp"
#include "app/instance.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Status resume(Invocation& call) {
    auto& remotes = call.instance->remotes();
    TRY(auto const remote, remotes.find(call.arguments.front()));
    CHECK(remotes.pause(remote.id, false, access::command_principal()));
    TRY(auto* const exchange, call.instance->exchange());
    exchange->changed();
    return {};
}

Exit run(Invocation& call) {
    if (auto const done = resume(call); !done) return call.failed(done.error());
    call.print("{}", call.json() ? "{\"paused\":false}" : call.arguments.front() + " goes on");
    return Exit::done;
}

}  // namespace

Command command_taxii_resume() {
    return {.name = "taxii resume",
            .summary = "Let a paused remote go on, at once",
            .arguments = {{"NAME", "the remote, by name or number"}},
            .run = run};
}

}  // namespace tocsin::app
