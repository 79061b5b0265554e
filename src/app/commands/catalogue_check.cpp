#include "app/command.hpp"
#include "readiness/readiness.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    JsonWriter json;
    json.object().key("files").array();
    bool all_well = true;
    for (auto const& name : call.arguments) {
        auto const bytes = store::read_file(call.path(name), readiness::largest_catalogue);
        auto faults = bytes ? readiness::read_catalogue(*bytes).faults
                            : std::vector<readiness::CatalogueFault>{{"", bytes.error().message}};
        all_well = all_well && faults.empty();
        json.object().field("file", name).key("faults").array();
        for (auto const& fault : faults) {
            json.object().field("path", fault.path).field("expected", fault.expected).end();
            if (!call.json())
                call.tell("{}: {}{}{}", name, fault.path, fault.path.empty() ? "" : ": expected ", fault.expected);
        }
        json.end().end();
        if (!call.json() && faults.empty()) call.print("{}: well formed", name);
    }
    json.end().end();
    if (call.json()) call.print("{}", json.text());
    return all_well ? Exit::done : Exit::failed;
}

}  // namespace

Command command_catalogue_check() {
    return {
        .name = "catalogue check",
        .summary = "Check catalogues before they are used",
        .about =
            "Names every fault with file, place and what was expected. The shapes of the files are in "
            "docs/readiness.md.",
        .arguments = {{"FILE", "a framework, crosswalk, profile, countries or proposals; at most 8 MiB", true, true}},
        .needs = Needs::nothing,
        .run = run};
}

}  // namespace tocsin::app
