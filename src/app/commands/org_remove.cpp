#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto& directory = directory_of(call);
    auto const old = directory.find_organisation(call.arguments[0]);
    if (!old) return call.failed(old.error());
    return print_change(
        call, directory.remove(old->id, old->version, access::command_principal()),
        fmt::format("{} is removed with {} resources and {} contacts", old->name, old->resources, old->contacts));
}

}  // namespace

Command command_org_remove() {
    return {.name = "org remove",
            .summary = "Remove an organisation with its resources and contacts",
            .about = "What is below it loses its parent. tocsin org undo brings everything back.",
            .arguments = {{"ORGANISATION", "name or number"}},
            .run = run};
}

}  // namespace tocsin::app
