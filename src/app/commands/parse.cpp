#include "app/command.hpp"
#include "app/mapping_words.hpp"
#include "events/events.hpp"
#include "events/file_source.hpp"

#include <filesystem>
#include <fstream>

namespace tocsin::app {
namespace {

constexpr std::size_t flush_at = std::size_t{256} << 10;

struct Counts {
    std::uint64_t events = 0;
    std::uint64_t rejected = 0;
};

/// `raw` of an event: the header and its record, so that it can be parsed again by itself.
void append_raw(std::string& json, std::string_view header, std::string_view record) {
    std::string text(header);
    if (!text.empty()) text += '\n';
    text += record;
    json.pop_back();
    if (json.size() > 1) json += ',';
    json += "\"raw\":\"" + to_base64(text) + "\"}";
}

void print(Invocation const& call, events::Parsed const& parsed, std::string_view header, std::string_view file) {
    std::string lines;
    bool const with_raw = call.has("--raw");
    for (std::size_t row = 0; row < parsed.batch.size(); ++row) {
        std::string json;
        parsed.batch.append_json(json, row);
        if (with_raw && !parsed.batch.has(row, events::Field::raw)) append_raw(json, header, parsed.batch.raw(row));
        lines += json;
        lines += '\n';
        if (lines.size() < flush_at) continue;
        call.streams.out(lines);
        lines.clear();
    }
    if (!lines.empty()) call.streams.out(lines);
    for (auto const& row : parsed.rejected) call.streams.err(events::rejected_json(row, file) + "\n");
}

Status parse_file(Invocation const& call, std::string const& file, events::OpenOptions const& base,
                  events::FeedCatalogue const& catalogue, Counts& counts) {
    auto options = base;
    if (options.name.empty() && file != "-") options.name = file;
    std::unique_ptr<formats::ByteSource> source = events::standard_input();
    if (file != "-") {
        TRY(source, events::open_file(call.path(file)));
    }
    TRY(auto report, events::open_report(std::move(source), options, catalogue));
    while (!call.is_cancelled()) {
        TRY(auto chunk, report.next());
        if (!chunk) return {};
        auto const parsed = events::parse(std::move(*chunk), report.plan());
        counts.events += parsed.batch.size();
        counts.rejected += parsed.rejected.size();
        print(call, parsed, report.header(), file);
    }
    return {};
}

Exit run(Invocation& call) {
    events::OpenOptions options;
    options.name = call.get("--name");
    options.feed = call.get("--feed");
    if (!options.name.empty() && call.arguments.size() > 1) {
        call.tell("--name says what one file was called; give one FILE with it");
        return Exit::usage;
    }
    auto mapping = read_mapping(call);
    if (!mapping) return call.failed(mapping.error());
    options.mapping = *mapping;
    auto const catalogue = events::FeedCatalogue::open(feeds_folder(call));
    if (!catalogue) return call.failed(catalogue.error());
    if (!options.feed.empty())
        if (auto const known = catalogue->find(options.feed); !known) return call.failed(known.error());
    Counts counts;
    bool failed = false;
    for (auto const& file : call.arguments) {
        if (auto const done = parse_file(call, file, options, *catalogue, counts); !done) {
            call.failed(done.error().during(file));
            failed = true;
        }
    }
    if (failed) return Exit::failed;
    return counts.rejected == 0 ? Exit::done : Exit::some_rejected;
}

}  // namespace

Command command_parse() {
    return {
        .name = "parse",
        .summary = "Print the events of reports as JSON lines; store nothing",
        .about =
            "Each event is one line in the IntelMQ Data Format, with flat dotted keys and without enrichment. Rows "
            "that are no events go to\n"
            "standard error, one JSON object a line, with the record's number, the field and what was expected.\n\n"
            "  tocsin parse 2026-11-23-scan_telnet-123-sample-asn.csv.gz\n"
            "  tocsin parse --feed blocklist/all list.txt\n"
            "  tocsin parse --mapping our-firewall.toml export.csv\n"
            "  zcat report.gz | tocsin parse --name 2026-11-23-scan_rdp-sample.csv -",
        .options = {{"--name", "NAME", "what the file was called, when it no longer is; tells the feed and its date"},
                    {"--feed", "ID", "the feed, as shadowserver/scan_telnet; otherwise told by name, then by header"},
                    {"--mapping", "FILE", "a definition for this file only (docs/add-a-feed.md)"},
                    {"--feeds", "DIR", "more definitions, as DIR/publisher/report.toml"},
                    {"--raw", "", "add the record itself, as base64 in raw"}},
        .arguments = {{"FILE", "a report, also compressed with gzip, zip or zstd; - is standard input", true, true}},
        .needs = Needs::nothing,
        .run = run};
}

}  // namespace tocsin::app
