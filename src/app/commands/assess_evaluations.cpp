#include "app/evaluation_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const found, room.assessments.find(call.arguments.front()));
        TRY(auto const all, room.evaluations.of(found.id));
        JsonWriter json;
        json.object().key("items").array();
        for (auto const& one : all) {
            append(json, one);
            if (!call.json()) print_evaluation(call, one);
        }
        json.end().end();
        if (call.json())
            call.print("{}", json.text());
        else if (all.empty())
            call.print("It was not evaluated yet: tocsin assess evaluate {}", found.id.value);
        return Exit::done;
    });
}

}  // namespace

Command command_assess_evaluations() {
    return {.name = "assess evaluations",
            .summary = "List an assessment's evaluations with what changed",
            .arguments = {{"ASSESSMENT", "number or title"}},
            .run = run};
}

}  // namespace tocsin::app
