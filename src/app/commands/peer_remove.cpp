#include "app/command.hpp"
#include "app/instance.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const peer = call.instance->peers().find(call.arguments.front());
    if (!peer) return call.failed(peer.error());
    if (auto const gone = call.instance->peers().remove(peer->id, access::command_principal()); !gone)
        return call.failed(gone.error());
    call.print("{}", call.json() ? fmt::format("{{\"id\":{}}}", peer->id.value)
                                 : fmt::format("{} is no peer any more; its key has ended", peer->name));
    return Exit::done;
}

}  // namespace

Command command_peer_remove() {
    return {.name = "peer remove",
            .summary = "End the exchange with a peer and its key",
            .arguments = {{"PEER", "its name or number"}},
            .run = run};
}

}  // namespace tocsin::app
