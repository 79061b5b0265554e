#include "api/render_intelligence.hpp"

#include <algorithm>

/// Remotes: TAXII servers of others that we poll, or push to, and how they fare.
namespace tocsin::api {

namespace {

constexpr std::size_t refusals_shown = 1000;

Result<sharing::Remote> remote_of(Call const& call) {
    return call.doors().remotes->find(call.path("id"));
}

Status put(JsonWriter& json, Call const& call, sharing::Remote remote) {
    TRY(auto const health, sharing::health_of(*call.doors().remotes, *call.doors().exchange, std::move(remote)));
    append_remote(json, health, call.now());
    return {};
}

Reply one(Call const& call, sharing::Remote remote, int status = 200) {
    JsonWriter json;
    CHECK(put(json, call, std::move(remote)));
    return json_answer(std::move(json), status);
}

Reply remotes_list(Call& call) {
    TRY(auto remotes, call.doors().remotes->all());
    JsonWriter json;
    json.object().key("items").array();
    for (auto& remote : remotes) CHECK(put(json, call, std::move(remote)));
    json.end().end();
    return json_answer(std::move(json));
}

Reply remotes_get(Call& call) {
    TRY(auto remote, remote_of(call));
    TRY(auto const refusals, call.doors().remotes->refusals(remote.id, refusals_shown));
    JsonWriter json;
    json.object().key("remote");
    CHECK(put(json, call, std::move(remote)));
    json.key("refusals").array();
    for (auto const& refusal : refusals)
        json.object()
            .field("at", refusal.at)
            .field("object", refusal.object)
            .field("version", refusal.version)
            .field("message", refusal.message)
            .end();
    json.end().end();
    return json_answer(std::move(json));
}

Status apply_access(Call const& call, sharing::Remote& draft) {
    draft.url = call.text_or("url", "");
    draft.login = call.text_or("login", "");
    draft.ca_file = call.text_or("ca_file", "");
    draft.fingerprint = call.text_or("fingerprint", "");
    draft.certificate = call.text_or("certificate", "");
    draft.key = call.text_or("key", "");
    draft.allows_http = call.flag("allow_http").value_or(false);
    if (auto const* networks = call.member("reach"))
        for (auto const& text : networks->as_array()) {
            auto const network = parse_prefix(std::string_view(text.as_string()), true);
            if (!network) return fail(Code::invalid, "reach: expected networks such as 10.0.0.0/8");
            draft.reachable.push_back(*network);
        }
    return {};
}

Result<sharing::Remote> draft_of(Call const& call) {
    sharing::Remote draft{.name = call.text_or("name", ""),
                          .collection = call.text_or("collection", ""),
                          .push_collection = call.text_or("push_collection", ""),
                          .is_paused = call.flag("paused").value_or(false)};
    CHECK(apply_access(call, draft));
    TRY(auto const peer, call.doors().peers->find(std::to_string(call.number("peer").value_or(0))));
    draft.peer = peer.id;
    auto const direction = call.text_or("direction", "poll");
    draft.polls = direction != "push";
    draft.pushes = direction != "poll";
    TRY(draft.every, parse_duration(call.text_or("every", "15m")));
    TRY(draft.standard, gate::parse_marking(call.text_or("marking", "TLP:AMBER")));
    draft.page = static_cast<std::size_t>(call.number("page").value_or(1000));
    if (auto const* types = call.member("types"))
        for (auto const& type : types->as_array()) draft.types.emplace_back(type.as_string());
    return draft;
}

Reply remotes_create(Call& call) {
    TRY(auto const draft, draft_of(call));
    TRY(auto made, call.doors().remotes->add(draft, call.text_or("secret", ""), call.caller));
    call.doors().exchange->changed();
    call.changed("sharing", std::to_string(made.id.value), "added");
    return one(call, std::move(made), 201);
}

Reply remotes_remove(Call& call) {
    TRY(auto const remote, remote_of(call));
    CHECK(call.doors().remotes->remove(remote.id, call.caller));
    call.changed("sharing", call.path("id"), "removed");
    return nothing();
}

Reply set_paused(Call& call, bool is_paused) {
    TRY(auto const remote, remote_of(call));
    CHECK(call.doors().remotes->pause(remote.id, is_paused, call.caller));
    call.doors().exchange->changed();
    call.changed("sharing", call.path("id"), "changed");
    TRY(auto changed, remote_of(call));
    return one(call, std::move(changed));
}

Reply remotes_secret(Call& call) {
    TRY(auto const remote, remote_of(call));
    CHECK(call.doors().remotes->change_secret(remote.id, call.text_or("login", ""), call.text_or("secret", ""),
                                              call.caller));
    call.doors().exchange->changed();
    call.changed("sharing", call.path("id"), "changed");
    return nothing();
}

Reply hurry(Call& call, sharing::Way way) {
    TRY(auto remote, remote_of(call));
    CHECK(call.doors().remotes->hurry(remote.id, way, call.caller));
    call.doors().exchange->changed();
    return one(call, std::move(remote), 202);
}

Reply offer_answer(sharing::TaxiiOffer const& offer) {
    JsonWriter json;
    json.object().field_or_null("title", offer.discovery.title).key("roots").array();
    for (auto const& root : offer.roots) {
        json.object()
            .field("url", root.url)
            .field_or_null("title", root.about.title)
            .field_or_null("fault", root.fault)
            .key("collections")
            .array();
        for (auto const& collection : root.collections)
            json.object()
                .field("id", collection.id)
                .field_or_null("alias", collection.alias)
                .field("title", collection.title)
                .field("can_read", collection.can_read)
                .field("can_write", collection.can_write)
                .end();
        json.end().end();
    }
    json.end().end();
    return json_answer(std::move(json));
}

Reply remotes_look(Call& call) {
    TRY(auto const remote, remote_of(call));
    TRY(auto const offer, call.doors().exchange->look(remote, [] { return false; }));
    return offer_answer(offer);
}

Reply remotes_look_at(Call& call) {
    sharing::Remote draft;
    CHECK(apply_access(call, draft));
    TRY(auto const offer, call.doors().exchange->look_at(draft, call.text_or("secret", ""), [] { return false; }));
    return offer_answer(offer);
}

/// What the next push would send, and what it would not. Nobody is asked.
Reply remotes_preview(Call& call) {
    TRY(auto const remote, remote_of(call));
    TRY(auto const report, call.doors().exchange->push(remote, {.is_dry = true, .by = call.caller}));
    JsonWriter json;
    json.object()
        .field("would_send", report.sent)
        .field("theirs", report.theirs)
        .field("shortened", report.shortened)
        .field("complete", !report.is_unfinished)
        .key("types")
        .object();
    for (auto const& [type, count] : report.types) json.field(type, count);
    json.end().key("withheld").array();
    for (auto const& [words, count] : report.withheld) json.object().field("why", words).field("count", count).end();
    json.end().end();
    return json_answer(std::move(json));
}

}  // namespace

void routes_remotes(Router& router) {
    router.answer("remotes_list", remotes_list);
    router.answer("remotes_get", remotes_get);
    router.answer("remotes_create", remotes_create);
    router.answer("remotes_remove", remotes_remove);
    router.answer("remotes_pause", [](Call& call) { return set_paused(call, true); });
    router.answer("remotes_resume", [](Call& call) { return set_paused(call, false); });
    router.answer("remotes_secret", remotes_secret);
    router.answer("remotes_poll", [](Call& call) { return hurry(call, sharing::Way::poll); });
    router.answer("remotes_push", [](Call& call) { return hurry(call, sharing::Way::push); });
    router.answer("remotes_look", remotes_look);
    router.answer("remotes_look_at", remotes_look_at);
    router.answer("remotes_preview", remotes_preview);
}

}  // namespace tocsin::api
