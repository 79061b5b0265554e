#include "app/command.hpp"
#include "app/instance.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const peers = call.instance->peers().all();
    if (!peers) return call.failed(peers.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& peer : *peers) {
        if (!call.json())
            call.print("{:>4} {:<30} organisation {:<6} {}{}{}", peer.id.value, peer.name, peer.organisation.value,
                       gate::label_of(peer.clearance), peer.may_write ? " writes" : "",
                       peer.may_relay ? " relays" : "");
        json.object()
            .field("id", peer.id.value)
            .field("name", peer.name)
            .field("organisation", peer.organisation.value)
            .field("clearance", gate::name_of(peer.clearance))
            .field("may_write", peer.may_write)
            .field("may_relay", peer.may_relay)
            .field("created", peer.created)
            .end();
    }
    json.end().end();
    if (call.json()) call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_peer_list() {
    return {.name = "peer list", .summary = "List the peers we exchange with", .run = run};
}

}  // namespace tocsin::app
