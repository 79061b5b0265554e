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
    constituency::ResourceDraft draft = *old;
    draft.verified = !call.has("--withdraw");
    if (call.has("--how")) draft.how = call.get("--how");
    return print_one(call, directory.change(old->id, draft, old->version, access::command_principal()), append_resource,
                     print_resource);
}

}  // namespace

Command command_resource_verify() {
    return {.name = "resource verify",
            .summary = "Note that somebody checked a claim",
            .options = {{"--how", "TEXT", "how it was checked"}, {"--withdraw", "", "it is only claimed after all"}},
            .arguments = {{"RESOURCE", "its number; see tocsin resource list"}},
            .run = run};
}

}  // namespace tocsin::app
