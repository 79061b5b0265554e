#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    constituency::ResourceQuery query;
    query.text = call.get("--text");
    if (call.has("--kind")) {
        query.kind = constituency::resource_kind(call.get("--kind"));
        if (!query.kind) return call.failed({Code::invalid, "--kind: expected prefix, asn, domain or country"});
    }
    if (!call.arguments.empty()) {
        auto const organisation = directory_of(call).find_organisation(call.arguments[0]);
        if (!organisation) return call.failed(organisation.error());
        query.organisation = organisation->id;
    }
    query.limit = 1000;
    JsonWriter json;
    json.object().key("items").array();
    do {
        auto const page = directory_of(call).resources(query);
        if (!page) return call.failed(page.error());
        for (auto const& resource : page->items) {
            if (call.json())
                append_resource(json, resource);
            else
                print_resource(call, resource);
        }
        query.after = page->next;
    } while (!query.after.empty() && !call.is_cancelled());
    json.end().end();
    if (call.json()) call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_resource_list() {
    return {.name = "resource list",
            .summary = "List resources: prefixes, AS numbers, domains, countries",
            .options = {{"--text", "TEXT", "part of the value"}, {"--kind", "KIND", "prefix, asn, domain or country"}},
            .arguments = {{"ORGANISATION", "name or number: only of this one", false}},
            .run = run};
}

}  // namespace tocsin::app
