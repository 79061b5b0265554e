#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/intelligence_words.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const into = call.get("--into");
    std::int64_t merged = 0;
    for (auto const& id : call.arguments) {
        if (id == into) continue;
        auto const done = intelligence::Merges(**intelligence).merge(id, into, access::command_principal());
        if (!done) return call.failed(done.error());
        ++merged;
    }
    call.print("{}", call.json() ? fmt::format("{{\"merged\":{}}}", merged)
                                 : fmt::format("{} merged into {}: tocsin intel unmerge takes it back", merged, into));
    return Exit::done;
}

}  // namespace

Command command_intel_merge() {
    return {.name = "intel merge",
            .summary = "Say that objects are the same thing: lists show one for all",
            .about =
                "The objects stay as they came, and TAXII and exports give them as before.\n\n"
                "  tocsin intel duplicates\n"
                "  tocsin intel merge --into malware--11... malware--22... malware--33...",
            .options = {{"--into", "ID", "is shown for all", {}, true}},
            .arguments = {{"ID", "is the same thing", true, true}},
            .run = run};
}

}  // namespace tocsin::app
