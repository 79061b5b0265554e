#include "app/command.hpp"
#include "app/event_words.hpp"
#include "app/instance.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const format = events::export_format_named(call.get("--format"));
    if (!format) {
        call.tell("--format: expected jsonl, csv or parquet, found \"{}\"", call.get("--format"));
        return Exit::usage;
    }
    auto const filter = event_filter(call);
    if (!filter) return call.failed(filter.error());
    auto const events = call.instance->events();
    if (!events) return call.failed(events.error());
    if (!call.has("--out")) {  // to standard output: only lines can be streamed
        if (*format != events::ExportFormat::jsonl) {
            call.tell("--out FILE is needed for csv and parquet");
            return Exit::usage;
        }
        auto const scanned = (*events)->scan(*filter, [&](std::span<events::StoredEvent const> some) {
            std::string lines;
            for (auto const& event : some) lines.append(event.fields).append("\n");
            call.streams.out(lines);
            return !call.is_cancelled();
        });
        return scanned ? Exit::done : call.failed(scanned.error());
    }
    auto const file = call.path(call.get("--out"));
    auto const count = (*events)->export_to(file, *filter, *format);
    if (!count) return call.failed(count.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("file", file).field("events", *count).end();
        call.print("{}", json.text());
    } else {
        call.tell("{} events written to {}", *count, file);
    }
    return Exit::done;
}

}  // namespace

Command command_export_events() {
    std::vector<Option> options = {{"--format", "FORMAT", "jsonl (IntelMQ Data Format), csv or parquet", "jsonl"},
                                   {"--out", "FILE", "where to; without it jsonl goes to standard output"}};
    auto const filters = event_filter_options();
    options.insert(options.end(), filters.begin(), filters.end());
    return {.name = "export events",
            .summary = "Write stored events to a file",
            .about =
                "CSV and Parquet have the usual fields as columns, and all others in the column \"other\" as JSON. "
                "CSV cells are safe to\nopen in a spreadsheet.\n\n"
                "  tocsin export events --format parquet --out november.parquet --from 2026-11-01 --to 2026-12-01\n"
                "  tocsin export events --address 192.0.2.0/24 --filter malware.name=mirai",
            .options = options,
            .run = run};
}

}  // namespace tocsin::app
