#include "api/render.hpp"
#include "api/render_readiness.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

/// How long things wait with more people, and with fewer.
namespace tocsin::api {

namespace {

std::optional<double> real(boost::json::value const* value) {
    if (value == nullptr || !value->is_number()) return std::nullopt;
    return value->to_number<double>();
}

/// What the caller gives for a kind of work stands in place of what was counted or assumed.
Status apply_changes(Call const& call, std::vector<readiness::WorkKind>& work) {
    auto const* const given = call.member("work");
    if (given == nullptr || !given->is_array()) return {};
    for (auto const& one : given->as_array()) {
        auto const& members = one.as_object();
        auto const id = std::string_view(members.at("id").as_string());
        auto const kind = std::ranges::find(work, id, &readiness::WorkKind::id);
        if (kind == work.end())
            return fail(Code::invalid, fmt::format("work.id: there is no kind {}", json_string(id)));
        if (auto const minutes = real(members.if_contains("minutes"))) kind->minutes = *minutes;
        if (auto const per_day = real(members.if_contains("per_day"))) {
            kind->per_day = *per_day;
            kind->is_live = false;
        }
    }
    return {};
}

Reply staffing_simulate(Call& call) {
    readiness::StaffingQuestion question;
    TRY(question.work, call.doors().readiness->staffing.work(call.caller));
    CHECK(apply_changes(call, question.work));
    question.people = call.number("people").value_or(question.people);
    question.plus = call.number("plus").value_or(question.plus);
    question.minus = call.number("minus").value_or(std::min(question.minus, question.people - 1));
    question.hours = readiness::hours_named(call.text_or("hours", "office")).value_or(question.hours);
    question.days = call.number("days").value_or(question.days);
    question.seed = static_cast<std::uint64_t>(call.number("seed").value_or(58));
    auto& assumed = question.assumptions;
    assumed.hours_a_week = real(call.member("hours_a_week")).value_or(assumed.hours_a_week);
    assumed.share = real(call.member("share")).value_or(assumed.share);
    TRY(auto const outcomes, readiness::simulate(question));
    JsonWriter json;
    append(json, question, outcomes);
    return json_answer(std::move(json));
}

}  // namespace

void routes_staffing(Router& router) {
    router.answer("staffing_simulate", staffing_simulate);
}

}  // namespace tocsin::api
