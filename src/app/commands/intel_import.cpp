#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/intelligence_words.hpp"
#include "events/events.hpp"
#include "intelligence/intelligence.hpp"
#include "sharing/sharing.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fmt/ranges.h>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

namespace tocsin::app {
namespace {

/// A file in pieces.
class FileSource final : public formats::RewindableSource {
  public:
    explicit FileSource(std::FILE* file) : file_(file) {}
    ~FileSource() override { std::fclose(file_); }
    FileSource(FileSource const&) = delete;
    Result<std::size_t> read(std::span<char> into) override {
        auto const size = std::fread(into.data(), 1, into.size(), file_);
        if (size == 0 && std::ferror(file_) != 0) return fail(Code::io, "reading the file failed");
        return size;
    }
    Status rewind() override {
        if (std::fseek(file_, 0, SEEK_SET) != 0)
            return fail(Code::io, "MISP events are read twice, and this can't be read again: save it as a file");
        return {};
    }

  private:
    std::FILE* file_;
};

Result<intelligence::ImportRequest> request_of(Invocation const& call) {
    intelligence::ImportRequest request;
    request.source.kind = "import";
    TRY(request.standard, gate::parse_marking(call.get("--marking")));
    if (call.has("--from")) {
        TRY(auto const organisation, call.instance->constituency().directory().find_organisation(call.get("--from")));
        request.source.organisation = organisation.id;
        request.may_relay = true;  // a person says so
    }
    if (call.has("--group")) {
        TRY(auto const group, call.instance->sharing_groups().find(call.get("--group")));
        request.terms.group = group.id;
    }
    if (call.has("--embargo")) {
        TRY(request.terms.embargo, parse_timestamp(call.get("--embargo")));
    }
    request.terms.originator_control = call.has("--originator-control");
    request.is_cancelled = call.is_cancelled;
    if (call.streams.err_is_terminal)
        request.progress = [&call](std::int64_t objects, std::int64_t) {
            call.streams.err(fmt::format("\r\033[K{} objects", objects));
        };
    return request;
}

void print(Invocation const& call, intelligence::ImportTotals const& totals, std::int64_t matches) {
    if (call.streams.err_is_terminal) call.streams.err("\r\033[K");
    if (!call.json()) {
        call.print(
            "{} objects: {} stored, {} known, {} rejected, {} with warnings in {:.1f} s (delivery {}); {} new matches "
            "with events",
            totals.objects, totals.stored, totals.known, totals.rejected, totals.warned, totals.seconds, totals.source,
            matches);
        return;
    }
    JsonWriter json;
    json.object()
        .field("objects", totals.objects)
        .field("stored", totals.stored)
        .field("known", totals.known)
        .field("rejected", totals.rejected)
        .field("warned", totals.warned)
        .field("seconds", totals.seconds)
        .field("delivery", totals.source)
        .field("matches", matches)
        .end();
    call.print("{}", json.text());
}

constexpr std::size_t most_bytes = std::size_t{64} << 20;  ///< of a table, a report, an OpenIOC file
constexpr std::size_t most_pasted = std::size_t{64} << 10;

/// A file by its path, or what was pasted.
struct Input {
    std::string path;  ///< empty: pasted
    std::string name;
};

/// How it begins, for those that are read again. A pipe is taken for STIX.
Result<std::string> format_of(Invocation const& call, Input const& input) {
    auto const given = call.get("--format");
    if (given == "freetext") return "text";
    if (given != "auto") return given;
    if (input.path.empty()) return std::string(sharing::import_format_of(call.input, {}));
    if (!std::filesystem::is_regular_file(input.path)) return "stix";
    std::ifstream file(input.path, std::ios::binary);
    std::string start(std::size_t{64} << 10, '\0');
    file.read(start.data(), static_cast<std::streamsize>(start.size()));
    start.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return std::string(sharing::import_format_of(start, input.name));
}

bool is_report(std::string_view format) {
    return format == "text" || format == "html" || format == "pdf";
}

/// STIX and MISP go in piece by piece.
Result<intelligence::ImportTotals> stream_in(Invocation const& call, Input const& input, bool is_misp,
                                             intelligence::ImportRequest const& request) {
    TRY(auto* const intelligence, call.instance->intelligence());
    if (input.path.empty()) {
        formats::MemorySource pasted{std::string(call.input)};
        if (is_misp) return fail(Code::invalid, "MISP events are read twice: save them as a file");
        return intelligence->import(pasted, request, access::command_principal());
    }
    std::FILE* const file = std::fopen(input.path.c_str(), "rb");
    if (file == nullptr) return fail(Code::not_found, fmt::format("{} can't be opened", input.path));
    FileSource source(file);
    if (!is_misp) return intelligence->import(source, request, access::command_principal());
    sharing::misp::EventSource events(source);
    return intelligence->import(events, request, access::command_principal());
}

Result<sharing::Candidates> candidates_of(Invocation const& call, Input const& input, std::string_view format) {
    std::string text = call.input;
    if (!input.path.empty()) {
        TRY(text, store::read_file(input.path, most_bytes));
    }
    if (format == "openioc") return sharing::candidates_of_openioc(text);
    if (format != "csv") return sharing::candidates_of_report(sharing::report_format_of(format, text), text);
    sharing::TableOptions options;
    if (call.has("--columns"))
        for (auto const name : split(call.get("--columns"), ',')) options.columns.emplace_back(trimmed(name));
    return sharing::candidates_of_table(text, options);
}

/// The numbers of "1,4-6", from 1. Errors: Code::invalid.
Result<std::set<std::size_t>> numbers_of(std::string_view text, std::size_t most) {
    std::set<std::size_t> numbers;
    for (auto const part : split(text, ',')) {
        auto const dash = part.find('-');
        auto const first = parse_int(trimmed(part.substr(0, dash)));
        auto const last = dash == std::string_view::npos ? first : parse_int(trimmed(part.substr(dash + 1)));
        if (!first || !last || *first < 1 || *last < *first || std::cmp_greater(*last, most))
            return fail(Code::invalid, fmt::format("--only: expected numbers from 1 to {}, such as 1,4-6", most));
        for (auto i = *first; i <= *last; ++i) numbers.insert(static_cast<std::size_t>(i));
    }
    return numbers;
}

std::string one_line(std::string_view text, std::size_t most) {
    return formats::detection::plain(text.substr(0, std::min(text.find('\n'), most)));
}

void show(Invocation const& call, Input const& input, sharing::Candidates const& all) {
    if (call.json()) {
        JsonWriter json;
        json.object().field("file", input.name).key("candidates").array();
        for (std::size_t i = 0; i < all.found.size(); ++i) {
            auto const& one = all.found[i];
            json.object().field("number", std::uint64_t{i + 1}).field("kind", one.kind).field("value", one.value);
            json.field("line", one.line).field("count", std::int64_t{one.count}).field("comment", one.comment);
            json.key("known_good").array();
            for (auto const& list : one.known_good) json.value(list);
            json.end().end();
        }
        json.end().key("aside").array();
        for (auto const& one : all.aside)
            json.object().field("line", one.line).field("field", one.field).field("expected", one.expected).end();
        json.end().field("left_out", std::uint64_t{all.left_out}).end();
        call.print("{}", json.text());
        return;
    }
    for (std::size_t i = 0; i < all.found.size(); ++i) {
        auto const& one = all.found[i];
        call.print("{:>4}  line {:<6} {:<10} {}{}", i + 1, one.line, one.kind, one_line(one.value, 120),
                   one.known_good.empty() ? "" : fmt::format("  known good: {}", fmt::join(one.known_good, ", ")));
    }
    for (auto const& one : all.aside)
        call.print("   -  {} line {}: {}: expected {}", input.name, one.line, one.field, one.expected);
    if (all.left_out > 0) call.tell("{} more are beyond the limit", all.left_out);
}

/// Which of them are wanted. Of reports nobody has chosen yet: values that are known to be good are not among all.
Status choose(Invocation const& call, sharing::Candidates& all, bool is_of_report) {
    if (call.has("--only")) {
        TRY(auto const numbers, numbers_of(call.get("--only"), all.found.size()));
        std::vector<sharing::Candidate> chosen;
        for (auto const number : numbers) chosen.push_back(std::move(all.found[number - 1]));
        all.found = std::move(chosen);
        return {};
    }
    if (!is_of_report || call.has("--even-known-good")) return {};
    auto const gone = std::erase_if(all.found, [](auto const& one) { return !one.known_good.empty(); });
    if (gone > 0) call.tell("{} values that known-good lists hold are left out; --even-known-good takes them", gone);
    return {};
}

/// What must be looked at before it is stored. Nothing: it was only shown.
Result<std::optional<intelligence::ImportTotals>> choose_and_keep(Invocation const& call, Input const& input,
                                                                  std::string_view format,
                                                                  intelligence::ImportRequest const& request) {
    TRY(auto all, candidates_of(call, input, format));
    TRY(auto const* const known_good, call.instance->known_good());
    all.compare(*known_good);
    bool const is_of_report = is_report(format);
    bool const is_decided = !is_of_report || call.has("--yes") || call.has("--only");
    if (call.has("--dry-run") || !is_decided) {
        show(call, input, all);
        if (!call.has("--dry-run"))
            call.tell("Nothing was stored. --yes stores what is not known to be good, --only 1,4-6 what you choose.");
        return std::nullopt;
    }
    for (auto const& one : all.found)
        if (!is_of_report && !one.known_good.empty())
            call.tell("warning: {} line {}: {} is known to be good: {}", input.name, one.line, one.value,
                      fmt::join(one.known_good, ", "));
    CHECK(choose(call, all, is_of_report));
    TRY(auto* const intelligence, call.instance->intelligence());
    sharing::Maker const maker{
        .team = call.instance->config().team_name, .marking = request.standard, .now = call.instance->clock().now()};
    TRY(auto const totals, sharing::keep(*intelligence, all, maker, request, access::command_principal()));
    return totals;
}

/// A folder is a MISP feed: its manifest names the files, by UUIDs and nothing else.
Result<std::vector<std::string>> files_of(std::string const& path) {
    if (!std::filesystem::is_directory(path)) return std::vector{path};
    std::ifstream file(path + "/manifest.json", std::ios::binary);
    if (!file) return fail(Code::not_found, fmt::format("{}/manifest.json can't be opened", path));
    std::string const manifest(std::istreambuf_iterator<char>(file), {});
    TRY(auto const entries, formats::misp::read_manifest(manifest));
    std::vector<std::string> files;
    for (auto const& entry : entries) files.push_back(fmt::format("{}/{}.json", path, entry.uuid));
    return files;
}

Result<std::vector<Input>> inputs_of(Invocation const& call) {
    std::vector<Input> inputs;
    for (auto const& word : call.arguments) {
        if (word == "-") {
            inputs.push_back({.path = {}, .name = "standard input"});
            continue;
        }
        auto files = files_of(call.path(word));
        if (!files) return std::unexpected(files.error().during(word));
        for (auto& path : *files) {
            auto name = std::filesystem::path(path).filename().string();
            inputs.push_back({.path = std::move(path), .name = std::move(name)});
        }
    }
    return inputs;
}

void add(intelligence::ImportTotals& sum, intelligence::ImportTotals const& totals) {
    sum.source = totals.source;
    sum.objects += totals.objects;
    sum.stored += totals.stored;
    sum.known += totals.known;
    sum.rejected += totals.rejected;
    sum.warned += totals.warned;
    sum.seconds += totals.seconds;
}

/// Adds what came of one file. False: it was only shown.
Result<bool> take_in(Invocation const& call, Input const& input, intelligence::ImportRequest const& request,
                     intelligence::ImportTotals& sum) {
    TRY(auto const format, format_of(call, input));
    if (format == "stix" || format == "misp") {
        if (call.has("--dry-run"))
            return fail(Code::invalid, "--dry-run: tocsin intel validate tells what a STIX or MISP file would bring");
        TRY(auto const totals, stream_in(call, input, format == "misp", request));
        add(sum, totals);
        return true;
    }
    TRY(auto const totals, choose_and_keep(call, input, format, request));
    if (totals) add(sum, *totals);
    return totals.has_value();
}

Exit run(Invocation& call) {
    static constexpr std::string_view formats[] = {"auto", "stix", "misp", "csv",     "openioc",
                                                   "text", "pdf",  "html", "freetext"};
    if (std::ranges::find(formats, call.get("--format")) == std::end(formats)) {
        call.tell("--format: expected one of {}; found \"{}\"", fmt::join(formats, ", "), call.get("--format"));
        return Exit::usage;
    }
    auto request = request_of(call);
    if (!request) return call.failed(request.error());
    auto const inputs = inputs_of(call);
    if (!inputs) return call.failed(inputs.error());
    intelligence::ImportTotals sum;
    bool has_stored = false;
    for (auto const& input : *inputs) {
        request->source.name = input.name;
        auto const taken = take_in(call, input, *request, sum);
        if (!taken) return call.failed(taken.error().during(input.path.empty() ? input.name : input.path));
        has_stored = has_stored || *taken;
    }
    if (!has_stored) return Exit::done;
    // What it meets of the archive becomes findings now, not only when a server runs.
    auto const matched = call.instance->match(call.is_cancelled);
    if (!matched) return call.failed(matched.error());
    auto const events = call.instance->events();
    if (!events) return call.failed(events.error());
    if (auto const done = (*events)->process_pending(call.is_cancelled); !done) return call.failed(done.error());
    print(call, sum, matched->matches);
    return sum.rejected > 0 ? Exit::some_rejected : Exit::done;
}

/// What is pasted, where the caller is.
Result<std::string> read_pasted(Invocation const& call) {
    if (std::ranges::find(call.arguments, "-") == call.arguments.end()) return std::string();
    std::string text(most_pasted + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), stdin));
    if (text.size() > most_pasted)
        return fail(Code::limit, fmt::format("more than {} bytes on standard input: save it as a file", most_pasted));
    return text;
}

}  // namespace

