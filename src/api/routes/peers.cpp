#include "api/render_intelligence.hpp"

#include <algorithm>

/// Peers: who they are, what they may have, what they would get.
namespace tocsin::api {

namespace {

void put(JsonWriter& json, sharing::Peer const& peer, std::vector<access::Key> const& keys, Names const& names) {
    auto const key = std::ranges::find(keys, peer.key, &access::Key::id);
    json.object()
        .field("id", peer.id.value)
        .field("name", peer.name)
        .reference("organisation", peer.organisation.value, names.organisation(peer.organisation.value))
        .field("clearance", gate::label_of(peer.clearance))
        .field("may_write", peer.may_write)
        .field("may_relay", peer.may_relay)
        .field("created", peer.created)
        .field_or_null("last_used", key == keys.end() ? std::nullopt : key->last_used)
        .end();
}

Reply one(Call const& call, sharing::Peer const& peer) {
    TRY(auto const keys, call.doors().access->keys());
    TRY(auto const names, Names::of(call));
    JsonWriter json;
    put(json, peer, keys, names);
    return json_answer(std::move(json));
}

Result<sharing::Peer> peer_of(Call const& call) {
    return call.doors().peers->find(call.path("id"));
}

Reply peers_list(Call& call) {
    TRY(auto const peers, call.doors().peers->all());
    TRY(auto const keys, call.doors().access->keys());
    TRY(auto const names, Names::of(call));
    return list_of(peers, [&](JsonWriter& json, sharing::Peer const& peer) { put(json, peer, keys, names); });
}

/// What it would get now, as TAXII would give it.
Reply peers_get(Call& call) {
    TRY(auto const peer, peer_of(call));
    TRY(auto const keys, call.doors().access->keys());
    TRY(auto const names, Names::of(call));
    TRY(auto const count, call.doors().intelligence->count({}, peer.recipient()));
    TRY(auto const newest,
        call.doors().intelligence->objects({}, peer.recipient(), intelligence::ObjectOrder::newest_first,
                                           {.after = {}, .limit = 20}));
    JsonWriter json;
    json.object().key("peer");
    put(json, peer, keys, names);
    json.field("would_get", count).key("newest").array();
    for (auto const& object : newest.items) put(json, object, names);
    json.end().end();
    return json_answer(std::move(json));
}

void put(JsonWriter& json, sharing::Preview const& preview, Names const& names) {
    json.object()
        .field("id", preview.collection.id)
        .field("uuid", preview.collection.uuid)
        .field("title", preview.collection.title)
        .field("in_all", preview.in_all)
        .field("would_get", preview.would_get)
        .field("shortened", preview.shortened)
        .field("looked_at", preview.looked_at)
        .key("withheld")
        .array();
    for (auto const& [reason, count] : preview.withheld)
        json.object()
            .field("reason", gate::name_of(reason))
            .field("why", gate::words_of(reason))
            .field("count", count)
            .end();
    json.end().key("first").array();
    for (auto const& object : preview.first) put(json, object, names);
    json.end().end();
}

/// What would it get if it asked now? Nothing leaves.
Reply peers_preview(Call& call) {
    TRY(auto const peer, peer_of(call));
    TRY(auto const names, Names::of(call));
    std::vector<sharing::Collection> asked;
    if (auto const named = call.query("collection")) {
        TRY(auto collection, call.doors().collections->find(*named));
        asked.push_back(std::move(collection));
    } else {
        TRY(asked, call.doors().collections->all());
    }
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& collection : asked) {
        TRY(auto const preview, sharing::preview_of(*call.doors().intelligence, *call.doors().gate, peer, collection,
                                                    {.asker = asker_of(call)}));
        put(json, preview, names);
    }
    json.end().end();
    return json_answer(std::move(json));
}

Status apply(Call const& call, sharing::Peer& peer) {
    peer.name = call.text_or("name", peer.name);
    if (auto const organisation = call.number("organisation")) {
        peer.organisation = gate::OrganisationId{*organisation};
        CHECK(call.doors().constituency->directory().organisation(peer.organisation));
    }
    if (auto const clearance = call.text("clearance")) {
        TRY(peer.clearance, gate::parse_tlp(*clearance));
    }
    peer.may_write = call.flag("may_write").value_or(peer.may_write);
    peer.may_relay = call.flag("may_relay").value_or(peer.may_relay);
    return {};
}

Reply peers_create(Call& call) {
    sharing::Peer draft;
    CHECK(apply(call, draft));
    TRY(auto const made, call.doors().peers->add(draft, call.caller));
    call.changed("sharing", std::to_string(made.peer.id.value), "added");
    JsonWriter json;
    json.object().field("id", made.peer.id.value).field("key", made.key).end();
    return json_answer(std::move(json), 201);
}

Reply peers_change(Call& call) {
    TRY(auto peer, peer_of(call));
    CHECK(apply(call, peer));
    TRY(auto const changed, call.doors().peers->change(peer, call.caller));
    call.changed("sharing", call.path("id"), "changed");
    return one(call, changed);
}

Reply peers_remove(Call& call) {
    TRY(auto const peer, peer_of(call));
    CHECK(call.doors().peers->remove(peer.id, call.caller));
    call.changed("sharing", call.path("id"), "removed");
    return nothing();
}

}  // namespace

void routes_peers(Router& router) {
    router.answer("peers_list", peers_list);
    router.answer("peers_get", peers_get);
    router.answer("peers_preview", peers_preview);
    router.answer("peers_create", peers_create);
    router.answer("peers_change", peers_change);
    router.answer("peers_remove", peers_remove);
}

}  // namespace tocsin::api
