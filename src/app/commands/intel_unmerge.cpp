#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/intelligence_words.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    for (auto const& id : call.arguments)
        if (auto const done = intelligence::Merges(**intelligence).unmerge(id, access::command_principal()); !done)
            return call.failed(done.error());
    call.print("{}", call.json() ? fmt::format("{{\"unmerged\":{}}}", call.arguments.size())
                                 : fmt::format("{} stand for themselves again", call.arguments.size()));
    return Exit::done;
}

}  // namespace

Command command_intel_unmerge() {
    return {.name = "intel unmerge",
            .summary = "Take a merge back: the object stands for itself again",
            .arguments = {{"ID", "was merged into another", true, true}},
            .run = run};
}

}  // namespace tocsin::app
