#include "app/evaluation_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const found, room.assessments.find(call.arguments.front()));
        TRY(auto const kind, evaluation_kind(call));
        TRY(auto const made,
            room.evaluations.evaluate(found.id, kind, call.get("--note"), access::command_principal()));
        if (call.json())
            print_json(call, made);
        else
            print_evaluation(call, made);
        return Exit::done;
    });
}

}  // namespace

Command command_assess_evaluate() {
    return {.name = "assess evaluate",
            .summary = "Keep an assessment's answers as they stand, and tell what changed",
            .about =
                "Catalogue: which services; profile: who gives them; portfolio: how well, and whose evidence has "
                "grown stale since the evaluation before. If it is on a schedule, the next date is set.",
            .options = {{"--kind", "KIND", "catalogue, profile or portfolio", "portfolio"},
                        {"--note", "TEXT", "for the reader"}},
            .arguments = {{"ASSESSMENT", "number or title"}},
            .run = run};
}

}  // namespace tocsin::app
