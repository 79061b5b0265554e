#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/intelligence_words.hpp"
#include "intelligence/intelligence.hpp"
#include "sharing/sharing.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tocsin::app {
namespace {

namespace detection = formats::detection;

/// What is exported, whatever the format.
struct Wanted {
    intelligence::ObjectFilter filter;
    std::string title = "Tocsin detection export";
    std::string collection;  ///< uuid
    gate::Recipient recipient;
};

Result<Wanted> wanted_of(Invocation const& call) {
    TRY(auto filter, object_filter(call));
    auto recipient = Result<gate::Recipient>(command_recipient());
    if (call.has("--for")) recipient = recipient_named(call, call.get("--for"));
    if (!recipient) return std::unexpected(recipient.error().during("--for"));
    Wanted wanted{.filter = std::move(filter), .collection = {}, .recipient = *std::move(recipient)};
    if (!call.has("--collection")) return wanted;
    TRY(auto* const collections, call.instance->collections());
    TRY(auto const collection, collections->find(call.get("--collection")));
    auto const of_collection = collection.filter();
    if (wanted.filter.labels.empty()) wanted.filter.labels = of_collection.labels;
    if (wanted.filter.types.empty()) wanted.filter.types = of_collection.types;
    wanted.filter.tlps = of_collection.tlps;
    wanted.filter.collection = of_collection.collection;
    wanted.title += ": " + collection.title;
    wanted.collection = collection.uuid;
    return wanted;
}

Status write_file(std::string const& path, std::string_view text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.close();
    if (!file) return fail(Code::io, fmt::format("{} can't be written", path));
    return {};
}

std::string place_of(Invocation const& call) {
    return call.has("--out") ? call.path(call.get("--out")) : "standard output";
}

Status give_out(Invocation const& call, std::string_view text) {
    if (call.has("--out")) return write_file(call.path(call.get("--out")), text);
    call.streams.out(text);
    return {};
}

/// What leaves is in the disclosure log before it does.
Status record(Invocation const& call, std::vector<gate::Cleared<intelligence::Object>> const& objects,
              std::string_view what) {
    return call.instance->ledger().write([&](store::Transaction& tx) {
        return gate::Gate::record(tx, access::command_principal(), call.instance->clock().now(), objects,
                                  fmt::format("{}: {}", what, place_of(call)), sharing::contents_of(objects), "file");
    });
}

Exit export_detections(Invocation& call, detection::Format const& format, Wanted const& wanted) {
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const known_good = call.instance->known_good();
    if (!known_good) return call.failed(known_good.error());
    sharing::DetectionRequest const request{.format = &format,
                                            .filter = wanted.filter,
                                            .title = wanted.title,
                                            .with_known_good = call.has("--even-known-good"),
                                            .with_own_rules = !call.has("--without-own-rules"),
                                            .now = call.instance->clock().now()};
    auto const made = sharing::detection_file(**intelligence, *known_good, request, wanted.recipient);
    if (!made) return call.failed(made.error());
    if (auto const done = record(call, made->indicators, "detections " + call.get("--format")); !done)
        return call.failed(done.error());
    if (auto const written = give_out(call, made->text); !written) return call.failed(written.error());
    call.tell("{} entries of {} indicators, {}; known-good left out: {}", made->entries, made->indicators.size(),
              gate::label_of(made->marking), made->known_good);
    if (made->own_rules + made->own_rules_left_out > 0)
        call.tell("{} own rules; left out, with their reasons at the end of the file: {}", made->own_rules,
                  made->own_rules_left_out);
    return Exit::done;
}

/// Counts what left, for the last word.
struct MispTotals {
    std::size_t events = 0, elements = 0, left_out = 0;

