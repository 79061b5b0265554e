#include "api/render.hpp"
#include "api/render_readiness.hpp"

/// Evaluations of assessments, and when they are due.
namespace tocsin::api {

namespace {

using readiness::EvaluationKind;

EvaluationKind kind_of(Call const& call) {
    return readiness::evaluation_kind_named(call.text_or("kind", "portfolio")).value_or(EvaluationKind::portfolio);
}

readiness::Evaluations& evaluations(Call const& call) {
    return call.doors().readiness->evaluations;
}

Reply evaluations_schedules(Call& call) {
    TRY(auto const all, evaluations(call).schedules());
    std::vector<readiness::EvaluationSchedule> seen;
    for (auto const& one : all)
        if (assessment_of(call, one.assessment.value)) seen.push_back(one);
    return list_of(seen, [](JsonWriter& json, auto const& one) { append(json, one); });
}

Reply evaluations_schedule(Call& call) {
    TRY(auto const passed, assessment_of(call));
    std::optional<Timestamp> next;
    if (auto const text = call.text("next")) {
        TRY(next, parse_timestamp(*text));
    }
    CHECK(evaluations(call).schedule(passed->id, kind_of(call), call.number("every_days").value_or(0), next,
                                     call.caller));
    call.changed("readiness", call.path("id"), "changed");
    return nothing();
}

Reply evaluations_list(Call& call) {
    TRY(auto const passed, assessment_of(call));
    TRY(auto const all, evaluations(call).of(passed->id));
    return list_of(all, [](JsonWriter& json, auto const& one) { append(json, one); });
}

Reply evaluations_add(Call& call) {
    TRY(auto const passed, assessment_of(call));
    TRY(auto const made, evaluations(call).evaluate(passed->id, kind_of(call), call.text_or("note", ""), call.caller));
    call.changed("readiness", call.path("id"), "changed");
    return written(made, 201);
}

}  // namespace

void routes_evaluations(Router& router) {
    router.answer("evaluations_schedules", evaluations_schedules);
    router.answer("evaluations_schedule", evaluations_schedule);
    router.answer("evaluations_list", evaluations_list);
    router.answer("evaluations_add", evaluations_add);
}

}  // namespace tocsin::api
