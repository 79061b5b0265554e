#include "app/notices.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return act_on_notifications(call, notifications::State::held, "cancelled", [](auto& room, auto ids, auto reason) {
        return room.cancel(access::command_principal(), ids, reason);
    });
}

}  // namespace

Command command_notify_cancel() {
    return {.name = "notify cancel",
            .summary = "Stop held, queued or failed warnings",
            .options = {{"--all", "", "all that are held"}, {"--reason", "TEXT", "stands in the audit log"}},
            .arguments = {{.name = "NUMBER", .help = "the notifications", .required = false, .many = true}},
            .run = run};
}

}  // namespace tocsin::app
