#include "app/group_words.hpp"
#include "app/instance.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const groups = call.instance->sharing_groups().all();
    if (!groups) return call.failed(groups.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& group : *groups) {
        append(json, call, group);
        if (!call.json())
            call.print("{:>4} {:<30} {:>4} members  {}", group.id.value, group.name, group.members.size(), group.uuid);
    }
    json.end().end();
    if (call.json()) call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_group_list() {
    return {.name = "group list", .summary = "List the sharing groups", .run = run};
}

}  // namespace tocsin::app
