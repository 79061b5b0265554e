#include "app/evaluation_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const found, room.assessments.find(call.arguments.front()));
        TRY(auto const kind, evaluation_kind(call));
        TRY(auto const days, number_option(call, "--every"));
        std::optional<Timestamp> next;
        if (call.has("--next")) {
            TRY(next, parse_date(call.get("--next")));
        }
        CHECK(room.evaluations.schedule(found.id, kind, days.value_or(0), next, access::command_principal()));
        TRY(auto const all, room.evaluations.schedules());
        JsonWriter json;
        json.object().key("items").array();
        for (auto const& one : all) {
            if (one.assessment != found.id) continue;
            append(json, one);
            if (!call.json())
                call.print("{} every {} days, next on {}", readiness::name_of(one.kind), one.every_days,
                           format_date(one.next));
        }
        json.end().end();
        if (call.json()) call.print("{}", json.text());
        return Exit::done;
    });
}

}  // namespace

Command command_assess_schedule() {
    return {.name = "assess schedule",
            .summary = "Set when an assessment is to be looked through again",
            .about = "  tocsin assess schedule 3 --kind portfolio --every 180 --next 2027-01-15",
            .options = {{"--kind", "KIND", "catalogue, profile or portfolio", "portfolio"},
                        {"--every", "DAYS", "0: not on a schedule any more", "", true},
                        {"--next", "DATE", "else after one interval"}},
            .arguments = {{"ASSESSMENT", "number or title"}},
            .run = run};
}

}  // namespace tocsin::app
