#include "app/command.hpp"
#include "app/watch_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    intelligence::Watches watches(**intelligence);
    auto const watch = watches.find(call.arguments.front(), access::command_principal());
    if (!watch) return call.failed(watch.error());
    if (auto const done = watches.remove(watch->id, access::command_principal()); !done)
        return call.failed(done.error());
    call.print("{}",
               call.json() ? std::string("{\"removed\":1}") : fmt::format("Watch \"{}\" is removed", watch->name));
    return Exit::done;
}

}  // namespace

Command command_watch_remove() {
    return {.name = "watch remove",
            .summary = "Remove a watch and what it told",
            .arguments = {{"WATCH", "its name or number"}},
            .run = run};
}

}  // namespace tocsin::app
