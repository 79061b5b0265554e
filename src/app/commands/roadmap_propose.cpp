#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const assessment, room.assessments.find(call.arguments.front()));
        TRY(auto const* const framework, room.library.framework(assessment.framework));
        auto const name = call.has("--profile") ? call.get("--profile") : assessment.profile;
        readiness::Profile const* profile = nullptr;
        if (!name.empty()) {
            TRY(profile, room.library.profile(name));
        }
        readiness::Pace pace{.start = call.instance->clock().now()};
        if (call.has("--start")) {
            TRY(pace.start, parse_date(call.get("--start")));
        }
        TRY(auto const months, number_option(call, "--months"));
        pace.months = months.value_or(12);
        if (pace.months < 1 || pace.months > 120) return fail(Code::invalid, "--months: expected 1 to 120");
        auto steps = readiness::propose_steps(*framework, assessment, profile, pace);
        if (!call.has("--dry-run")) {
            TRY(steps, room.roadmap.replace(assessment.id, std::move(steps), access::command_principal()));
        }
        print_steps(call, *framework, steps);
        return Exit::done;
    });
}

}  // namespace

Command command_roadmap_propose() {
    return {
        .name = "roadmap propose",
        .summary = "Propose the steps that close the gaps of an assessment",
        .about =
            "Steps in four phases: assessment, design, establishment, enhancement. They are kept as the plan of the "
            "assessment; steps that somebody edited or ticked off stay.",
        .options = {{"--profile", "PROFILE", "levels to reach; else what the assessment wants"},
                    {"--start", "DATE", "else today"},
                    {"--months", "NUMBER", "until the last step", "12"},
                    {"--dry-run", "", "only show them"}},
        .arguments = {{"ASSESSMENT", "number or title"}},
        .run = run};
}

}  // namespace tocsin::app
