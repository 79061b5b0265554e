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
    if (auto const narrowed = narrow_to_organisation(call, query); !narrowed) return call.failed(narrowed.error());
    return print_pages(call, query, &constituency::Directory::resources, append_resource, print_resource);
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
