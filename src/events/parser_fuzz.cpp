// Any bytes, read as any kind of feed: every record is an event, a rejected row or left out, and every event is one
// JSON object.
#include "events/events.hpp"

using namespace tocsin;
using namespace tocsin::events;

namespace {

FeedCatalogue const& catalogue() {
    static auto const opened = FeedCatalogue::open();
    TOCSIN_ASSERT(opened.has_value());
    return *opened;
}

constexpr auto feeds = std::to_array<std::string_view>(
    {"", "shadowserver/scan_telnet", "shadowserver/compromised_website", "shadowserver/event4_honeypot_http_scan",
     "shadowserver/blocklist", "generic/idf", "generic/list", "feodo/c2", "spamhaus/drop"});

/// A header in front, so that rows are reached.
std::string with_header(std::string_view feed, std::string_view rest) {
    if (!feed.starts_with("shadowserver/")) return std::string(rest);
    std::string header;
    for (auto const& column : (*catalogue().find(feed))->columns) header += (header.empty() ? "" : ",") + column;
    return header + "\n" + std::string(rest);
}

void check(Parsed const& parsed, std::size_t records) {
    static formats::JsonObjectReader reader;
    TOCSIN_ASSERT(parsed.batch.size() + parsed.rejected.size() <= records);
    std::string json;
    for (std::size_t row = 0; row < parsed.batch.size(); ++row) {
        json.clear();
        parsed.batch.append_json(json, row);
        TOCSIN_ASSERT(reader.read(json).has_value());
    }
    for (auto const& row : parsed.rejected) {
        TOCSIN_ASSERT(!row.reason.empty() && row.record > 0);
        TOCSIN_ASSERT(reader.read(rejected_json(row, "x")).has_value());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    auto const feed = feeds[data[0] % feeds.size()];
    OpenOptions options;
    options.feed = feed;
    options.limits.record_bytes = 512;
    options.limits.expanded_bytes = 1 << 20;
    auto const bytes = with_header(feed, {reinterpret_cast<char const*>(data) + 1, size - 1});
    auto report = open_report(std::make_unique<formats::MemorySource>(bytes, 100), options, catalogue());
    if (!report) return 0;
    while (true) {
        auto chunk = report->next();
        if (!chunk || !*chunk) return 0;
        auto const records = (*chunk)->ends.size();
        TOCSIN_ASSERT(records <= EventBatch::capacity);
        check(parse(std::move(**chunk), report->plan()), records);
    }
}
