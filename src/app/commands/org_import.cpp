#include "app/conflict_words.hpp"
#include "app/directory_words.hpp"
#include "constituency/sources.hpp"
#include "events/events.hpp"
#include "events/file_source.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace tocsin::app {
namespace {

using namespace constituency;

constexpr std::size_t shown_changes = 20, guessed_from = std::size_t{64} << 10;

/// By its extension, or by what it starts with.
ImportFormat guess_format(std::string_view name, std::string_view bytes) {
    if (name.contains("delegated-")) return ImportFormat::delegated;
    auto const start = trimmed(bytes.substr(0, 200));
    if (start.starts_with('{') || start.starts_with('[')) return ImportFormat::json;
    auto const line = start.substr(0, start.find('\n'));
    return line.starts_with("2") && std::ranges::count(line, '|') >= 5 ? ImportFormat::delegated : ImportFormat::csv;
}

Result<ImportOptions> options_of(Invocation const& call, std::string_view file, std::string_view bytes) {
    ImportOptions options;
    options.name = std::filesystem::path(file).filename().string();
    options.format = guess_format(options.name, bytes);
    if (call.has("--format")) {
        auto const format = import_format(call.get("--format"));
        if (!format)
            return fail(Code::invalid,
                        fmt::format("--format: expected csv, json, rir, rpsl, rdap, peeringdb, intelmq, tuency, "
                                    "cerebrate or security.txt, found \"{}\"",
                                    call.get("--format")));
        options.format = *format;
    }
    if (call.has("--kind")) {
        options.kind = import_kind(call.get("--kind"));
        if (!options.kind)
            return fail(
                Code::invalid,
                fmt::format("--kind: expected organisations, resources or contacts, found \"{}\"", call.get("--kind")));
    }
    options.country = uppered(call.get("--country"));
    options.replace = call.has("--replace");
    return options;
}

void print_faults(Invocation const& call, std::string_view file, ImportSummary const& summary) {
    for (auto const& fault : summary.faults)
        call.tell("{}:{}: {}{}{}", file, fault.line, fault.field, fault.field.empty() ? "" : ": ", fault.expected);
    auto const all = static_cast<std::size_t>(summary.rejected + summary.conflicts);
    if (all > summary.faults.size()) call.tell("... and {} more rows", all - summary.faults.size());
}

void print_json(Invocation const& call, std::string_view name, std::string_view format, ImportSummary const& summary,
                double seconds, SourceSummary const* source) {
    JsonWriter json;
    json.object()
        .field("file", name)
        .field("format", format)
        .field("dry_run", call.has("--dry-run"))
        .field("added", summary.added)
        .field("changed", summary.changed)
        .field("removed", summary.removed)
        .field("unchanged", summary.unchanged)
        .field("rejected", summary.rejected)
        .field("conflicts", summary.conflicts);
    if (summary.change_set) json.field("change", summary.change_set.value);
    json.key("changes").array();
    for (auto const& change : summary.changes)
        json.object().field("change", name_of(change.change)).field("what", change.what).end();
    json.end().key("errors").array();
    for (auto const& fault : summary.faults)
        json.object().field("line", fault.line).field("field", fault.field).field("expected", fault.expected).end();
    json.end();
    if (source != nullptr) {
        json.field("conflicts_asked", source->asked)
            .field("conflicts_waiting", source->waiting)
            .field("conflicts_remembered", source->remembered)
            .field("conflicts_settled", source->settled)
            .field("left_out", source->left_out)
            .key("asked")
            .array();
        for (auto const& conflict : source->conflicts) append(json, conflict);
        json.end();
    }
    json.field("seconds", seconds).end();
    call.print("{}", json.text());
}

void print_words(Invocation const& call, ImportSummary const& summary) {
    std::size_t shown = 0;
    for (auto const& change : summary.changes) {
        if (change.what.empty() || ++shown > shown_changes) break;
        call.print("{:<7} {}", name_of(change.change), change.what);
    }
    auto const all = static_cast<std::size_t>(summary.added + summary.changed + summary.removed);
    if (all > shown_changes) call.print("... and {} more", all - shown_changes);
    call.print("{}{} added, {} changed, {} removed, {} unchanged; {} rows rejected, {} in conflict",
               call.has("--dry-run") ? "Would be: " : "", summary.added, summary.changed, summary.removed,
               summary.unchanged, summary.rejected, summary.conflicts);
    if (summary.change_set) call.print("To take it back: tocsin org undo {}", summary.change_set.value);
}

Exit run_rows(Invocation& call, std::filesystem::path const& file) {
    auto const bytes = store::read_file(file, std::size_t{256} << 20);
    if (!bytes) return call.failed(bytes.error());
    auto const options = options_of(call, file.string(), *bytes);
    if (!options) {
        call.failed(options.error());
        return Exit::usage;
    }
    auto const start = std::chrono::steady_clock::now();
    auto const summary = call.has("--dry-run")
                             ? plan_import(directory_of(call), *bytes, *options)
                             : apply_import(directory_of(call), *bytes, *options, access::command_principal());
    auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!summary) return call.failed(summary.error());
    print_faults(call, call.arguments[0], *summary);
    if (call.json())
        print_json(call, options->name, name_of(options->format), *summary, seconds, nullptr);
    else
        print_words(call, *summary);
    return summary->rejected + summary->conflicts != 0 ? Exit::some_rejected : Exit::done;
}

