#include "app/command.hpp"
#include "app/instance.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const events = call.instance->events();
    if (!events) return call.failed(events.error());
    auto const said = (*events)->say({.findings = call.arguments,
                                      .saying = events::Saying::reopened,
                                      .by_team = true,
                                      .by = "command line",
                                      .text = call.get("--reason")});
    return said ? Exit::done : call.failed(said.error());
}

}  // namespace

Command command_finding_reopen() {
    return {.name = "finding reopen",
            .summary = "Take the ruling on findings back",
            .options = {{"--reason", "TEXT", "goes on record", {}, true}},
            .arguments = {{"ID", "a finding's id", true, true}},
            .run = run};
}

}  // namespace tocsin::app
