#include "app/command.hpp"
#include "app/event_words.hpp"
#include "app/instance.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

Status record(Invocation const& call, events::Scope const& scope, std::string const& file,
              events::Extent const& extent) {
    return call.instance->ledger().write([&](store::Transaction& tx) {
        return gate::Gate::record(tx, access::command_principal(), call.instance->clock().now(), scope,
                                  {.id = file.empty() ? "standard output" : file,
                                   .query = words_of_event_filter(call),
                                   .count = extent.count,
                                   .strictest = extent.strictest,
                                   .door = "file"});
    });
}

/// Only lines can be streamed.
Status stream_lines(Invocation const& call, events::Events const& events, events::EventFilter const& filter) {
    auto const scope = scope_of_commands(*call.instance);
    TRY(auto const extent, events.extent(scope, filter));
    CHECK(record(call, scope, "", extent));
    return events.scan(scope, filter, [&](std::span<events::StoredEvent const> some) {
        std::string lines;
        for (auto const& event : some) lines.append(event.fields).append("\n");
        call.streams.out(lines);
        return !call.is_cancelled();
    });
}

Result<events::Extent> write_file(Invocation const& call, events::Events const& events,
                                  events::EventFilter const& filter, events::ExportFormat format,
                                  std::string const& file) {
    auto const scope = scope_of_commands(*call.instance);
    TRY(auto const extent, events.export_to(scope, file, filter, format, call.get("--reporter")));
    CHECK(record(call, scope, file, extent));
    return extent;
}

Exit run(Invocation& call) {
    auto const format = events::export_format_named(call.get("--format"));
    if (!format) {
        call.tell("--format: expected jsonl, csv, parquet, idea, xarf or xarf-yaml, found \"{}\"",
                  call.get("--format"));
        return Exit::usage;
    }
    bool const is_xarf = *format == events::ExportFormat::xarf || *format == events::ExportFormat::xarf_yaml;
    if (is_xarf && !call.get("--reporter").contains('@')) {
        call.tell("--reporter ADDRESS is needed: an X-ARF report names who sends it");
        return Exit::usage;
    }
    auto const filter = event_filter(call);
    if (!filter) return call.failed(filter.error());
    auto const events = call.instance->events();
    if (!events) return call.failed(events.error());
    if (!call.has("--out")) {
        if (*format != events::ExportFormat::jsonl) {
            call.tell("--out FILE is needed for all formats but jsonl");
            return Exit::usage;
        }
        auto const streamed = stream_lines(call, **events, *filter);
        return streamed ? Exit::done : call.failed(streamed.error());
    }
    auto const file = call.path(call.get("--out"));
    auto const extent = write_file(call, **events, *filter, *format, file);
    if (!extent) return call.failed(extent.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("file", file).field("events", extent->count).end();
        call.print("{}", json.text());
    } else {
        call.tell("{} events written to {}", extent->count, file);
    }
    return Exit::done;
}

}  // namespace

Command command_export_events() {
    std::vector<Option> options = {
        {"--format", "FORMAT",
         "jsonl (IntelMQ Data Format), csv, parquet, idea (IDEA0), xarf (X-ARF 4) or xarf-yaml (X-ARF 0.2)", "jsonl"},
        {"--reporter", "ADDRESS", "of X-ARF: the mail address that the reports name"},
        {"--out", "FILE", "where to; without it jsonl goes to standard output"}};
    auto const filters = event_filter_options();
    options.insert(options.end(), filters.begin(), filters.end());
    return {.name = "export events",
            .summary = "Write stored events to a file",
            .about =
                "CSV and Parquet have the usual fields as columns, and all others in the column \"other\" as JSON. "
                "CSV cells are safe to\nopen in a spreadsheet. The export is entered in the disclosure log, with the "
                "filter.\n\n"
                "  tocsin export events --format parquet --out november.parquet --from 2026-11-01 --to 2026-12-01\n"
                "  tocsin export events --address 192.0.2.0/24 --filter malware.name=mirai",
            .options = options,
            .run = run};
}

}  // namespace tocsin::app