/// What --format says, or what the file is beyond doubt; none: rows of ours.
Result<std::optional<SourceFormat>> format_of(Invocation const& call, std::filesystem::path const& file) {
    if (call.has("--format")) return source_format(call.get("--format"));
    TRY(auto raw, events::open_file(file));
    TRY(auto inflated, formats::inflate(std::move(raw)));
    std::string start(guessed_from, '\0');
    std::size_t filled = 0;
    while (filled < start.size()) {
        TRY(auto const size, inflated.source->read(std::span(start).subspan(filled)));
        if (size == 0) break;
        filled += size;
    }
    start.resize(filled);
    return guess_source(file.filename().string(), start);
}

Result<SourceOptions> source_options(Invocation const& call, std::filesystem::path const& file, SourceFormat format) {
    SourceOptions options;
    options.name = file.filename().string();
    options.format = format;
    options.source = call.get("--source");
    options.country = call.get("--country");
    TRY(options.as_of, parse_time_option(call, "--as-of"));
    if (call.has("--organisation")) {
        TRY(auto const organisation, directory_of(call).find_organisation(call.get("--organisation")));
        options.organisation = organisation.id;
    }
    if (call.has("--replace"))
        return fail(Code::invalid, "--replace: a source only adds; what it contradicts is shown for a decision");
    return options;
}

void print_source(Invocation const& call, SourceSummary const& summary) {
    print_words(call, summary.rows);
    for (auto const& [why, count] : summary.left_out_why) call.print("Left out: {} ({})", count, why);
    call.print("Conflicts: {} new, {} waiting, {} decided before, {} settled", summary.asked, summary.waiting,
               summary.remembered, summary.settled);
    if (summary.asked + summary.waiting != 0 && !call.has("--dry-run"))
        call.print("To look and decide: tocsin conflict list");
}

Exit run_source(Invocation& call, std::filesystem::path const& file, SourceFormat format) {
    auto const options = source_options(call, file, format);
    if (!options) {
        call.failed(options.error());
        return options.error().code == Code::invalid ? Exit::usage : Exit::failed;
    }
    OpenSource const open = [&] { return events::open_file(file); };
    auto const start = std::chrono::steady_clock::now();
    auto const summary = call.has("--dry-run")
                             ? plan_source(directory_of(call), open, *options)
                             : apply_source(directory_of(call), open, *options, access::command_principal());
    auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!summary) return call.failed(summary.error());
    print_faults(call, call.arguments[0], summary->rows);
    if (call.json())
        print_json(call, options->name, name_of(format), summary->rows, seconds, &*summary);
    else
        print_source(call, *summary);
    return summary->rows.rejected + summary->rows.conflicts != 0 ? Exit::some_rejected : Exit::done;
}

Exit run(Invocation& call) {
    auto const file = call.path(call.arguments[0]);
    auto const format = format_of(call, file);
    if (!format) return call.failed(format.error());
    return *format ? run_source(call, file, **format) : run_rows(call, file);
}

}  // namespace

Command command_org_import() {
    return {
        .name = "org import",
        .summary = "Import organisations, resources and contacts",
        .about =
            "Good rows are taken as one change that tocsin org undo takes back; bad rows are named with line, "
            "field and what was expected, and make the exit code 3. The formats are shown in "
            "docs/constituency.md.\n\nCSV, JSON and rir change the register to what they say. The other formats are "
            "what outside sources say: they only add; where they contradict the register, both sides are kept until "
            "you have decided (tocsin conflict list), and the decision is remembered.\n\nExamples:\n"
            "  tocsin org import resources.csv --dry-run\n"
            "  tocsin org import directory.json\n"
            "  tocsin org import delegated-afrinic-extended-latest --country KE\n"
            "  tocsin org import ripe.db.gz --source RIPE --country XA --as-of 2026-11-20 --dry-run",
        .options = {{"--format", "FORMAT",
                     "csv, json, rir (a registry's delegated statistics), rpsl, rdap, peeringdb, intelmq, tuency, "
                     "cerebrate or security.txt; else by the content"},
                    {"--kind", "KIND", "organisations, resources or contacts; else by the columns"},
                    {"--country", "CODE", "rir, rpsl, rdap, peeringdb, cerebrate: only this country"},
                    {"--source", "NAME", "who says it (\"RIPE\"): decisions are remembered by it; else the format"},
                    {"--as-of", "DATE", "of when it is; else today"},
                    {"--organisation", "ORG", "security.txt: whose; else by its Canonical field"},
                    {"--replace", "", "also remove what the file does not name"},
                    {"--dry-run", "", "only say what would change"}},
        .arguments = {{"FILE", "csv, json, rir: at most 256 MiB; rpsl: any size; may be compressed"}},
        .run = run};
}

}  // namespace tocsin::app
