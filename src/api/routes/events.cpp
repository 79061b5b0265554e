#include "events/events.hpp"

#include "api/export.hpp"
#include "api/filters.hpp"
#include "api/render_events.hpp"

#include <array>
#include <charconv>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

/// Events: search, count, aggregate, export.
namespace tocsin::api {

namespace {

events::EventOrder order_of(Call const& call) {
    return call.query("sort").value_or("-time") == "time" ? events::EventOrder::oldest_first
                                                          : events::EventOrder::newest_first;
}

Reply events_list(Call& call) {
    TRY(auto const filter, event_filter(call.target));
    TRY(auto page, call.doors().events->search(scope_of(call), filter, order_of(call),
                                               {.after = call.after(), .limit = call.limit()}));
    TRY(auto const names, Names::of(call));
    return page_of(cleared(call, std::move(page.items)), page.next,
                   [&](JsonWriter& json, gate::Cleared<events::StoredEvent> const& event) { put(json, event, names); });
}

Reply events_count(Call& call) {
    TRY(auto const filter, event_filter(call.target));
    TRY(auto const count, call.doors().events->count(scope_of(call), filter));
    return count_of(count);
}

Reply events_aggregate(Call& call) {
    TRY(auto const filter, event_filter(call.target));
    TRY(auto const request, aggregate_request(call.target));
    TRY(auto const aggregate, call.doors().events->aggregate(scope_of(call), filter, request));
    TRY(auto const names, Names::of(call));
    return aggregate_answer(aggregate, request, names);
}

Reply events_get(Call& call) {
    auto const text = std::string_view(call.path("id"));
    std::uint64_t id = 0;
    auto const digits = text.starts_with("e-") ? text.substr(2) : text;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id, 16);
    if (error != std::errc() || end != digits.data() + digits.size())
        return fail(Code::not_found, "there is no such event");
    TRY(auto stored, call.doors().events->event(scope_of(call), id));
    TRY(auto const event, cleared(call, std::move(stored)));
    TRY(auto const names, Names::of(call));
    JsonWriter json;
    put(json, event, names);
    return json_answer(std::move(json));
}

Reply events_pattern(Call& call) {
    intelligence::PatternQuestion question{.pattern = call.text_or("pattern", ""),
                                           .from = call.now() - std::chrono::days(30),
                                           .to = call.now() + std::chrono::days(1),
                                           .limit = static_cast<std::size_t>(call.number("limit").value_or(100)),
                                           .after = call.text_or("after", "")};
    if (auto const from = call.text("from")) {
        TRY(question.from, parse_timestamp(*from));
    }
    if (auto const to = call.text("to")) {
        TRY(question.to, parse_timestamp(*to));
    }
    TRY(auto page, intelligence::PatternSearch(*call.doors().events).find(scope_of(call), question));
    TRY(auto const names, Names::of(call));
    JsonWriter json;
    json.object().key("items").array();
    for (auto& hit : page.hits) {
        json.object().field_or_null("source", hit.source).key("events").array();
        for (auto const& event : cleared(call, std::move(hit.events))) put(json, event, names);
        json.end().end();
    }
    json.end()
        .field_or_null("next", page.next)
        .field("looked_at", page.looked_at)
        .field("looked_from", page.looked_from)
        .field("is_over_several", page.is_over_several)
        .end();
    return json_answer(std::move(json));
}

struct EventExport {
    events::Scope scope;
    events::EventFilter filter;
    events::EventOrder order;
    events::ExportFormat format;
    Download download;
};

/// JSON lines come page by page, each page through the gate, in the order that is seen.
Status write_jsonl(House const& house, EventExport const& wanted, net::BodyWriter& out) {
    BufferedWriter writer(out);
    std::string after;
    do {
        TRY(auto page,
            house.doors.events->search(wanted.scope, wanted.filter, wanted.order, {.after = after, .limit = 1000}));
        auto const sifted = house.doors.gate->sift(std::move(page.items), wanted.scope.recipient());
        for (auto const& event : sifted.cleared) CHECK(writer.write(event->fields + "\n"));
        after = std::move(page.next);
    } while (!after.empty());
    return writer.flush();
}

/// CSV and Parquet are written by the archive itself, within the scope, and leave when they are whole and on record.
Status write_file(House const& house, EventExport const& wanted, net::BodyWriter& out) {
    auto name = (*house.doors.directory / "export-XXXXXX").string();
    auto const made = ::mkostemp(name.data(), O_CLOEXEC);
    if (made < 0) return fail(Code::io, "no file for the export can be made in the data directory");
    ::close(made);
    auto const status = [&]() -> Status {
        TRY(auto const extent, house.doors.events->export_to(wanted.scope, name, wanted.filter, wanted.format));
        CHECK(wanted.download.record(house, wanted.scope, extent));
        auto const file = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
        if (file < 0) return fail(Code::io, "the export can't be read back");
        std::array<char, 64 << 10> space;
        Status written;
        while (written) {
            auto const count = ::read(file, space.data(), space.size());
            if (count <= 0) break;
            written = out.write({space.data(), static_cast<std::size_t>(count)});
        }
        ::close(file);
        return written;
    }();
    ::unlink(name.c_str());
    return status;
}

std::string_view media_type_of(events::ExportFormat format) {
    switch (format) {
        case events::ExportFormat::jsonl:
            return "application/x-ndjson";
        case events::ExportFormat::csv:
            return "text/csv; charset=utf-8";
        case events::ExportFormat::parquet:
            return "application/vnd.apache.parquet";
        case events::ExportFormat::idea:
        case events::ExportFormat::xarf:
            return "application/x-ndjson";
        case events::ExportFormat::xarf_yaml:
            return "application/yaml";
    }
    return "";
}

Reply events_export(Call& call) {
    TRY(auto filter, event_filter(call.target));
    auto const name = call.query("format").value_or("jsonl");
    auto const format = events::export_format_named(name);
    if (!format) return fail(Code::invalid, "format: expected jsonl, csv, parquet or idea");
    auto& house = call.house;
    EventExport wanted{.scope = scope_of(call),
                       .filter = std::move(filter),
                       .order = order_of(call),
                       .format = *format,
                       .download = Download::of(call, fmt::format("events.{}", name))};
    if (*format == events::ExportFormat::jsonl) {
        TRY(auto const extent, house.doors.events->extent(wanted.scope, wanted.filter));
        CHECK(wanted.download.record(house, wanted.scope, extent));
    }
    auto const file_name = wanted.download.file_name;
    return download(file_name, media_type_of(*format), [&house, wanted = std::move(wanted)](net::BodyWriter& out) {
        return wanted.format == events::ExportFormat::jsonl ? write_jsonl(house, wanted, out)
                                                            : write_file(house, wanted, out);
    });
}

}  // namespace

void routes_events(Router& router) {
    router.answer("events_list", events_list);
    router.answer("events_pattern", events_pattern);
    router.answer("events_count", events_count);
    router.answer("events_aggregate", events_aggregate);
    router.answer("events_get", events_get);
    router.answer("events_export", events_export);
}

}  // namespace tocsin::api
