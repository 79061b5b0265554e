// Any bytes, read as any feed that there is: every record is an event, a rejected row or left out, and every event is
// one JSON object.
#include "events/events.hpp"

using namespace tocsin;
using namespace tocsin::events;

namespace {

FeedCatalogue const& catalogue() {
    static auto const opened = FeedCatalogue::open();
    TOCSIN_ASSERT(opened.has_value());
    return *opened;
}

/// The feed that the first line names. Any other line is one of them all the same, or none (then it is recognised).
std::string feed_named(std::string_view line) {
    static auto const ids = catalogue().ids();
    if (line.empty() || catalogue().find(line)) return std::string(line);
    return ids[std::hash<std::string_view>()(line) % ids.size()];
}

/// A header in front, so that rows are reached.
std::string with_header(std::string_view id, std::string_view rest) {
    if (id.empty()) return std::string(rest);
    auto const feed = *catalogue().find(id);
    std::string header;
    if (feed->format != FeedFormat::csv || !feed->has_header || feed->columns.empty()) return std::string(rest);
    for (auto const& column : feed->columns) {
        if (!header.empty()) header += feed->delimiter;
        header += column;
    }
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
    std::string_view const input(reinterpret_cast<char const*>(data), size);
    auto const end = input.find('\n');
    if (end == std::string_view::npos) return 0;
    auto const feed = feed_named(input.substr(0, end));
    OpenOptions options;
    options.feed = feed;
    options.limits.record_bytes = 512;
    options.limits.expanded_bytes = 1 << 20;
    auto const bytes = with_header(feed, input.substr(end + 1));
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
