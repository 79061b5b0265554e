#include "app/group_words.hpp"

#include "app/instance.hpp"

#include <algorithm>

namespace tocsin::app {
namespace {

std::string name_of(Invocation const& call, gate::OrganisationId id) {
    auto const found = call.instance->constituency().directory().organisation(id);
    return found ? found->name : fmt::format("organisation {}", id.value);
}

}  // namespace

Result<std::vector<gate::OrganisationId>> organisations_named(Invocation const& call,
                                                              std::vector<std::string> const& words) {
    std::vector<gate::OrganisationId> organisations;
    for (auto const& word : words) {
        TRY(auto const organisation, call.instance->constituency().directory().find_organisation(word));
        organisations.push_back(organisation.id);
    }
    std::ranges::sort(organisations);
    organisations.erase(std::ranges::unique(organisations).begin(), organisations.end());
    return organisations;
}

void append(JsonWriter& json, Invocation const& call, gate::SharingGroup const& group) {
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
        json.object().field("id", member.value).field("name", name_of(call, member)).end();
    json.end().end();
}

Exit show(Invocation const& call, gate::SharingGroup const& group) {
    if (call.json()) {
        JsonWriter json;
        append(json, call, group);
        call.print("{}", json.text());
        return Exit::done;
    }
    call.print("{} ({}), {}", group.name, group.id.value, group.uuid);
    if (!group.description.empty()) call.print("  {}", group.description);
    for (auto const member : group.members) call.print("  {:>6} {}", member.value, name_of(call, member));
    if (group.members.empty()) call.print("  no members: what is given to it reaches nobody outside the team");
    return Exit::done;
}

}  // namespace tocsin::app
