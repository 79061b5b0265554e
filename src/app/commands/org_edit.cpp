#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto& directory = directory_of(call);
    auto const old = directory.find_organisation(call.arguments[0]);
    if (!old) return call.failed(old.error());
    constituency::OrganisationDraft draft = *old;
    if (call.has("--name")) draft.name = call.get("--name");
    if (auto const read = read_organisation_options(call, draft); !read) return call.failed(read.error());
    return print_one(call, directory.change(old->id, draft, old->version, access::command_principal()),
                     append_organisation, print_organisation);
}

}  // namespace

Command command_org_edit() {
    auto options = organisation_options();
    options.insert(options.begin(), {"--name", "TEXT", "a new name"});
    return {.name = "org edit",
            .summary = "Change an organisation",
            .about = "What is not given stays; \"-\" empties a text or takes the parent away.",
            .options = std::move(options),
            .arguments = {{"ORGANISATION", "name or number"}},
            .run = run};
}

}  // namespace tocsin::app
