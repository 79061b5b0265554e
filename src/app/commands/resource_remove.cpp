#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const number = parse_number(call.arguments[0], "a resource's number");
    if (!number) {
        call.failed(number.error());
        return Exit::usage;
    }
    auto& directory = directory_of(call);
    auto const old = directory.resource({*number});
    if (!old) return call.failed(old.error());
    return print_change(call, directory.remove(old->id, old->version, access::command_principal()),
                        fmt::format("{} is no longer of {}", old->value, old->organisation_name));
}

}  // namespace

Command command_resource_remove() {
    return {.name = "resource remove",
            .summary = "Remove a resource",
            .arguments = {{"RESOURCE", "its number; see tocsin resource list"}},
            .run = run};
}

}  // namespace tocsin::app
