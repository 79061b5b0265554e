#include "app/command.hpp"
#include "app/instance.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto& remotes = call.instance->remotes();
    auto const remote = remotes.find(call.arguments.front());
    if (!remote) return call.failed(remote.error());
    if (auto const gone = remotes.remove(remote->id, access::command_principal()); !gone)
        return call.failed(gone.error());
    call.print("{}", call.json() ? fmt::format("{{\"id\":{}}}", remote->id.value)
                                 : fmt::format("{} is not asked any more; what came from it stays", remote->name));
    return Exit::done;
}

}  // namespace

Command command_taxii_remove() {
    return {.name = "taxii remove",
            .summary = "End polling and pushing, and forget the password",
            .arguments = {{"NAME", "the remote, by name or number"}},
            .run = run};
}

}  // namespace tocsin::app
