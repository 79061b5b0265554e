#include "app/notices.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const room = call.instance->notifications();
    if (!room) return call.failed(room.error());
    auto const report = (*room)->send_due(call.is_cancelled);
    if (!report) return call.failed(report.error());
    if (call.json()) {
        JsonWriter json;
        json.object()
            .field("sent", report->sent)
            .field("failed", report->failed)
            .field("later", report->later)
            .field("uncertain", report->uncertain)
            .field("held", report->held)
            .field_unless_empty("trouble", report->trouble)
            .field_if("next", report->next)
            .end();
        call.print("{}", json.text());
    } else {
        call.print("{} sent, {} failed, {} to be tried later, {} uncertain", report->sent, report->failed,
                   report->later, report->uncertain);
        if (report->held > 0)
            call.tell("{} held back: they must not leave as they are; see tocsin notify list --state held",
                      report->held);
        if (!report->trouble.empty()) call.tell("The mail server can't be used: {}", report->trouble);
    }
    return report->trouble.empty() ? Exit::done : Exit::failed;
}

}  // namespace

Command command_notify_send() {
    return {
        .name = "notify send",
        .summary = "Send what is queued and due, now",
        .about = "A running server does this by itself. Without [mail] server, messages become files in DATA/outbox.",
        .run = run};
}

}  // namespace tocsin::app
