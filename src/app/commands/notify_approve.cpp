#include "app/notices.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return act_on_notifications(call, notifications::State::held, "released", [](auto& room, auto ids, auto) {
        return room.approve(access::command_principal(), ids);
    });
}

}  // namespace

Command command_notify_approve() {
    return {.name = "notify approve",
            .summary = "Release held warnings",
            .options = {{"--all", "", "all that are held"}},
            .arguments = {{.name = "NUMBER", .help = "the notifications", .required = false, .many = true}},
            .run = run};
}

}  // namespace tocsin::app
