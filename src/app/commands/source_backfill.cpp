#include "app/instance.hpp"
#include "app/source_words.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

Status order(Invocation& call) {
    auto& sources = call.instance->sources();
    TRY(auto const source, sources.find(call.arguments.front()));
    TRY(auto const from, parse_date(call.get("--from")));
    auto const now = call.instance->clock().now();
    TRY(auto const to, call.has("--to") ? parse_date(call.get("--to")) : Result<Timestamp>(now));
    CHECK(sources.backfill(source.id, from, to, access::command_principal()));
    return wake_fetcher(call);
}

Exit run(Invocation& call) {
    if (auto const done = order(call); !done) return call.failed(done.error());
    call.print("{}", call.json() ? "{\"ordered\":true}"
                                 : "The next run asks for these days too; a running server begins at once");
    return Exit::done;
}

}  // namespace

Command command_source_backfill() {
    return {
        .name = "source backfill",
        .summary = "Ask a source for days that were missed",
        .about =
            "For the Shadowserver API, mailboxes, and addresses with {date} in them. What is here is not taken "
            "again.\n\n  tocsin source backfill shadowserver --from 2026-11-01 --to 2026-11-05",
        .options = {{"--from", "DAY", "the first day", "", true}, {"--to", "DAY", "the last day; without it today"}},
        .arguments = {{"NAME", "the source, by name or number"}},
        .run = run};
}

}  // namespace tocsin::app
