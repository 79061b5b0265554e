#include "app/group_words.hpp"
#include "app/instance.hpp"

namespace tocsin::app {
namespace {

Result<gate::SharingGroup> add(Invocation& call) {
    gate::SharingGroup draft{
        .uuid = call.get("--uuid"), .name = call.arguments.front(), .description = call.get("--description")};
    TRY(draft.members, organisations_named(call, call.all("--member")));
    return call.instance->sharing_groups().add(draft, access::command_principal());
}

Exit run(Invocation& call) {
    auto const made = add(call);
    return made ? show(call, *made) : call.failed(made.error());
}

}  // namespace

Command command_group_add() {
    return {.name = "group add",
            .summary = "Make a sharing group: organisations that share among each other",
            .about =
                "What is given to a group (tocsin intel import --group) goes to its members and nobody else.\n\n"
                "  tocsin group add Banks --member \"First Bank\" --member \"Second Bank\"",
            .options = {{.name = "--member",
                         .value_name = "ORGANISATION",
                         .help = "an organisation of the directory, by name or number",
                         .many = true},
                        {"--description", "TEXT", "what it is for"},
                        {"--uuid", "UUID", "how peers call it; without it one is made up"}},
            .arguments = {{"NAME", "how we call it"}},
            .run = run};
}

}  // namespace tocsin::app
