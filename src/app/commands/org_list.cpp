#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    constituency::OrganisationQuery query;
    query.text = call.get("--text");
    for (auto const& kind : call.all("--kind")) {
        auto const known = constituency::organisation_kind(kind);
        if (!known) return call.failed({Code::invalid, fmt::format("--kind: no such kind \"{}\"", kind)});
        query.kinds.emplace_back(name_of(*known));
    }
    query.sectors = call.all("--sector");
    for (auto const& country : call.all("--country")) query.countries.push_back(uppered(country));
    if (call.has("--below")) {
        auto const parent = directory_of(call).find_organisation(call.get("--below"));
        if (!parent) return call.failed(parent.error());
        query.parent = parent->id;
    }
    return print_pages(call, query, &constituency::Directory::organisations, append_organisation, print_organisation,
                       "No organisation. Next: tocsin org add NAME, or tocsin org import FILE");
}

}  // namespace

Command command_org_list() {
    return {.name = "org list",
            .summary = "List organisations",
            .options = {{"--text", "TEXT", "part of the name"},
                        {"--kind", "KIND", "only of this kind", {}, false, true},
                        {"--sector", "TEXT", "only of this sector", {}, false, true},
                        {"--country", "CODE", "only of this country", {}, false, true},
                        {"--below", "ORGANISATION", "only directly below this one"}},
            .run = run};
}

}  // namespace tocsin::app
