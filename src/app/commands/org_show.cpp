#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

constexpr std::size_t shown = 500;

struct Everything {
    constituency::Organisation organisation;
    std::vector<constituency::Organisation> children;
    std::vector<constituency::Resource> resources;
    std::vector<constituency::Contact> contacts;
    constituency::Recipients recipients;
};

Result<Everything> everything_about(constituency::Directory& directory, std::string_view name) {
    Everything all;
    TRY(all.organisation, directory.find_organisation(name));
    auto const id = all.organisation.id;
    TRY(all.children, directory.children(id));
    constituency::ResourceQuery resources;
    resources.organisation = id;
    resources.limit = shown;
    TRY(auto found, directory.resources(resources));
    all.resources = std::move(found.items);
    constituency::ContactQuery contacts;
    contacts.organisation = id;
    contacts.limit = shown;
    TRY(auto people, directory.contacts(contacts));
    all.contacts = std::move(people.items);
    TRY(all.recipients, directory.recipients_for(id));
    return all;
}

void print(Invocation const& call, Everything const& all) {
    auto const& o = all.organisation;
    call.print("{} (#{}): {}{}{}{}", o.name, o.id.value, name_of(o.kind), o.sector.empty() ? "" : ", " + o.sector,
               o.country.empty() ? "" : ", " + constituency::country_name(o.country),
               o.language.empty() ? "" : ", writes " + o.language);
    if (o.parent) call.print("Below: {} (#{})", o.parent_name, o.parent.value);
    for (auto const& child : all.children) call.print("Above: {} (#{})", child.name, child.id.value);
    if (!o.note.empty()) call.print("Note: {}", o.note);
    call.print("\nResources ({}):", o.resources);
    for (auto const& resource : all.resources) print_resource(call, resource);
    call.print("\nContacts ({}):", o.contacts);
    for (auto const& contact : all.contacts) print_contact(call, contact);
    call.print("\nWarnings go to: {}",
               all.recipients.contacts.empty() ? "nobody" : all.recipients.contacts.front().email);
    call.print("  {}", all.recipients.reason);
}

Exit run(Invocation& call) {
    auto const all = everything_about(directory_of(call), call.arguments[0]);
    if (!all) return call.failed(all.error());
    if (!call.json()) {
        print(call, *all);
        return Exit::done;
    }
    JsonWriter json;
    json.object().key("organisation");
    append_organisation(json, all->organisation);
    json.key("children").array();
    for (auto const& child : all->children) json.object().field("id", child.id.value).field("name", child.name).end();
    json.end().key("resources").array();
    for (auto const& resource : all->resources) append_resource(json, resource);
    json.end().key("contacts").array();
    for (auto const& contact : all->contacts) append_contact(json, contact);
    json.end().key("warned").object().key("contacts").array();
    for (auto const& contact : all->recipients.contacts) append_contact(json, contact);
    json.end().field("reason", all->recipients.reason).end().end();
    call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_org_show() {
    return {.name = "org show",
            .summary = "Show an organisation with its resources and contacts",
            .arguments = {{"ORGANISATION", "name or number"}},
            .run = run};
}

}  // namespace tocsin::app
