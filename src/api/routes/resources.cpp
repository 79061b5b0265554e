#include "api/render_directory.hpp"

/// Resources: what ties an event to an organisation.
namespace tocsin::api {

namespace {

using constituency::ResourceId;

constituency::ResourceQuery query_of(Call const& call) {
    constituency::ResourceQuery query;
    query.text = call.query("q").value_or("");
    query.organisation = constituency::OrganisationId{call.query_number("organisation").value_or(0)};
    if (auto const kind = call.query("kind")) query.kind = constituency::resource_kind(*kind);
    query.limit = call.limit();
    query.after = call.after();
    return query;
}

Reply one(Call const& call, constituency::Resource const& resource, int status = 200) {
    TRY(auto const shown, cleared(call, resource));
    JsonWriter json;
    put(json, shown);
    return json_answer(std::move(json), status);
}

Result<constituency::ResourceDraft> draft_of(Call const& call) {
    constituency::ResourceDraft draft;
    draft.organisation = constituency::OrganisationId{call.number("organisation").value_or(0)};
    draft.kind = constituency::resource_kind(call.text_or("kind", "")).value_or(constituency::ResourceKind::prefix);
    TRY(draft.value, constituency::canonical_value(draft.kind, call.text_or("value", "")));
    draft.verified = call.text_or("standing", "claimed") == "verified";
    draft.how = call.text_or("how", "");
    if (auto const from = call.text("from")) {
        TRY(draft.from, parse_timestamp(*from));
    }
    if (auto const to = call.text("to")) {
        TRY(draft.to, parse_timestamp(*to));
    }
    return draft;
}

Reply resources_list(Call& call) {
    TRY(auto page, call.doors().constituency->directory().resources(query_of(call)));
    return page_of(
        cleared(call, std::move(page.items)), page.next,
        [](JsonWriter& json, gate::Cleared<constituency::Resource> const& resource) { put(json, resource); });
}

Reply resources_count(Call& call) {
    TRY(auto const count, call.doors().constituency->directory().count(query_of(call)));
    return count_of(count);
}

Reply resources_create(Call& call) {
    TRY(auto const draft, draft_of(call));
    TRY(auto const made, call.doors().constituency->directory().add(draft, call.caller));
    call.changed("directory", std::to_string(made.organisation.value), "changed");
    return one(call, made, 201);
}

Reply resources_get(Call& call) {
    TRY(auto const resource, call.doors().constituency->directory().resource(ResourceId{call.path_id()}));
    return one(call, resource);
}

Reply resources_change(Call& call) {
    TRY(auto const draft, draft_of(call));
    TRY(auto const changed, call.doors().constituency->directory().change(
                                ResourceId{call.path_id()}, draft, call.number("version").value_or(0), call.caller));
    call.changed("directory", std::to_string(changed.organisation.value), "changed");
    return one(call, changed);
}

Reply resources_remove(Call& call) {
    CHECK(call.doors().constituency->directory().remove(ResourceId{call.path_id()}, 0, call.caller));
    call.changed("directory", "", "changed");
    return nothing();
}

}  // namespace

void routes_resources(Router& router) {
    router.answer("resources_list", resources_list);
    router.answer("resources_count", resources_count);
    router.answer("resources_create", resources_create);
    router.answer("resources_get", resources_get);
    router.answer("resources_change", resources_change);
    router.answer("resources_remove", resources_remove);
}

}  // namespace tocsin::api
