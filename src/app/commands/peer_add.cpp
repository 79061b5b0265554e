#include "app/command.hpp"
#include "app/instance.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Result<sharing::MadePeer> add(Invocation& call) {
    sharing::Peer draft{
        .name = call.arguments.front(), .may_write = call.has("--may-write"), .may_relay = call.has("--may-relay")};
    TRY(draft.clearance, gate::parse_tlp(call.get("--clearance")));
    TRY(auto const organisation,
        call.instance->constituency().directory().find_organisation(call.get("--organisation")));
    draft.organisation = organisation.id;
    return call.instance->peers().add(draft, access::command_principal());
}

Exit run(Invocation& call) {
    auto const made = add(call);
    if (!made) return call.failed(made.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("id", made->peer.id.value).field("key", made->key).end();
        call.print("{}", json.text());
        return Exit::done;
    }
    call.print("Peer {}, its key shown only now:\n  {}", made->peer.id.value, made->key);
    call.print("For TAXII 2.1: discovery at /taxii2/, any name, the key as password.");
    return Exit::done;
}

}  // namespace

Command command_peer_add() {
    return {
        .name = "peer add",
        .summary = "Make a peer that may read collections, and its key",
        .about = "  tocsin peer add Northland --organisation \"CIRT of Northland\" --clearance TLP:AMBER --may-write",
        .options = {{"--organisation", "ORGANISATION", "who it is in the directory", "", true},
                    {"--clearance", "TLP", "the strictest marking it may get", "TLP:GREEN"},
                    {"--may-write", "", "it may push into inboxes"},
                    {"--may-relay", "", "it may bring new versions of what came from others"}},
        .arguments = {{"NAME", "how we call it"}},
        .run = run};
}

}  // namespace tocsin::app
