#include "api/render_intelligence.hpp"

#include <algorithm>

/// Sharing groups: organisations that share among each other.
namespace tocsin::api {

namespace {

void put(JsonWriter& json, gate::SharingGroup const& group, Names const& names) {
    json.object()
        .field("id", group.id.value)
        .field("uuid", group.uuid)
        .field("name", group.name)
        .field_or_null("description", group.description)
        .field("created", group.created)
        .field("changed", group.changed)
        .key("members")
        .array();
    for (auto const member : group.members)
        json.object().field("id", member.value).field("name", names.organisation(member.value)).end();
    json.end().end();
}

Reply one(Call const& call, gate::SharingGroup const& group, int status = 200) {
    TRY(auto const names, Names::of(call));
    JsonWriter json;
    put(json, group, names);
    return json_answer(std::move(json), status);
}

Status apply(Call const& call, gate::SharingGroup& group) {
    group.name = call.text_or("name", group.name);
    group.description = call.text_or("description", group.description);
    auto const* members = call.member("members");
    if (members == nullptr) return {};
    group.members.clear();
    for (auto const& member : members->as_array()) {
        gate::OrganisationId const id{member.to_number<std::int64_t>()};
        CHECK(call.doors().constituency->directory().organisation(id));
        group.members.push_back(id);
    }
    std::ranges::sort(group.members);
    group.members.erase(std::ranges::unique(group.members).begin(), group.members.end());
    return {};
}

Reply sharing_groups_list(Call& call) {
    TRY(auto const groups, call.doors().groups->all());
    TRY(auto const names, Names::of(call));
    return list_of(groups, [&](JsonWriter& json, gate::SharingGroup const& group) { put(json, group, names); });
}

Reply sharing_groups_get(Call& call) {
    TRY(auto const group, call.doors().groups->group({call.path_id()}));
    return one(call, group);
}

Reply sharing_groups_create(Call& call) {
    gate::SharingGroup draft{.uuid = call.text_or("uuid", "")};
    CHECK(apply(call, draft));
    TRY(auto const made, call.doors().groups->add(draft, call.caller));
    call.changed("sharing", "", "added");
    return one(call, made, 201);
}

Reply sharing_groups_change(Call& call) {
    TRY(auto group, call.doors().groups->group({call.path_id()}));
    CHECK(apply(call, group));
    TRY(auto const changed, call.doors().groups->change(group, call.caller));
    call.changed("sharing", "", "changed");
    return one(call, changed);
}

}  // namespace

void routes_sharing_groups(Router& router) {
    router.answer("sharing_groups_list", sharing_groups_list);
    router.answer("sharing_groups_get", sharing_groups_get);
    router.answer("sharing_groups_create", sharing_groups_create);
    router.answer("sharing_groups_change", sharing_groups_change);
}

}  // namespace tocsin::api
