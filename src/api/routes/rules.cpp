#include "notifications/rules.hpp"

#include "api/render_events.hpp"

/// Rules of who is told what, their versions and simulation; snoozes; campaigns.
namespace tocsin::api {

namespace {

using notifications::CampaignId;
using notifications::SnoozeId;

notifications::Rules& rules_of(Call const& call) {
    return call.doors().notifications->rules();
}

template <class T>
Reply answer(Result<T> const& thing, int status = 200) {
    if (!thing) return std::unexpected(thing.error());
    JsonWriter json;
    append(json, *thing);
    return json_answer(std::move(json), status);
}

template <class T>
Reply answer_list(Result<std::vector<T>> const& things) {
    if (!things) return std::unexpected(things.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& thing : *things) append(json, thing);
    json.end().end();
    return json_answer(std::move(json));
}

Reply rules_get(Call& call) {
    TRY(auto const current, rules_of(call).current());
    TRY(auto const check, rules_of(call).check(current.text));
    JsonWriter json;
    json.object().key("current");
    append(json, current);
    json.key("check");
    append(json, check);
    json.end();
    return json_answer(std::move(json));
}

Reply rules_set(Call& call) {
    auto const saved =
        rules_of(call).set(call.caller, call.text_or("text", ""), call.text_or("why", ""), call.number("base"));
    if (saved) call.changed("settings", "", "changed");
    return answer(saved);
}

Reply rules_check(Call& call) {
    return answer(rules_of(call).check(call.text_or("text", "")));
}

Reply rules_simulate(Call& call) {
    notifications::SimulationRequest request;
    request.text = call.text("text");
    request.days = static_cast<int>(call.number("days").value_or(30));
    return answer(rules_of(call).simulate(request));
}

Reply rules_versions(Call& call) {
    return answer_list(rules_of(call).versions(call.limit()));
}

Reply rules_version(Call& call) {
    auto const number = call.path_id();
    TRY(auto const version, rules_of(call).version(number));
    TRY(auto const difference,
        rules_of(call).difference(call.query_number("against").value_or(std::max<std::int64_t>(number - 1, 0)),
                                  number));
    JsonWriter json;
    json.object().key("version");
    append(json, version);
    json.field("difference", difference).end();
    return json_answer(std::move(json));
}

Reply rules_undo(Call& call) {
    auto const undone = rules_of(call).undo(call.caller, call.number("version"), call.text_or("why", ""));
    if (undone) call.changed("settings", "", "changed");
    return answer(undone);
}

Reply snoozes_list(Call& call) {
    return answer_list(rules_of(call).snoozes());
}

Reply snoozes_create(Call& call) {
    TRY(auto const until, parse_timestamp(call.text_or("until", "")));
    return answer(rules_of(call).snooze(call.caller, {.organisation = call.number("organisation").value_or(0),
                                                      .identifier = call.text_or("identifier", ""),
                                                      .until = until,
                                                      .reason = call.text_or("reason", "")}),
                  201);
}

Reply snoozes_remove(Call& call) {
    CHECK(rules_of(call).end_snooze(call.caller, SnoozeId{call.path_id()}));
    return nothing();
}

Result<notifications::CampaignDraft> draft_of(Call const& call) {
    notifications::CampaignDraft draft;
    draft.name = call.text_or("name", "");
    draft.when = call.text_or("when", "");
    draft.everyone = call.flag("everyone").value_or(false);
    draft.identifier = call.text_or("identifier", "");
    draft.dry_run = call.flag("dry_run").value_or(false);
    if (auto const approvals = call.number("approvals")) draft.approvals = static_cast<int>(*approvals);
    auto const* const texts = call.member("texts");
    if (texts == nullptr || !texts->is_array()) return draft;
    for (auto const& one : texts->as_array()) {
        auto const text_of = [&](std::string_view key) { return std::string(one.at(key).as_string()); };
        draft.texts.push_back({text_of("language"), text_of("subject"), text_of("text")});
    }
    return draft;
}

Reply campaigns_make(Call& call) {
    TRY(auto const draft, draft_of(call));
    auto const made = rules_of(call).make(call.caller, draft);
    if (made && !draft.dry_run) call.changed("notification", "", "added");
    return answer(made);
}

Reply campaigns_list(Call& call) {
    return answer_list(rules_of(call).campaigns(call.limit()));
}

Reply campaigns_get(Call& call) {
    return answer(rules_of(call).campaign(CampaignId{call.path_id()}));
}

Reply escalations_list(Call& call) {
    return answer_list(rules_of(call).escalations(call.query("finding").value_or("")));
}

}  // namespace

void routes_rules(Router& router) {
    router.answer("rules_get", rules_get);
    router.answer("rules_set", rules_set);
    router.answer("rules_check", rules_check);
    router.answer("rules_simulate", rules_simulate);
    router.answer("rules_versions", rules_versions);
    router.answer("rules_version", rules_version);
    router.answer("rules_undo", rules_undo);
    router.answer("snoozes_list", snoozes_list);
    router.answer("snoozes_create", snoozes_create);
    router.answer("snoozes_remove", snoozes_remove);
    router.answer("campaigns_list", campaigns_list);
    router.answer("campaigns_make", campaigns_make);
    router.answer("campaigns_get", campaigns_get);
    router.answer("escalations_list", escalations_list);
}

}  // namespace tocsin::api
