#include "app/directory_words.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace tocsin::app {
namespace {

using namespace constituency;

constexpr std::size_t shown_changes = 20;

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
                        fmt::format("--format: expected csv, json or rir, found \"{}\"", call.get("--format")));
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

void print_json(Invocation const& call, ImportOptions const& options, ImportSummary const& summary, double seconds) {
    JsonWriter json;
    json.object()
        .field("file", options.name)
        .field("format", name_of(options.format))
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
    json.end().field("seconds", seconds).end();
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

Exit run(Invocation& call) {
    auto const file = call.path(call.arguments[0]);
    auto const bytes = store::read_file(file, std::size_t{256} << 20);
    if (!bytes) return call.failed(bytes.error());
    auto const options = options_of(call, file, *bytes);
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
        print_json(call, *options, *summary, seconds);
    else
        print_words(call, *summary);
    return summary->rejected + summary->conflicts != 0 ? Exit::some_rejected : Exit::done;
}

}  // namespace

Command command_org_import() {
    return {
        .name = "org import",
        .summary = "Import organisations, resources and contacts",
        .about =
            "Good rows are taken as one change that tocsin org undo takes back; bad rows are named with line, "
            "field and what was expected, and make the exit code 3. The formats are shown in "
            "docs/constituency.md.\n\nExamples:\n"
            "  tocsin org import resources.csv --dry-run\n"
            "  tocsin org import directory.json\n"
            "  tocsin org import delegated-afrinic-extended-latest --country KE",
        .options = {{"--format", "FORMAT", "csv, json or rir (a registry's delegated statistics); else by the content"},
                    {"--kind", "KIND", "organisations, resources or contacts; else by the columns"},
                    {"--country", "CODE", "rir: only this country"},
                    {"--replace", "", "also remove what the file does not name"},
                    {"--dry-run", "", "only say what would change"}},
        .arguments = {{"FILE", "at most 256 MiB"}},
        .run = run};
}

}  // namespace tocsin::app
