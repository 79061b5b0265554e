#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    constituency::OrganisationDraft draft;
    draft.name = call.arguments[0];
    if (auto const read = read_organisation_options(call, draft); !read) return call.failed(read.error());
    return print_one(call, directory_of(call).add(draft, access::command_principal()), append_organisation,
                     print_organisation);
}

}  // namespace

Command command_org_add() {
    return {.name = "org add",
            .summary = "Add an organisation",
            .about =
                "Examples:\n  tocsin org add \"Northern Power Company\" --kind operator --sector energy --country XA "
                "--language fr",
            .options = organisation_options(),
            .arguments = {{"NAME", "unique"}},
            .run = run};
}

}  // namespace tocsin::app
