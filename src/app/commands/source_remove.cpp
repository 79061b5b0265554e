#include "app/command.hpp"
#include "app/instance.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto& sources = call.instance->sources();
    auto const source = sources.find(call.arguments.front());
    if (!source) return call.failed(source.error());
    if (auto const gone = sources.remove(source->id, access::command_principal()); !gone)
        return call.failed(gone.error());
    call.print("{}", call.json() ? fmt::format("{{\"id\":{}}}", source->id.value)
                                 : fmt::format("{} is not asked any more; what came from it stays", source->name));
    return Exit::done;
}

}  // namespace

Command command_source_remove() {
    return {.name = "source remove",
            .summary = "Fetch nothing from a source any more",
            .arguments = {{"NAME", "the source, by name or number"}},
            .run = run};
}

}  // namespace tocsin::app
