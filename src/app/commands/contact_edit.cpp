#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const number = parse_number(call.arguments[0], "a contact's number");
    if (!number) {
        call.failed(number.error());
        return Exit::usage;
    }
    auto& directory = directory_of(call);
    auto const old = directory.contact({*number});
    if (!old) return call.failed(old.error());
    constituency::ContactDraft draft = *old;
    if (auto const read = read_contact_options(call, draft); !read) return call.failed(read.error());
    return print_one(call, directory.change(old->id, draft, old->version, access::command_principal()), append_contact,
                     print_contact);
}

}  // namespace

Command command_contact_edit() {
    return {.name = "contact edit",
            .summary = "Change a contact",
            .about = "What is not given stays; \"-\" empties a text.",
            .options = contact_options(),
            .arguments = {{"CONTACT", "its number; see tocsin contact list"}},
            .run = run};
}

}  // namespace tocsin::app
