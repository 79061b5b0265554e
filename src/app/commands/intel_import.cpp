#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/intelligence_words.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

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

/// MISP events are told from STIX by how they begin; a pipe is taken for STIX.
Result<bool> holds_misp_events(FileSource& source, std::string const& path) {
    if (!std::filesystem::is_regular_file(path)) return false;
    std::string start(std::size_t{64} << 10, '\0');
    TRY(auto const size, source.read(start));
    CHECK(source.rewind());
    return formats::misp::looks_like_events(std::string_view(start).substr(0, size));
}

Result<intelligence::ImportTotals> take_in(intelligence::Intelligence& intelligence, FileSource& source,
                                           std::string const& path, intelligence::ImportRequest const& request) {
    TRY(bool const is_misp, holds_misp_events(source, path));
    if (!is_misp) return intelligence.import(source, request, access::command_principal());
    sharing::misp::EventSource events(source);
    return intelligence.import(events, request, access::command_principal());
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

Exit run(Invocation& call) {
    auto request = request_of(call);
    if (!request) return call.failed(request.error());
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    intelligence::ImportTotals sum;
    std::vector<std::string> paths;
    for (auto const& word : call.arguments) {
        auto files = files_of(call.path(word));
        if (!files) return call.failed(files.error().during(word));
        std::ranges::move(*files, std::back_inserter(paths));
    }
    for (auto const& path : paths) {
        std::FILE* const file = std::fopen(path.c_str(), "rb");
        if (file == nullptr) return call.failed({Code::not_found, fmt::format("{} can't be opened", path)});
        FileSource source(file);
        request->source.name = std::filesystem::path(path).filename().string();
        auto const totals = take_in(**intelligence, source, path, *request);
        if (!totals) return call.failed(totals.error().during(path));
        sum.source = totals->source;
        sum.objects += totals->objects;
        sum.stored += totals->stored;
        sum.known += totals->known;
        sum.rejected += totals->rejected;
        sum.warned += totals->warned;
        sum.seconds += totals->seconds;
    }
    // What it meets of the archive becomes findings now, not only when a server runs.
    auto const matched = call.instance->match(call.is_cancelled);
    if (!matched) return call.failed(matched.error());
    auto const events = call.instance->events();
    if (!events) return call.failed(events.error());
    if (auto const done = (*events)->process_pending(call.is_cancelled); !done) return call.failed(done.error());
    print(call, sum, matched->matches);
    return sum.rejected > 0 ? Exit::some_rejected : Exit::done;
}

}  // namespace

Command command_intel_import() {
    return {.name = "intel import",
            .summary = "Take in STIX 2.1 objects (bundles, envelopes, arrays, JSON lines) or MISP events",
            .about =
                "Objects are kept as they came. What carries no TLP gets --marking. What can't be taken is kept "
                "aside with its reason\n(tocsin intel rejected). The same file again stores nothing twice.\n\n"
                "  tocsin intel import --json attack.json\n"
                "  tocsin intel import --from \"CIRT of Northland\" --marking TLP:AMBER bundle.json",
            .options = {{"--marking", "MARKING", "of what carries none: TLP:GREEN, \"TLP:AMBER PAP:RED\"", "TLP:AMBER"},
                        {"--from", "ORGANISATION", "whom it came from; without it, it is ours"},
                        {"--group", "GROUP", "only for the members of this sharing group"},
                        {"--embargo", "TIME", "nobody outside the team before then"},
                        {"--originator-control", "", "nobody outside the team without the originator's consent"}},
            .arguments = {{"FILE", "what to take in", true, true}},
            .run = run};
}

}  // namespace tocsin::app
