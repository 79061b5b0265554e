#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const all, room.assessments.all());
        TRY(auto const schedules, room.evaluations.schedules());
        auto const now = call.instance->clock().now();
        JsonWriter json;
        json.object().key("items").array();
        for (auto const& one : all) {
            if (!call.json()) print_head(call, one);
            json.object();
            readiness::append_head(json, one);
            json.key("evaluations").array();
            for (auto const& planned : schedules) {
                if (planned.assessment != one.id) continue;
                append(json, planned);
                if (!call.json())
                    call.print("      {} evaluation {} {}", readiness::name_of(planned.kind),
                               planned.next <= now ? "is due since" : "on", format_date(planned.next));
            }
            json.end().end();
        }
        json.end().end();
        if (call.json())
            call.print("{}", json.text());
        else if (all.empty())
            call.print("There are no assessments yet: tocsin assess propose, or tocsin assess new");
        return Exit::done;
    });
}

}  // namespace

Command command_assess_list() {
    return {.name = "assess list", .summary = "List the assessments", .run = run};
}

}  // namespace tocsin::app
