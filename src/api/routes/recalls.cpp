#include "api/render_intelligence.hpp"

#include <algorithm>

/// Recalls: what was shared and is taken back, and who has heard of it.
namespace tocsin::api {

namespace {

Reply whole(Call const& call, sharing::Recall const& recall, int status = 200) {
    TRY(auto const names, Names::of(call));
    JsonWriter json;
    append(json, recall, true, [&](std::string_view who) { return called(names, who); });
    return json_answer(std::move(json), status);
}

sharing::RecallId id_of(Call const& call) {
    return sharing::RecallId{call.path_id()};
}

Result<sharing::RecallOrder> order_of(Call const& call) {
    sharing::RecallOrder order;
    if (auto const* list = call.member("objects"))
        for (auto const& text : list->as_array()) order.objects.emplace_back(text.as_string());
    order.delivery = call.number("delivery").value_or(0);
    order.reason = call.text_or("reason", "");
    order.is_ours = call.flag("ours").value_or(false);
    bool const is_downgrade = call.text_or("kind", "") == "downgrade";
    auto const marking = call.text("marking");
    if (is_downgrade != marking.has_value())
        return fail(Code::invalid, "marking: expected with kind downgrade, and only there");
    if (marking) {
        TRY(order.marking, gate::parse_marking(*marking));
    }
    return order;
}

Reply recalls_list(Call& call) {
    CHECK(call.doors().recalls->keep());
    TRY(auto const recalls, call.doors().recalls->all(call.limit()));
    TRY(auto const names, Names::of(call));
    return list_of(recalls, [&](JsonWriter& json, sharing::Recall const& recall) {
        append(json, recall, false, [&](std::string_view who) { return called(names, who); });
    });
}

Reply recalls_get(Call& call) {
    CHECK(call.doors().recalls->keep());
    TRY(auto const recall, call.doors().recalls->recall(id_of(call)));
    return whole(call, recall);
}

Reply recalls_plan(Call& call) {
    TRY(auto const order, order_of(call));
    TRY(auto const recall, call.doors().recalls->plan(order));
    return whole(call, recall);
}

Reply recalls_create(Call& call) {
    TRY(auto const order, order_of(call));
    TRY(auto const recall, call.doors().recalls->add(order, call.caller));
    call.changed("sharing", "", "changed");
    call.changed("intelligence", "", "changed");
    return whole(call, recall, 201);
}

Reply recalls_accept(Call& call) {
    TRY(auto const recall, call.doors().recalls->accept(id_of(call), call.caller));
    call.changed("sharing", "", "changed");
    call.changed("intelligence", "", "changed");
    return whole(call, recall);
}

Reply recalls_dismiss(Call& call) {
    CHECK(call.doors().recalls->dismiss(id_of(call), call.text_or("reason", ""), call.caller));
    call.changed("sharing", "", "changed");
    return recalls_get(call);
}

Reply recalls_lift(Call& call) {
    CHECK(call.doors().recalls->lift(id_of(call), call.text_or("reason", ""), call.caller));
    call.changed("sharing", "", "changed");
    call.changed("intelligence", "", "changed");
    return recalls_get(call);
}

Reply recalls_tell(Call& call) {
    sharing::ToldByHand told{.by = call.text_or("by", ""),
                             .answer = call.text_or("answer", ""),
                             .is_confirmed = call.flag("confirmed").value_or(false)};
    if (auto const at = call.text("at")) {
        TRY(told.at, parse_timestamp(*at));
    }
    CHECK(call.doors().recalls->tell(id_of(call), call.text_or("recipient", ""), told, call.caller));
    call.changed("sharing", "", "changed");
    return recalls_get(call);
}

Reply recalls_letter(Call& call) {
    TRY(auto const recall, call.doors().recalls->recall(id_of(call)));
    auto const whom = call.query("recipient").value_or("");
    auto const one = std::ranges::find(recall.recipients, whom, &sharing::RecallRecipient::recipient);
    if (one == recall.recipients.end())
        return fail(Code::not_found, "recipient: expected one of the recall's recipients");
    std::string language(call.query("language").value_or(""));
    if (auto const whose = call.doors().constituency->directory().organisation(one->organisation);
        language.empty() && whose)
        language = whose->language;
    JsonWriter json;
    json.object().field("text", letter_of(recall, *one, call.house.options.team, language)).end();
    return json_answer(std::move(json));
}

}  // namespace

void routes_recalls(Router& router) {
    router.answer("recalls_list", recalls_list);
    router.answer("recalls_get", recalls_get);
    router.answer("recalls_plan", recalls_plan);
    router.answer("recalls_create", recalls_create);
    router.answer("recalls_accept", recalls_accept);
    router.answer("recalls_dismiss", recalls_dismiss);
    router.answer("recalls_lift", recalls_lift);
    router.answer("recalls_tell", recalls_tell);
    router.answer("recalls_letter", recalls_letter);
}

}  // namespace tocsin::api
