#include "app/directory_words.hpp"
#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

Status lay_over(Invocation const& call, readiness::Step& step) {
    for (auto const& [option, member] :
         {std::pair("--title", &readiness::Step::title), std::pair("--owner", &readiness::Step::owner),
          std::pair("--cost", &readiness::Step::cost), std::pair("--note", &readiness::Step::note)})
        if (call.has(option)) step.*member = call.get(option) == "-" ? std::string() : call.get(option);
    if (call.has("--phase")) {
        auto const phase = readiness::phase_named(call.get("--phase"));
        if (!phase) return fail(Code::invalid, "--phase: expected assessment, design, establishment or enhancement");
        step.phase = *phase;
    }
    if (call.has("--due")) {
        step.due.reset();
        if (call.get("--due") != "-") {
            TRY(step.due, parse_date(call.get("--due")));
        }
    }
    if (call.has("--depends-on")) {
        step.depends_on.clear();
        for (auto const& one : call.all("--depends-on")) {
            TRY(auto const number, parse_number(one, "a step's number"));
            step.depends_on.push_back({number});
        }
    }
    if (call.has("--done")) step.done = call.instance->clock().now();
    if (call.has("--not-done")) step.done.reset();
    return {};
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const number, parse_number(call.arguments.front(), "a step's number"));
        if (call.has("--remove")) {
            CHECK(room.roadmap.remove({number}, access::command_principal()));
            return Exit::done;
        }
        TRY(auto step, room.roadmap.one({number}));
        CHECK(lay_over(call, step));
        TRY(auto const saved, room.roadmap.change(step, step.version, access::command_principal()));
        if (saved.is_conflict) return fail(Code::conflict, "the step was changed meanwhile; try again");
        if (call.json())
            print_json(call, saved.step);
        else
            call.print("Step {} is {}", saved.step.id.value, saved.step.done ? "done" : "open");
        return Exit::done;
    });
}

}  // namespace

Command command_roadmap_set() {
    return {.name = "roadmap set",
            .summary = "Change a step of a plan, or tick it off",
            .about =
                "  tocsin roadmap set 12 --owner Amina --cost \"12000 USD\" --due 2027-03-01\n"
                "  tocsin roadmap set 12 --done",
            .options = {{"--title", "TEXT", "in place of what phase and item say"},
                        {"--owner", "WHOM", "who does it"},
                        {"--cost", "TEXT", "amount and currency"},
                        {"--phase", "PHASE", "assessment, design, establishment or enhancement"},
                        {"--due", "DATE", "- takes it away"},
                        {"--depends-on", "STEP", "a step before it", "", false, true},
                        {"--note", "TEXT", "for the reader"},
                        {"--done", "", "tick it off"},
                        {"--not-done", "", "take the tick back"},
                        {"--remove", "", "take the step out of the plan"}},
            .arguments = {{"STEP", "its number"}},
            .run = run};
}

}  // namespace tocsin::app
