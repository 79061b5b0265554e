#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    constituency::ContactQuery query;
    query.text = call.get("--text");
    if (!call.arguments.empty()) {
        auto const organisation = directory_of(call).find_organisation(call.arguments[0]);
        if (!organisation) return call.failed(organisation.error());
        query.organisation = organisation->id;
    }
    query.limit = 1000;
    JsonWriter json;
    json.object().key("items").array();
    do {
        auto const page = directory_of(call).contacts(query);
        if (!page) return call.failed(page.error());
        for (auto const& contact : page->items) {
            if (call.json())
                append_contact(json, contact);
            else
                print_contact(call, contact);
        }
        query.after = page->next;
    } while (!query.after.empty() && !call.is_cancelled());
    json.end().end();
    if (call.json()) call.print("{}", json.text());
    return Exit::done;
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
