#include "app/instance.hpp"
#include "app/taxii_words.hpp"
#include "intelligence/intelligence.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Result<sharing::PollReport> poll(Invocation& call) {
    TRY(auto const remote, call.instance->remotes().find(call.arguments.front()));
    TRY(auto* const exchange, call.instance->exchange());
    TRY(auto report, exchange->poll(remote, {.is_dry = call.has("--dry-run"),
                                             .from_start = call.has("--from-start"),
                                             .is_cancelled = call.is_cancelled,
                                             .by = access::command_principal()}));
    if (report.stored > 0) {
        TRY([[maybe_unused]] auto const went, call.instance->match(call.is_cancelled));
    }
    return report;
}

void print(Invocation const& call, sharing::PollReport const& report) {
    if (call.has("--dry-run")) {
        call.print("{} objects on {} pages would come{}, {} of them are here in some version", report.objects,
                   report.pages, report.is_unfinished ? " at least" : "", report.known);
        for (auto const& [type, count] : report.types) call.print("{:>9} {}", count, type);
    } else {
        call.print("{} objects on {} pages: {} stored, {} known, {} rejected{}", report.objects, report.pages,
                   report.stored, report.known, report.rejected,
                   report.is_unfinished ? "; there is more, the next run goes on" : "");
    }
    if (report.remarks.empty()) return;
    for (auto const line : split(report.remarks, '\n')) call.print("odd: {}", line);
}

Exit run(Invocation& call) {
    auto const report = poll(call);
    if (!report) return call.failed(report.error());
    if (call.json()) {
        JsonWriter json;
        json.object()
            .field("dry_run", call.has("--dry-run"))
            .field("pages", report->pages)
            .field("objects", report->objects)
            .field("stored", report->stored)
            .field("known", report->known)
            .field("rejected", report->rejected)
            .field("unfinished", report->is_unfinished);
        append_counts(json, "types", report->types);
        json.end();
        call.print("{}", json.text());
    } else {
        print(call, *report);
    }
    return report->rejected > 0 ? Exit::some_rejected : Exit::done;
}

}  // namespace

Command command_taxii_poll() {
    return {.name = "taxii poll",
            .summary = "Fetch now what is new in a remote's collection",
            .about = "Goes on where the last run ended, also after a kill. What is here already is recognised.",
            .options = {{"--dry-run", "", "only say what would come; looks at up to 20 pages"},
                        {"--from-start", "", "read the whole collection again"}},
            .arguments = {{"NAME", "the remote, by name or number"}},
            .run = run};
}

}  // namespace tocsin::app
