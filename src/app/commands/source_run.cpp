#include "app/instance.hpp"
#include "app/source_words.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

Result<events::FetchReport> fetch(Invocation& call, std::string const& name) {
    TRY(auto const source, call.instance->sources().find(name));
    TRY(auto* const fetcher, call.instance->fetcher());
    return fetcher->run(source, {.is_dry = call.has("--dry-run"),
                                 .from_start = call.has("--from-start"),
                                 .is_cancelled = call.is_cancelled,
                                 .by = access::command_principal()});
}

/// What was taken, and also what a kill has left unread.
Status read_what_came(Invocation& call) {
    TRY(auto* const events, call.instance->events());
    TRY([[maybe_unused]] auto const totals, events->process_pending(call.is_cancelled));
    return {};
}

void print(Invocation const& call, events::FetchReport const& report) {
    if (!report.remark.empty()) call.print("{}", report.remark);
    for (auto const& item : report.items) {
        if (call.has("--dry-run"))
            call.print("would fetch {}{}", item.name.empty() ? item.item : item.name,
                       item.bytes > 0 ? fmt::format(" ({} bytes)", item.bytes) : "");
        else
            call.print("{:<6} {} {}{}", events::name_of(item.outcome),
                       item.report ? fmt::format("report {}", *item.report) : std::string("-"), item.name,
                       item.error.empty() ? "" : ": " + item.error);
    }
    if (call.has("--dry-run"))
        call.print("{} would come{}", report.items.size(), report.is_unfinished ? " at least" : "");
    else
        call.print("{} taken, {} known, {} failed{}", report.taken, report.known, report.failed,
                   report.is_unfinished ? "; there is more, the next run goes on" : "");
}

Exit run_one(Invocation& call, std::string const& name) {
    auto const report = fetch(call, name);
    if (!report) return call.failed(report.error());
    if (call.json()) {
        JsonWriter json;
        json.object()
            .field("dry_run", call.has("--dry-run"))
            .field("taken", report->taken)
            .field("known", report->known)
            .field("failed", report->failed)
            .field("bytes", report->bytes)
            .field("unfinished", report->is_unfinished)
            .field_or_null("remark", report->remark);
        json.key("items").array();
        for (auto const& item : report->items) events::append_item(json, item);
        json.end().end();
        call.print("{}", json.text());
    } else {
        print(call, *report);
    }
    return report->failed > 0 ? Exit::some_rejected : Exit::done;
}

/// One that fails does not keep the others from being fetched; the first fault is the exit code.
Exit run(Invocation& call) {
    auto first = Exit::done;
    for (auto const& name : call.arguments)
        if (auto const done = run_one(call, name); first == Exit::done) first = done;
    if (call.has("--dry-run")) return first;
    if (auto const read = read_what_came(call); !read) return call.failed(read.error());
    return first;
}

}  // namespace

Command command_source_run() {
    return {.name = "source run",
            .summary = "Fetch now what is new at sources",
            .about =
                "Goes on where the last run ended, also after a kill. What is here already is recognised. One that "
                "fails does not keep the others from being fetched; with --json each is a line.",
            .options = {{"--dry-run", "", "only say what would be fetched; changes nothing, here or there"},
                        {"--from-start", "", "as if it were the first time"}},
            .arguments = {{.name = "NAME", .help = "a source, by name or number", .required = true, .many = true}},
            .run = run};
}

}  // namespace tocsin::app
