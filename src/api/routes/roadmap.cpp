#include "api/filters.hpp"
#include "api/render.hpp"
#include "api/render_readiness.hpp"

#include <boost/json/array.hpp>

/// The roadmap: steps that close gaps, proposed, edited, ticked off.
namespace tocsin::api {

namespace {

readiness::Roadmap& roadmap(Call const& call) {
    return call.doors().readiness->roadmap;
}

void put(JsonWriter& json, readiness::Step const& step) {
    append(json, step);
}

/// What is given is laid over the step; null takes a date away.
Status apply(Call const& call, readiness::Step& step) {
    step.item = call.text_or("item", step.item);
    step.group = call.text_or("group", step.group);
    step.title = call.text_or("title", step.title);
    step.owner = call.text_or("owner", step.owner);
    step.cost = call.text_or("cost", step.cost);
    step.note = call.text_or("note", step.note);
    if (auto const phase = call.text("phase")) step.phase = readiness::phase_named(*phase).value_or(step.phase);
    for (auto const& [name, member] :
         {std::pair("from", &readiness::Step::from), std::pair("to", &readiness::Step::to)})
        if (call.member(name)) step.*member = call.number(name);
    if (call.member("due")) step.due.reset();
    if (auto const due = call.text("due")) {
        TRY(step.due, parse_timestamp(*due));
    }
    if (auto const done = call.flag("done")) {
        if (!*done)
            step.done.reset();
        else if (!step.done)
            step.done = call.now();
    }
    if (auto const* const depends = call.member("depends_on"); depends && depends->is_array()) {
        step.depends_on.clear();
        for (auto const& one : depends->as_array()) step.depends_on.push_back({one.to_number<std::int64_t>()});
    }
    return {};
}

Reply roadmap_get(Call& call) {
    TRY(auto const passed, assessment_of(call));
    TRY(auto const steps, roadmap(call).steps(passed->id));
    return list_of(steps, [](JsonWriter& json, auto const& step) { put(json, step); });
}

/// Steps of all our own assessments, of the roadmaps that the caller may have.
Reply roadmap_steps(Call& call) {
    TRY(auto const from, time_value(call.target, "done_from"));
    TRY(auto const before, time_value(call.target, "done_to"));
    TRY(auto all, call.doors().readiness->assessments.all());
    std::erase_if(all, [](readiness::Assessment const& one) { return !one.subject.empty(); });
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& assessment : cleared(call, std::move(all))) {
        TRY(auto const steps, roadmap(call).steps(assessment->id));
        for (auto const& step : steps) {
            if ((from || before) && !step.done) continue;
            if ((from && *step.done < *from) || (before && *step.done >= *before)) continue;
            json.object().field("assessment", assessment->title).key("step");
            append(json, step);
            json.end();
        }
    }
    json.end().end();
    return json_answer(std::move(json));
}

Reply roadmap_propose(Call& call) {
    TRY(auto const passed, assessment_of(call));
    auto const& library = call.doors().readiness->library;
    TRY(auto const* const framework, library.framework(passed->framework));
    readiness::Profile const* profile = nullptr;
    if (auto const name = call.text_or("profile", passed->profile); !name.empty()) {
        TRY(profile, library.profile(name));
    }
    readiness::Pace pace{.start = call.now(), .months = call.number("months").value_or(12)};
    if (auto const start = call.text("start")) {
        TRY(pace.start, parse_timestamp(*start));
    }
    auto steps = readiness::propose_steps(*framework, *passed, profile, pace);
    if (!call.flag("dry_run").value_or(false)) {
        TRY(steps, roadmap(call).replace(passed->id, std::move(steps), call.caller));
        call.changed("readiness", call.path("id"), "changed");
    }
    return list_of(steps, [](JsonWriter& json, auto const& step) { put(json, step); });
}

Reply roadmap_add(Call& call) {
    TRY(auto const passed, assessment_of(call));
    readiness::Step draft{.assessment = passed->id};
    CHECK(apply(call, draft));
    TRY(auto const made, roadmap(call).add(std::move(draft), call.caller));
    call.changed("readiness", call.path("id"), "changed");
    return written(made, 201);
}

Reply roadmap_change(Call& call) {
    TRY(auto step, roadmap(call).one({call.path_id()}));
    TRY(auto const passed, assessment_of(call, step.assessment.value));
    CHECK(apply(call, step));
    TRY(auto const expected, expected_version(call));
    TRY(auto const saved, roadmap(call).change(step, expected, call.caller));
    if (saved.is_conflict)
        return conflict_of(step, saved.step, "somebody changed this step meanwhile: look at both and send yours again");
    call.changed("readiness", std::to_string(passed->id.value), "changed");
    return written(saved.step);
}

Reply roadmap_remove(Call& call) {
    TRY(auto const step, roadmap(call).one({call.path_id()}));
    CHECK(roadmap(call).remove(step.id, call.caller));
    call.changed("readiness", std::to_string(step.assessment.value), "changed");
    return nothing();
}

}  // namespace

void routes_roadmap(Router& router) {
    router.answer("roadmap_get", roadmap_get);
    router.answer("roadmap_steps", roadmap_steps);
    router.answer("roadmap_propose", roadmap_propose);
    router.answer("roadmap_add", roadmap_add);
    router.answer("roadmap_change", roadmap_change);
    router.answer("roadmap_remove", roadmap_remove);
}

}  // namespace tocsin::api
