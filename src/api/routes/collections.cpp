#include "api/render_intelligence.hpp"

/// Collections: what peers and tools read and write.
namespace tocsin::api {

namespace {

Status put(JsonWriter& json, Call const& call, sharing::Collection const& collection) {
    TRY(auto const count, call.doors().intelligence->count(collection.filter(), asker_of(call)));
    json.object()
        .field("id", collection.id)
        .field("uuid", collection.uuid)
        .field_or_null("alias", collection.alias)
        .field("title", collection.title)
        .field_or_null("description", collection.description)
        .field("inbox", collection.is_inbox)
        .field("count", count);
    auto const words = [&](std::string_view name, std::vector<std::string> const& list) {
        json.key(name).array();
        for (auto const& word : list) json.value(word);
        json.end();
    };
    words("types", collection.types);
    words("labels", collection.labels);
    json.key("tlps").array();
    for (auto const tlp : collection.tlps) json.value(gate::label_of(tlp));
    json.end().end();
    return {};
}

Reply collections_list(Call& call) {
    TRY(auto const collections, call.doors().collections->all());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& collection : collections) CHECK(put(json, call, collection));
    json.end().end();
    return json_answer(std::move(json));
}

std::vector<std::string> texts_of(Call const& call, std::string_view name) {
    std::vector<std::string> texts;
    if (auto const* list = call.member(name))
        for (auto const& text : list->as_array()) texts.emplace_back(text.as_string());
    return texts;
}

Reply collections_create(Call& call) {
    sharing::Collection draft;
    draft.alias = call.text_or("alias", "");
    draft.title = call.text_or("title", "");
    draft.description = call.text_or("description", "");
    draft.types = texts_of(call, "types");
    draft.labels = texts_of(call, "labels");
    draft.is_inbox = call.flag("inbox").value_or(false);
    for (auto const& text : texts_of(call, "tlps")) {
        TRY(auto const tlp, gate::parse_tlp(text));
        draft.tlps.push_back(tlp);
    }
    TRY(auto const made, call.doors().collections->add(draft, call.caller));
    call.changed("sharing", "", "added");
    JsonWriter json;
    CHECK(put(json, call, made));
    return json_answer(std::move(json), 201);
}

Reply collections_remove(Call& call) {
    CHECK(call.doors().collections->remove(call.path_id(), call.caller));
    call.changed("sharing", "", "removed");
    return nothing();
}

}  // namespace

void routes_collections(Router& router) {
    router.answer("collections_list", collections_list);
    router.answer("collections_create", collections_create);
    router.answer("collections_remove", collections_remove);
}

}  // namespace tocsin::api
