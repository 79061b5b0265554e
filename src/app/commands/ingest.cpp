#include "app/command.hpp"
#include "app/instance.hpp"
#include "events/events.hpp"
#include "intelligence/intelligence.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace tocsin::app {
namespace {

namespace fs = std::filesystem;

/// Files as named, and those in folders (hidden ones left out), in order of their names.
Result<std::vector<fs::path>> files_of(Invocation const& call) {
    std::vector<fs::path> files;
    for (auto const& word : call.arguments) {
        fs::path const path = call.path(word);
        std::error_code fault;
        if (!fs::is_directory(path, fault)) {
            if (!fs::exists(path, fault)) return fail(Code::not_found, fmt::format("{} does not exist", path.string()));
            files.push_back(path);
            continue;
        }
        std::vector<fs::path> inside;
        for (auto const& entry : fs::recursive_directory_iterator(path, fault))
            if (entry.is_regular_file(fault) && !entry.path().filename().string().starts_with('.'))
                inside.push_back(entry.path());
        if (fault) return fail(Code::io, fmt::format("reading the folder {}: {}", path.string(), fault.message()));
        std::ranges::sort(inside);
        files.insert(files.end(), inside.begin(), inside.end());
    }
    return files;
}

Result<std::shared_ptr<events::FeedDefinition const>> mapping_of(Invocation const& call) {
    if (!call.has("--mapping")) return nullptr;
    auto const path = call.path(call.get("--mapping"));
    TRY(auto const text, store::read_file(path, std::size_t{1} << 20));
    TRY(auto mapping, events::read_feed_definition("mapping/" + fs::path(path).stem().string(), {path, text}));
    return std::make_shared<events::FeedDefinition const>(std::move(mapping));
}

/// One line on a terminal that is written over and over; failures and redeliveries as lines of their own.
void show_progress(Invocation const& call, events::Report const& report) {
    auto const end = call.streams.err_is_terminal ? "\r\033[K" : "";
    if (report.state == events::ReportState::failed) {
        call.streams.err(fmt::format("{}{}: {}\n", end, report.name, report.error));
    } else if (report.state == events::ReportState::redelivered) {
        call.streams.err(fmt::format("{}{}: came before, nothing new\n", end, report.name));
    } else if (call.streams.err_is_terminal) {
        call.streams.err(fmt::format("{}{} {:3.0f} %  {} events, {} duplicates, {} rejected", end, report.name,
                                     report.progress * 100, report.events, report.duplicates, report.rejected));
        if (report.state == events::ReportState::done) call.streams.err("\n");
    }
}

void print_totals(Invocation const& call, events::Totals const& totals) {
    if (!call.json()) {
        call.print("{} reports: {} events, {} duplicates, {} rejected, {} attributed in {:.1f} s", totals.reports,
                   totals.events, totals.duplicates, totals.rejected, totals.attributed, totals.seconds);
        return;
    }
    JsonWriter json;
    json.object()
        .field("reports", totals.reports)
        .field("events", totals.events)
        .field("duplicates", totals.duplicates)
        .field("rejected", totals.rejected)
        .field("attributed", totals.attributed)
        .field("seconds", totals.seconds)
        .end();
    call.print("{}", json.text());
}

Exit run(Invocation& call) {
    auto const files = files_of(call);
    if (!files) return call.failed(files.error());
    if (call.has("--name") && files->size() != 1) {
        call.tell("--name says what one file was called; give one FILE with it");
        return Exit::usage;
    }
    auto mapping = mapping_of(call);
    if (!mapping) return call.failed(mapping.error());
    auto const events = call.instance->events();
    if (!events) return call.failed(events.error());
    events::IngestRequest const request{.feed = call.get("--feed"),
                                        .name = call.get("--name"),
                                        .mapping = *std::move(mapping),
                                        .progress = [&](events::Report const& r) { show_progress(call, r); },
                                        .is_cancelled = call.is_cancelled};
    auto const totals = (*events)->ingest(*files, request);
    if (!totals) return call.failed(totals.error());
    // What met an indicator becomes findings now, not only when a server runs.
    if (auto const went = call.instance->match(call.is_cancelled); !went) return call.failed(went.error());
    if (auto const done = (*events)->process_pending(call.is_cancelled); !done) return call.failed(done.error());
    print_totals(call, *totals);
    if (totals->failed > 0) return Exit::failed;
    return totals->rejected > 0 ? Exit::some_rejected : Exit::done;
}

}  // namespace

Command command_ingest() {
    return {
        .name = "ingest",
        .summary = "Take in reports: parse, enrich, attribute, deduplicate, store",
        .about =
            "Files are read where they are. When a run is interrupted, the same call goes on behind what was "
            "stored: nothing is\ndoubled, nothing lost. A report that came before is recognised by its "
            "content. Rejected rows are kept (tocsin feed rejected).\n\n"
            "  tocsin ingest reports/\n"
            "  tocsin ingest --json 2026-11-23-scan_telnet-sample.csv.gz\n"
            "  tocsin ingest --feed blocklist/all list.txt",
        .options = {{"--feed", "ID", "the feed, as shadowserver/scan_telnet; otherwise told by name, then by header"},
                    {"--name", "NAME", "what the file was called, when it no longer is"},
                    {"--mapping", "FILE", "a definition for these files only (docs/add-a-feed.md)"}},
        .arguments = {{"FILE", "a report, or a folder of reports", true, true}},
        .run = run};
}

}  // namespace tocsin::app
