#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const all = directory_of(call).do_not_contacts();
    if (!all) return call.failed(all.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& entry : *all) {
        if (call.json())
            append_do_not_contact(json, entry);
        else
            call.print("{:<5} {:<40} {} - {}", fmt::format("#{}", entry.id.value),
                       entry.organisation ? entry.organisation_name : entry.address, format_date(entry.created),
                       entry.reason);
    }
    json.end().end();
    if (call.json()) call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_do_not_contact_list() {
    return {.name = "do-not-contact list", .summary = "List who is never written to", .run = run};
}

}  // namespace tocsin::app
