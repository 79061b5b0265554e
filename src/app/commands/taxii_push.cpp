#include "app/instance.hpp"
#include "app/taxii_words.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Result<sharing::PushReport> push(Invocation& call) {
    TRY(auto const remote, call.instance->remotes().find(call.arguments.front()));
    TRY(auto* const exchange, call.instance->exchange());
    return exchange->push(remote, {.is_dry = call.has("--dry-run"),
                                   .from_start = call.has("--from-start"),
                                   .is_cancelled = call.is_cancelled,
                                   .by = access::command_principal()});
}

void print(Invocation const& call, sharing::PushReport const& report) {
    if (call.has("--dry-run")) {
        call.print("{} objects would go", report.sent);
        for (auto const& [type, count] : report.types) call.print("{:>9} {}", count, type);
        if (report.shortened > 0) call.print("{} of them without parts that are not for this peer", report.shortened);
        for (auto const& [reason, count] : report.withheld) call.print("{:>9} withheld: {}", count, reason);
        if (report.theirs > 0) call.print("{:>9} came from this peer", report.theirs);
    } else {
        call.print("{} objects sent: {} confirmed, {} refused; {} came from this peer{}", report.sent, report.confirmed,
                   report.refused, report.theirs,
                   report.is_unfinished ? "; the server is still at it, the next run asks again" : "");
        if (report.refused > 0) call.print("What was refused, and why: tocsin taxii show {}", call.arguments.front());
    }
    if (report.remarks.empty()) return;
    for (auto const line : split(report.remarks, '\n')) call.print("odd: {}", line);
}

Exit run(Invocation& call) {
    auto const report = push(call);
    if (!report) return call.failed(report.error());
    if (call.json()) {
        JsonWriter json;
        json.object()
            .field("dry_run", call.has("--dry-run"))
            .field("sent", report->sent)
            .field("confirmed", report->confirmed)
            .field("refused", report->refused)
            .field("theirs", report->theirs)
            .field("shortened", report->shortened)
            .field("unfinished", report->is_unfinished);
        append_counts(json, "types", report->types);
        append_counts(json, "withheld", report->withheld);
        json.end();
        call.print("{}", json.text());
    } else {
        print(call, *report);
    }
    return report->refused > 0 ? Exit::some_rejected : Exit::done;
}

}  // namespace

Command command_taxii_push() {
    return {.name = "taxii push",
            .summary = "Send now what is new for a remote's peer and may go to it",
            .about =
                "The gate decides for the peer and its clearance; what goes is in the disclosure log before it goes. "
                "With --dry-run:\nwhat would they get, and what is withheld for which reason. Nobody is asked then.",
            .options = {{"--dry-run", "", "only say what would go, and what is withheld"},
                        {"--from-start", "", "send everything again; what is there already is no fault"}},
            .arguments = {{"NAME", "the remote, by name or number"}},
            .run = run};
}

}  // namespace tocsin::app
