#include "api/render.hpp"
#include "api/render_readiness.hpp"

/// Frameworks, target profiles, crosswalks: catalogues as data.
namespace tocsin::api {

namespace {

void put(JsonWriter& json, readiness::Framework const& framework) {
    json.object()
        .field("name", framework.name())
        .field("id", framework.id)
        .field("version", framework.version)
        .field("kind", readiness::name_of(framework.kind))
        .key("title");
    append(json, framework.title);
    json.field("publisher", framework.publisher)
        .field("published", framework.published)
        .field("items", std::uint64_t{framework.items.size()})
        .field("own", framework.is_own)
        .end();
}

void put(JsonWriter& json, readiness::Profile const& profile) {
    json.object().field("id", profile.id).field("framework", profile.framework).key("title");
    append(json, profile.title);
    json.key("note");
    append(json, profile.note);
    json.field("publisher", profile.publisher).field("own", profile.is_own).key("levels").object();
    for (auto const& [item, level] : profile.levels) json.field(item, level);
    json.end().end();
}

void put(JsonWriter& json, readiness::Crosswalk const& crosswalk) {
    json.object()
        .field("from", crosswalk.from)
        .field("to", crosswalk.to)
        .field("made_by", crosswalk.made_by)
        .field("sure", readiness::name_of(crosswalk.sure))
        .field("own", crosswalk.is_own)
        .key("note");
    append(json, crosswalk.note);
    json.key("pairs").array();
    for (auto const& [from, to] : crosswalk.pairs) json.array().value(from).value(to).end();
    json.end().end();
}

readiness::Library const& library(Call const& call) {
    return call.doors().readiness->library;
}

Reply frameworks_list(Call& call) {
    return list_of(library(call).frameworks(), [](JsonWriter& json, auto const& one) { put(json, one); });
}

Reply frameworks_get(Call& call) {
    TRY(auto const* const framework, library(call).framework(call.path("framework")));
    JsonWriter json;
    json.raw(framework->json);
    return json_answer(std::move(json));
}

Reply profiles_list(Call& call) {
    return list_of(library(call).profiles(), [](JsonWriter& json, auto const& one) { put(json, one); });
}

Reply crosswalks_list(Call& call) {
    return list_of(library(call).crosswalks(), [](JsonWriter& json, auto const& one) { put(json, one); });
}

}  // namespace

void routes_frameworks(Router& router) {
    router.answer("frameworks_list", frameworks_list);
    router.answer("frameworks_get", frameworks_get);
    router.answer("profiles_list", profiles_list);
    router.answer("crosswalks_list", crosswalks_list);
}

}  // namespace tocsin::api