Command command_intel_import() {
    return {.name = "intel import",
            .summary = "Take in STIX objects, MISP events, tables, OpenIOC, or indicators found in reports",
            .about =
                "STIX objects (bundles, envelopes, arrays, JSON lines) and MISP events (also a feed's folder) are kept "
                "as they came.\nTables have a header: value, type, comment, labels, valid_until, confidence. Of text, "
                "HTML and PDF the indicators\nfound are shown first; --yes or --only stores them. What carries no TLP "
                "gets --marking. What can't be taken is kept\naside with its reason (tocsin intel rejected). The same "
                "file again stores nothing twice.\n\n"
                "  tocsin intel import --json attack.json\n"
                "  tocsin intel import --from \"CIRT of Northland\" --marking TLP:AMBER bundle.json\n"
                "  tocsin intel import report.pdf\n"
                "  tocsin intel import --only 1,4-6 report.pdf",
            .options = {{"--format", "FORMAT", "stix, misp, csv, openioc, text, pdf, html, freetext", "auto"},
                        {"--marking", "MARKING", "of what carries none: TLP:GREEN, \"TLP:AMBER PAP:RED\"", "TLP:AMBER"},
                        {"--from", "ORGANISATION", "whom it came from; without it, it is ours"},
                        {"--group", "GROUP", "only for the members of this sharing group"},
                        {"--embargo", "TIME", "nobody outside the team before then"},
                        {"--originator-control", "", "nobody outside the team without the originator's consent"},
                        {"--columns", "NAMES", "of a table without a header: value,type,-,comment"},
                        {"--dry-run", "", "show what would be stored of a table, OpenIOC file or report"},
                        {"--yes", "", "store all that is found in a report"},
                        {"--only", "NUMBERS", "store only these of what is shown: 1,4-6"},
                        {"--even-known-good", "", "with --yes, also what known-good lists hold"}},
            .arguments = {{"FILE", "what to take in; - for standard input", true, true}},
            .input = read_pasted,
            .run = run};
}

}  // namespace tocsin::app
