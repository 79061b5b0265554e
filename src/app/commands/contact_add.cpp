#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    constituency::ContactDraft draft;
    auto const organisation = directory_of(call).find_organisation(call.arguments[0]);
    if (!organisation) return call.failed(organisation.error());
    draft.organisation = organisation->id;
    if (auto const read = read_contact_options(call, draft); !read) return call.failed(read.error());
    return print_one(call, directory_of(call).add(draft, access::command_principal()), append_contact, print_contact);
}

}  // namespace

Command command_contact_add() {
    return {.name = "contact add",
            .summary = "Add a contact of an organisation",
            .about =
                "Examples:\n  tocsin contact add \"Northern Power Company\" --role abuse --email abuse@power.example "
                "--language fr",
            .options = contact_options(),
            .arguments = {{"ORGANISATION", "name or number"}},
            .run = run};
}

}  // namespace tocsin::app
