#include "api/render.hpp"
#include "api/router.hpp"
#include "constituency/sources.hpp"

#include <fmt/format.h>

/// Where imported sources contradict the register, for a person to decide.
namespace tocsin::api {

namespace {

using constituency::SourceConflict;
using constituency::SourceConflicts;

SourceConflicts conflicts_of(Call const& call) {
    return SourceConflicts(call.doors().constituency->directory());
}

Reply one(SourceConflict const& conflict) {
    JsonWriter json;
    append(json, conflict);
    return json_answer(std::move(json));
}

Reply conflicts_list(Call& call) {
    constituency::ConflictQuery query{.state = constituency::conflict_state(call.query("state").value_or("")),
                                      .source = std::string(call.query("source").value_or("")),
                                      .limit = call.limit(),
                                      .after = parse_int(call.after()).value_or(0)};
    TRY(auto const conflicts, conflicts_of(call).conflicts(query));
    auto const next = conflicts.size() == query.limit ? std::to_string(conflicts.back().id.value) : std::string();
    return page_of(conflicts, next, [](JsonWriter& json, SourceConflict const& conflict) { append(json, conflict); });
}

Reply conflicts_get(Call& call) {
    TRY(auto const conflict, conflicts_of(call).conflict({call.path_id()}));
    return one(conflict);
}

Reply conflicts_decide(Call& call) {
    auto const decision = constituency::source_decision(call.text_or("decision", ""));
    if (!decision) return fail(Code::invalid, "decision: expected keep_ours, take_theirs, keep_both or same");
    TRY(auto const conflict,
        conflicts_of(call).decide(call.caller, {call.path_id()}, *decision, call.text_or("reason", "")));
    call.changed("directory", "", "changed");
    return one(conflict);
}

}  // namespace

void routes_source_conflicts(Router& router) {
    router.answer("source_conflicts_list", conflicts_list);
    router.answer("source_conflicts_get", conflicts_get);
    router.answer("source_conflicts_decide", conflicts_decide);
}

}  // namespace tocsin::api
