#include "app/notices.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return act_on_notifications(call, notifications::State::sent, "closed", [](auto& room, auto ids, auto reason) {
        return room.revoke_link(access::command_principal(), ids, reason);
    });
}

}  // namespace

Command command_notify_revoke() {
    return {.name = "notify revoke",
            .summary = "Close the owner's link for good",
            .options = {{"--all", "", "all that are sent"}, {"--reason", "TEXT", "stands in the audit log"}},
            .arguments = {{.name = "NUMBER", .help = "the notifications", .required = false, .many = true}},
            .run = run};
}

}  // namespace tocsin::app
