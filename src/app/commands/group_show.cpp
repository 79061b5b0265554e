#include "app/group_words.hpp"
#include "app/instance.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const group = call.instance->sharing_groups().find(call.arguments.front());
    return group ? show(call, *group) : call.failed(group.error());
}

}  // namespace

Command command_group_show() {
    return {.name = "group show",
            .summary = "Show a sharing group and its members",
            .arguments = {{"GROUP", "by name, number or uuid"}},
            .run = run};
}

}  // namespace tocsin::app
