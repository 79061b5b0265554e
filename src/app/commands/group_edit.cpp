#include "app/group_words.hpp"
#include "app/instance.hpp"

#include <algorithm>

namespace tocsin::app {
namespace {

Result<gate::SharingGroup> edit(Invocation& call) {
    auto& groups = call.instance->sharing_groups();
    TRY(auto group, groups.find(call.arguments.front()));
    if (call.has("--name")) group.name = call.get("--name");
    if (call.has("--description")) group.description = call.get("--description");
    TRY(auto const gone, organisations_named(call, call.all("--remove")));
    TRY(auto const come, organisations_named(call, call.all("--member")));
    if (call.has("--close")) group.members.clear();
    std::erase_if(group.members, [&](auto one) { return std::ranges::binary_search(gone, one); });
    for (auto const one : come)
        if (std::ranges::find(group.members, one) == group.members.end()) group.members.push_back(one);
    return groups.change(group, access::command_principal());
}

Exit run(Invocation& call) {
    auto const changed = edit(call);
    return changed ? show(call, *changed) : call.failed(changed.error());
}

}  // namespace

Command command_group_edit() {
    return {
        .name = "group edit",
        .summary = "Change a sharing group: its name, its members, or close it",
        .about =
            "A group is never removed: what was given to it stays bound to it. A closed one has no members.\n\n"
            "  tocsin group edit Banks --member \"Third Bank\" --remove \"First Bank\"",
        .options =
            {{.name = "--member", .value_name = "ORGANISATION", .help = "also this organisation", .many = true},
             {.name = "--remove", .value_name = "ORGANISATION", .help = "no longer this organisation", .many = true},
             {"--name", "NAME", "how we call it from now on"},
             {"--description", "TEXT", "what it is for"},
             {"--close", "", "without members from now on"}},
        .arguments = {{"GROUP", "by name, number or uuid"}},
        .run = run};
}

}  // namespace tocsin::app
