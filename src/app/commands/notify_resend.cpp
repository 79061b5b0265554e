#include "app/notices.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return act_on_notifications(
        call, notifications::State::failed, "queued again",
        [](auto& room, auto ids, auto reason) { return room.resend(access::command_principal(), ids, reason); });
}

}  // namespace

Command command_notify_resend() {
    return {.name = "notify resend",
            .summary = "Send again what was sent, failed or cancelled: the same message",
            .options = {{"--all", "", "all that are failed"}, {"--reason", "TEXT", "stands in the audit log"}},
            .arguments = {{.name = "NUMBER", .help = "the notifications", .required = false, .many = true}},
            .run = run};
}

}  // namespace tocsin::app
