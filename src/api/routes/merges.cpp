#include "api/render_intelligence.hpp"

/// What is told several times: proposals, merging and taking it back; and what was kept aside, tried again.
namespace tocsin::api {

namespace {

Reply intelligence_merge(Call& call) {
    intelligence::Merges merges(*call.doors().intelligence);
    CHECK(merges.merge(call.path("id"), call.text_or("into", ""), call.caller));
    call.changed("intelligence", call.path("id"), "changed");
    return nothing();
}

Reply intelligence_unmerge(Call& call) {
    CHECK(intelligence::Merges(*call.doors().intelligence).unmerge(call.path("id"), call.caller));
    call.changed("intelligence", call.path("id"), "changed");
    return nothing();
}

Reply intelligence_duplicates(Call& call) {
    intelligence::Merges const merges(*call.doors().intelligence);
    TRY(auto const found, merges.duplicates(call.query_list("type"), call.limit(), asker_of(call)));
    TRY(auto const names, Names::of(call));
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& one : found.found) {
        json.object()
            .field("type", one.type)
            .field("why", one.why)
            .field("text", one.text)
            .field("count", one.count)
            .key("objects")
            .array();
        for (auto const& object : one.objects) put(json, object, names);
        json.end().end();
    }
    json.end().field("looked_at", found.looked_at).field("is_all", found.is_all).end();
    return json_answer(std::move(json));
}

Reply intelligence_replay(Call& call) {
    intelligence::ReplayRequest request{.source = call.number("source").value_or(0),
                                        .may_override = call.flag("override").value_or(false),
                                        .is_dry_run = call.flag("dry_run").value_or(false)};
    if (auto const* ids = call.member("ids"))
        for (auto const& id : ids->as_array()) request.ids.push_back(id.to_number<std::int64_t>());
    TRY(auto const totals, call.doors().intelligence->replay(request, call.caller));
    if (totals.stored > 0 && !request.is_dry_run) call.changed("intelligence", "", "added");
    JsonWriter json;
    json.object()
        .field("tried", totals.tried)
        .field("stored", totals.stored)
        .field("known", totals.known)
        .field("rejected", totals.rejected)
        .field("cut", totals.cut)
        .key("reasons")
        .array();
    for (auto const& [id, reason] : totals.reasons) json.object().field("id", id).field("reason", reason).end();
    json.end().end();
    return json_answer(std::move(json));
}

}  // namespace

void routes_merges(Router& router) {
    router.answer("intelligence_merge", intelligence_merge);
    router.answer("intelligence_unmerge", intelligence_unmerge);
    router.answer("intelligence_duplicates", intelligence_duplicates);
    router.answer("intelligence_replay", intelligence_replay);
}

}  // namespace tocsin::api
