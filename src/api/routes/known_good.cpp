#include "api/problem.hpp"
#include "api/router.hpp"
#include "intelligence/intelligence.hpp"
#include "intelligence/known_good_files.hpp"

#include <algorithm>
#include <span>

/// Lists of values that are known to be good: which there are, what is in them, one's own in and out.
namespace tocsin::api {

namespace {

intelligence::KnownGoodFiles files(Call const& call) {
    return {call.doors().directory->path(), *call.doors().ledger, *call.doors().clock};
}

void put(JsonWriter& json, intelligence::KnownGoodList const& list, bool is_on) {
    json.object().field("on", is_on).key("list");
    append(json, list);
    json.end();
}

Reply known_good_lists(Call& call) {
    auto const* const known_good = call.doors().known_good;
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& list :
         known_good == nullptr ? std::span<intelligence::KnownGoodList const>() : known_good->lists())
        append(json, list);
    json.end().key("off").array();
    for (auto const& list : files(call).off()) append(json, list);
    json.end().end();
    return json_answer(std::move(json));
}

Reply known_good_check(Call& call) {
    auto const* const known_good = call.doors().known_good;
    auto const value = call.query("value").value_or("");
    JsonWriter json;
    json.object().field("value", value).key("known_good").array();
    if (known_good != nullptr)
        for (auto const name : known_good->lists_with(value)) json.value(name);
    json.end().end();
    return json_answer(std::move(json));
}

Reply known_good_entries(Call& call) {
    auto const after = static_cast<std::size_t>(std::max<std::int64_t>(0, parse_int(call.after()).value_or(0)));
    TRY(auto const page,
        files(call).contents(call.query("list").value_or(""), call.query("q").value_or(""), after, call.limit()));
    JsonWriter json;
    json.object().key("list");
    append(json, page.list);
    json.key("items").array();
    for (auto const& entry : page.items) json.value(entry);
    json.end()
        .field_or_null("next", page.next ? std::to_string(*page.next) : std::string())
        .field("total", std::uint64_t{page.total})
        .end();
    return json_answer(std::move(json));
}

/// The list itself, in the form of MISP warning lists, as text: so the room's own reader names every fault.
Reply known_good_put(Call& call) {
    auto const text = call.text_or("text", "");
    auto const is_dry = call.flag("dry_run").value_or(false);
    TRY(auto const list, is_dry ? intelligence::KnownGoodFiles::check(text) : files(call).put(text, call.caller));
    if (!is_dry) call.changed("settings", "", "changed");
    JsonWriter json;
    put(json, list, !is_dry);
    return json_answer(std::move(json));
}

Reply known_good_act(Call& call) {
    auto const name = call.text_or("list", ""), action = call.text_or("action", "");
    auto own = files(call);
    CHECK(action == "off"      ? own.switch_off(name, call.caller)
          : action == "on"     ? own.switch_on(name, call.caller)
          : action == "remove" ? own.remove(name, call.caller)
                               : own.undo(name, call.caller));
    call.changed("settings", "", "changed");
    return nothing();
}

}  // namespace

void routes_known_good(Router& router) {
    router.answer("known_good_lists", known_good_lists);
    router.answer("known_good_check", known_good_check);
    router.answer("known_good_entries", known_good_entries);
    router.answer("known_good_put", known_good_put);
    router.answer("known_good_act", known_good_act);
}

}  // namespace tocsin::api
