#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/intelligence_words.hpp"

#include <fstream>

namespace tocsin::app {
namespace {

namespace detection = formats::detection;

Result<sharing::DetectionRequest> request_of(Invocation const& call, detection::Format const& format) {
    TRY(auto filter, object_filter(call));
    std::string title = "Tocsin detection export";
    if (call.has("--collection")) {
        TRY(auto* const collections, call.instance->collections());
        TRY(auto const collection, collections->find(call.get("--collection")));
        auto const wanted = collection.filter();
        if (filter.labels.empty()) filter.labels = wanted.labels;
        if (filter.types.empty()) filter.types = wanted.types;
        filter.tlps = wanted.tlps;
        filter.collection = wanted.collection;
        title += ": " + collection.title;
    }
    return sharing::DetectionRequest{.format = &format,
                                     .filter = std::move(filter),
                                     .title = std::move(title),
                                     .with_known_good = call.has("--known-good"),
                                     .now = call.instance->clock().now()};
}

Status write_out(Invocation const& call, sharing::DetectionFile const& made) {
    CHECK(call.instance->ledger().write([&](store::Transaction& tx) {
        return gate::Gate::record(tx, access::command_principal(), call.instance->clock().now(), made.indicators,
                                  call.has("--out") ? call.path(call.get("--out")) : "standard output",
                                  sharing::contents_of(made.indicators), "file");
    }));
    if (!call.has("--out")) {
        call.streams.out(made.text);
        return {};
    }
    auto const path = call.path(call.get("--out"));
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(made.text.data(), static_cast<std::streamsize>(made.text.size()));
    file.close();
    if (!file) return fail(Code::io, fmt::format("{} can't be written", path));
    return {};
}

Exit run(Invocation& call) {
    auto const* const format = detection::format_named(call.get("--format"));
    if (format == nullptr) {
        std::string names;
        for (auto const& one : detection::formats()) names += (names.empty() ? "" : ", ") + std::string(one.name);
        call.tell("--format: expected one of {}; found \"{}\"", names, call.get("--format"));
        return Exit::usage;
    }
    auto const request = request_of(call, *format);
    if (!request) return call.failed(request.error());
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const known_good = call.instance->known_good();
    if (!known_good) return call.failed(known_good.error());
    auto const made = sharing::detection_file(**intelligence, *known_good, *request, command_recipient());
    if (!made) return call.failed(made.error());
    if (auto const written = write_out(call, *made); !written) return call.failed(written.error());
    call.tell("{} entries of {} indicators, {}; known-good left out: {}", made->entries, made->indicators.size(),
              gate::label_of(made->marking), made->known_good);
    return Exit::done;
}

}  // namespace

Command command_intel_export() {
    auto options = object_filter_options();
    std::erase_if(options, [](Option const& option) {
        return option.name == "--live" || option.name == "--all-versions" || option.name == "--type";
    });
    options.insert(options.begin(),
                   {{"--format", "FORMAT", "suricata, snort3, sigma, yara, rpz, hosts, squid, nftables, csv, ..."},
                    {"--out", "FILE", "where to; without it to standard output"},
                    {"--collection", "COLLECTION", "only what is in it: its alias or uuid"},
                    {"--known-good", "", "also values that a known-good list holds"}});
    return {.name = "intel export",
            .summary = "Write live indicators as rules and lists for tools of defence",
            .about =
                "Of all live indicators that were not revoked. The file carries the strictest marking of what is "
                "in it. The export is\nentered in the disclosure log.\n\n"
                "  tocsin intel export --format suricata --out tocsin.rules\n"
                "  tocsin intel export --format rpz --collection all --label phishing",
            .options = options,
            .run = run};
}

}  // namespace tocsin::app
