#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    constituency::ContactQuery query;
    query.text = call.get("--text");
    if (auto const narrowed = narrow_to_organisation(call, query); !narrowed) return call.failed(narrowed.error());
    return print_pages(call, query, &constituency::Directory::contacts, append_contact, print_contact);
}

}  // namespace

Command command_contact_list() {
    return {.name = "contact list",
            .summary = "List contacts",
            .options = {{"--text", "TEXT", "part of the name or address"}},
            .arguments = {{"ORGANISATION", "name or number: only of this one", false}},
            .run = run};
}

}  // namespace tocsin::app
