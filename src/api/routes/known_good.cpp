#include "api/problem.hpp"
#include "api/router.hpp"
#include "intelligence/intelligence.hpp"

#include <span>

/// Lists of values that are known to be good.
namespace tocsin::api {

namespace {

Reply known_good_lists(Call& call) {
    auto const* const known_good = call.doors().known_good;
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& list :
         known_good == nullptr ? std::span<intelligence::KnownGoodList const>() : known_good->lists())
        append(json, list);
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

}  // namespace

void routes_known_good(Router& router) {
    router.answer("known_good_lists", known_good_lists);
    router.answer("known_good_check", known_good_check);
}

}  // namespace tocsin::api
