#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const assessment, room.assessments.find(call.arguments.front()));
        TRY(auto const* const framework, room.library.framework(assessment.framework));
        TRY(auto const steps, room.roadmap.steps(assessment.id));
        print_steps(call, *framework, steps);
        return Exit::done;
    });
}

}  // namespace

Command command_roadmap_list() {
    return {.name = "roadmap list",
            .summary = "List the steps of a plan",
            .arguments = {{"ASSESSMENT", "number or title"}},
            .run = run};
}

}  // namespace tocsin::app