    void add(sharing::misp::FeedEvent const& event) {
        ++events;
        elements += event.made.elements;
        left_out += event.made.left_out.size();
    }
};

Status export_events(Invocation const& call, sharing::misp::Feed const& feed, MispTotals& totals) {
    std::string all = "{\"response\":[";
    CHECK(feed.each([&](sharing::misp::FeedEvent&& event) -> Status {
        CHECK(record(call, event.objects, "misp event " + event.uuid));
        if (totals.events > 0) all += ",\n";
        all += event.made.json;
        totals.add(event);
        return {};
    }));
    return give_out(call, all + "]}\n");
}

/// Events that the folder's manifest names and that are in the feed no longer.
void remove_gone(std::string const& folder, std::vector<formats::misp::ManifestEntry> const& now) {
    std::ifstream file(folder + "/manifest.json", std::ios::binary);
    std::string const manifest(std::istreambuf_iterator<char>(file), {});
    auto const before = formats::misp::read_manifest(manifest.empty() ? "{}" : manifest);
    if (!before) return;
    for (auto const& entry : *before) {
        std::error_code ignored;
        if (std::ranges::find(now, entry.uuid, &formats::misp::ManifestEntry::uuid) == now.end())
            std::filesystem::remove(fmt::format("{}/{}.json", folder, entry.uuid), ignored);
    }
}

/// The manifest comes last: it names only what is there.
Status export_feed(Invocation const& call, sharing::misp::Feed const& feed, MispTotals& totals) {
    if (!call.has("--out")) return fail(Code::invalid, "--out: expected the folder of the feed");
    auto const folder = call.path(call.get("--out"));
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail(Code::io, fmt::format("{} can't be made: {}", folder, error.message()));
    std::vector<formats::misp::ManifestEntry> entries;
    std::string hashes;
    CHECK(feed.each([&](sharing::misp::FeedEvent&& event) -> Status {
        TRY(auto entry, sharing::misp::manifest_entry(event.made.json));
        TRY(auto const hashed, sharing::misp::hashes_of_event(event.made.json, event.uuid));
        CHECK(record(call, event.objects, "misp event " + event.uuid));
        CHECK(write_file(fmt::format("{}/{}.json", folder, entry.uuid), event.made.json));
        hashes += formats::misp::write_hashes(hashed);
        entries.push_back(std::move(entry));
        totals.add(event);
        return {};
    }));
    CHECK(write_file(folder + "/hashes.csv", hashes));
    remove_gone(folder, entries);
    return write_file(folder + "/manifest.json", formats::misp::write_manifest(entries));
}

Exit export_misp(Invocation& call, Wanted const& wanted) {
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    sharing::misp::Feed const feed(
        **intelligence,
        {.filter = wanted.filter, .collection = wanted.collection, .team = call.instance->config().team_name},
        wanted.recipient);
    MispTotals totals;
    auto const done =
        call.get("--format") == "misp" ? export_events(call, feed, totals) : export_feed(call, feed, totals);
    if (!done) return call.failed(done.error());
    call.tell("{} events with {} elements; objects that MISP has no place for: {}", totals.events, totals.elements,
              totals.left_out);
    return Exit::done;
}

Exit run(Invocation& call) {
    auto const name = call.get("--format");
    bool const is_misp = name == "misp" || name == "misp-feed";
    auto const* const format = detection::format_named(name);
    if (format == nullptr && !is_misp) {
        std::string names = "misp, misp-feed";
        for (auto const& one : detection::formats()) names += ", " + std::string(one.name);
        call.tell("--format: expected one of {}; found \"{}\"", names, name);
        return Exit::usage;
    }
    auto const wanted = wanted_of(call);
    if (!wanted) return call.failed(wanted.error());
    return is_misp ? export_misp(call, *wanted) : export_detections(call, *format, *wanted);
}

}  // namespace

Command command_intel_export() {
    auto options = object_filter_options();
    std::erase_if(options, [](Option const& option) {
        return option.name == "--live" || option.name == "--all-versions" || option.name == "--type";
    });
    options.insert(
        options.begin(),
        {{"--format", "FORMAT",
          "misp, misp-feed, suricata, snort3, sigma, yara, rpz, hosts, squid, nftables, csv, ..."},
         {"--out", "FILE", "where to, a folder for misp-feed; without it to standard output"},
         {"--for", "RECIPIENT", "what this recipient may have: public, team, peer:NAME, org:NAME; without it all"},
         {"--collection", "COLLECTION", "only what is in it: its alias or uuid"},
         {"--even-known-good", "", "also values that a known-good list holds"},
         {"--without-own-rules", "", "no rules that indicators carry themselves"}});
    return {.name = "intel export",
            .summary = "Write live indicators as rules and lists for tools of defence, or all as MISP events",
            .about =
                "Rules and lists are of live indicators that were not revoked; values that a known-good list holds are "
                "left out and counted.\nThe file carries the strictest marking of what is in it. The export is entered "
                "in the disclosure log.\n\n"
                "MISP events are of reports and groupings, and of the indicators that none of them names by month. A "
                "feed is a folder\nwith manifest.json, hashes.csv and a file for each event.\n\n"
                "  tocsin intel export --format suricata --out tocsin.rules\n"
                "  tocsin intel export --format rpz --collection all --label phishing\n"
                "  tocsin intel export --format misp-feed --for peer:north --out /srv/feed",
            .options = options,
            .run = run};
}

}  // namespace tocsin::app
