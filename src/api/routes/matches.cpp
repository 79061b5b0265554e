#include "api/render_intelligence.hpp"

/// Observations that met a live indicator, and a person's word on them.
namespace tocsin::api {

namespace {

Reply matches_list(Call& call) {
    intelligence::MatchFilter filter;
    if (auto const state = call.query("state")) filter.state = intelligence::match_state_named(*state);
    filter.indicator = call.query("indicator").value_or("");
    filter.subject = call.query("subject").value_or("");
    TRY(auto const page,
        call.doors().intelligence->matches(filter, asker_of(call), {.after = call.after(), .limit = call.limit()}));
    TRY(auto const total, call.doors().intelligence->count_matches(filter, asker_of(call)));
    TRY(auto const names, Names::of(call));
    return page_of(
        page.items, page.next, total,
        [&](JsonWriter& json, gate::Cleared<intelligence::Match> const& match) { put(json, call, match, names); });
}

Reply matches_judge(Call& call) {
    auto const judgement = call.text_or("judgement", "");
    auto const state = judgement == "release" ? intelligence::MatchState::fresh
                       : judgement == "hold"  ? intelligence::MatchState::held
                                              : intelligence::MatchState::ruled_out;
    std::vector<std::int64_t> matches;
    for (auto const& id : call.member("matches")->as_array()) matches.push_back(id.to_number<std::int64_t>());
    TRY(auto const changed, call.doors().intelligence->judge(matches, state, call.caller));
    if (judgement == "release" && call.doors().hand_on_soon) call.doors().hand_on_soon();
    call.changed("match", matches.size() == 1 ? std::to_string(matches.front()) : "", "changed");
    JsonWriter json;
    json.object().field("changed", changed).key("action").null().end();
    return json_answer(std::move(json));
}

}  // namespace

void routes_matches(Router& router) {
    router.answer("matches_list", matches_list);
    router.answer("matches_judge", matches_judge);
}

}  // namespace tocsin::api
