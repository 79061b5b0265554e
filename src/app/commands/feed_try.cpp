#include "app/command.hpp"
#include "app/mapping_words.hpp"
#include "events/events.hpp"
#include "events/file_source.hpp"

#include <filesystem>
#include <fstream>

namespace tocsin::app {
namespace {

constexpr std::size_t shown_of_a_text = 60;

std::string cut(std::string_view text) {
    return json_string(text.size() <= shown_of_a_text ? std::string(text)
                                                      : repaired_utf8(text.substr(0, shown_of_a_text)) + "...");
}

void print_cell(Invocation const& call, events::TriedCell const& cell) {
    if (cell.outcome == "left out") return call.print("    {:<24} left out", cell.column);
    auto const shaped = cell.value == cell.text ? "" : " = " + cut(cell.value);
    if (cell.outcome == "absent")
        return call.print("    {:<24} {}{}  no value for {} ({})", cell.column, cut(cell.text), shaped, cell.field,
                          cell.conversion);
    auto const note = cell.outcome == "put" ? "" : ", " + cell.outcome;
    call.print("    {:<24} {}{} -> {} ({}{})", cell.column, cut(cell.text), shaped, cell.field, cell.conversion, note);
}

void print(Invocation const& call, events::Tried const& tried) {
    call.print("{}: {}\n  recognised: {}\n  format:     {}", tried.feed, tried.title, tried.why, tried.format);
    for (auto const& row : tried.rows) {
        call.print("record {}: {}", row.record, row.outcome);
        for (auto const& cell : row.cells) print_cell(call, cell);
        if (row.outcome == "rejected")
            call.print("    because: {}{}{}", row.field, row.field.empty() ? "" : ": ", row.reason);
        if (row.outcome == "event") call.print("    event: {}", row.event);
    }
    call.print("{} events, {} rejected, {} left out", tried.events, tried.rejected, tried.left_out);
}

Exit run(Invocation& call) {
    auto const rows = parse_int(call.has("--rows") ? call.get("--rows") : "10");
    if (!rows || *rows < 1 || *rows > 1000) {
        call.tell("--rows takes a number from 1 to 1000");
        return Exit::usage;
    }
    events::OpenOptions options;
    auto const& file = call.arguments.front();
    options.name = call.has("--name") ? call.get("--name") : file == "-" ? "" : file;
    options.feed = call.get("--feed");
    auto const mapping = read_mapping(call);
    if (!mapping) return call.failed(mapping.error());
    options.mapping = *mapping;
    auto const catalogue = events::FeedCatalogue::open(feeds_folder(call));
    if (!catalogue) return call.failed(catalogue.error());
    Result<std::unique_ptr<formats::ByteSource>> source = events::standard_input();
    if (file != "-") source = events::open_file(call.path(file));
    if (!source) return call.failed(source.error());
    auto const tried = events::try_feed(std::move(*source), options, *catalogue, static_cast<std::size_t>(*rows));
    if (!tried) return call.failed(tried.error().during(file));
    if (call.json())
        call.print("{}", events::tried_json(*tried));
    else
        print(call, *tried);
    if (!tried->error.empty()) {
        call.tell("{}: {}", file, tried->error);
        return Exit::failed;
    }
    return tried->rejected == 0 ? Exit::done : Exit::some_rejected;
}

}  // namespace

Command command_feed_try() {
    return {
        .name = "feed try",
        .summary = "Show row by row what a feed's definition does with a report; store nothing",
        .about =
            "For each of the first rows: every column, its text, what the mapping makes of it, the field it goes to "
            "and how it is converted, what is left out, and why a row is rejected.\n\n"
            "  tocsin feed try report.csv\n"
            "  tocsin feed try --feed abusech/urlhaus --rows 3 urlhaus.csv\n"
            "  tocsin feed try --mapping our-firewall.toml export.csv",
        .options = {{"--feed", "ID", "the feed; otherwise told by the file's name, then by its content"},
                    {"--mapping", "FILE", "a definition for this file only (docs/add-a-feed.md)"},
                    {"--feeds", "DIR", "more definitions, as DIR/publisher/report.toml"},
                    {"--name", "NAME", "what the file was called, when it no longer is"},
                    {"--rows", "N", "how many, 10 if not given, at most 1000"}},
        .arguments = {{"FILE", "a report, also compressed; - is standard input"}},
        .needs = Needs::nothing,
        .run = run};
}

}  // namespace tocsin::app
