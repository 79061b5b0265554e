#include "reports/experiments.hpp"

#include "api/render.hpp"
#include "api/report_doors.hpp"
#include "api/router.hpp"

/// Two ways of saying it, held against each other.
namespace tocsin::api {

namespace {

reports::TextsByLanguage texts_of(Call const& call, std::string_view variant) {
    reports::TextsByLanguage texts;
    auto const* const given = call.member(variant);
    if (given == nullptr || !given->is_object()) return texts;
    for (auto const& one : given->as_object())
        if (one.value().is_string()) texts[std::string(one.key())] = std::string(one.value().as_string());
    return texts;
}

Reply shown(Call const& call, std::string_view id, int status = 200) {
    TRY(auto const one, reports::find_experiment(*call.doors().ledger, id));
    TRY(auto const result, reports::result_of(report_rooms(call.doors()), one, call.now(), call.caller));
    JsonWriter json;
    reports::append(json, one, &result);
    return json_answer(std::move(json), status);
}

Reply experiments_list(Call& call) {
    TRY(auto const all, reports::experiments(*call.doors().ledger));
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& one : all) reports::append(json, one, nullptr);
    json.end().end();
    return json_answer(std::move(json));
}

Reply experiments_get(Call& call) {
    return shown(call, call.path("id"));
}

Reply experiments_start(Call& call) {
    reports::ExperimentDraft draft{.name = call.text_or("name", ""), .identifier = call.text_or("identifier", "")};
    draft.part = reports::part_named(call.text_or("part", "subject")).value_or(reports::Part::subject);
    draft.texts = {texts_of(call, "a"), texts_of(call, "b")};
    draft.difference = call.number("difference").value_or(draft.difference);
    draft.seed = static_cast<std::uint64_t>(call.number("seed").value_or(call.now().micros & 0x7fff'ffff));
    auto const is_dry = call.flag("dry_run").value_or(false);
    TRY(auto const made,
        reports::start_experiment(*call.doors().ledger, *call.doors().constituency, *call.doors().clock, draft,
                                  team_language(call.doors()), call.caller, is_dry));
    if (!is_dry) {
        call.changed("settings", "", "changed");
        return shown(call, std::to_string(made.id.value), 201);
    }
    JsonWriter json;
    reports::append(json, made, nullptr);
    return json_answer(std::move(json));
}

Reply experiments_stop(Call& call) {
    CHECK(reports::stop_experiment(*call.doors().ledger, *call.doors().clock, reports::ExperimentId{call.path_id()},
                                   call.text_or("reason", ""), call.caller));
    call.changed("settings", "", "changed");
    return shown(call, call.path("id"));
}

}  // namespace

void routes_experiments(Router& router) {
    router.answer("experiments_list", experiments_list);
    router.answer("experiments_get", experiments_get);
    router.answer("experiments_start", experiments_start);
    router.answer("experiments_stop", experiments_stop);
}

}  // namespace tocsin::api
