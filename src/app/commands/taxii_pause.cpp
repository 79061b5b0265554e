#include "app/command.hpp"
#include "app/instance.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Status pause(Invocation& call) {
    auto& remotes = call.instance->remotes();
    TRY(auto const remote, remotes.find(call.arguments.front()));
    CHECK(remotes.pause(remote.id, true, access::command_principal()));
    TRY(auto* const exchange, call.instance->exchange());
    exchange->changed();
    return {};
}

Exit run(Invocation& call) {
    if (auto const done = pause(call); !done) return call.failed(done.error());
    call.print("{}", call.json() ? "{\"paused\":true}" : call.arguments.front() + " is paused");
    return Exit::done;
}

}  // namespace

Command command_taxii_pause() {
    return {.name = "taxii pause",
            .summary = "Stop polling and pushing a remote until it is resumed",
            .arguments = {{"NAME", "the remote, by name or number"}},
            .run = run};
}

}  // namespace tocsin::app
