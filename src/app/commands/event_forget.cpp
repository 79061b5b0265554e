#include "app/directory_words.hpp"
#include "app/instance.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

/// --before, else what the setting says.
Result<Timestamp> horizon_of(Invocation const& call) {
    TRY(auto const given, parse_time_option(call, "--before"));
    if (given) return *given;
    auto const days = call.instance->config().archive_days;
    if (days == 0)
        return fail(Code::invalid, "archive.keep_days keeps everything; say what is to go with --before DATE");
    return call.instance->clock().now() - std::chrono::days(days);
}

Exit run(Invocation& call) {
    auto const before = horizon_of(call);
    if (!before) {
        call.failed(before.error());
        return Exit::usage;
    }
    auto const events = call.instance->events();
    if (!events) return call.failed(events.error());
    bool const is_dry_run = call.has("--dry-run");
    auto const done = is_dry_run ? (*events)->would_forget(*before)
                                 : (*events)->forget_before(access::command_principal(), *before, call.is_cancelled);
    if (!done) return call.failed(done.error());
    if (call.json()) {
        JsonWriter json;
        json.object()
            .field("before", format_date(done->before))
            .field("dry_run", is_dry_run)
            .field("events", done->events)
            .field("rejected", done->rejected)
            .end();
        call.print("{}", json.text());
    } else {
        call.print("{} events and {} rejected rows from before {} {}", done->events, done->rejected,
                   format_date(done->before), is_dry_run ? "would be removed" : "are removed");
    }
    return Exit::done;
}

}  // namespace

Command command_event_forget() {
    return {.name = "event forget",
            .summary = "Remove events and rejected rows from before a day",
            .about =
                "Without --before, what is older than the setting archive.keep_days; the server does that by itself "
                "once a day. Findings, what was said about them, reports' names and counts, and notifications stay. "
                "Can be interrupted: the next call, or the server, goes on. Can't be undone.\n\n"
                "Examples:\n  tocsin event forget --before 2026-01-01 --dry-run\n  tocsin event forget",
            .options = {{"--before", "DATE", "what is older goes; counts from the start of that day, UTC"},
                        {"--dry-run", "", "only count"}},
            .run = run};
}

}  // namespace tocsin::app
