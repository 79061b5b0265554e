// Any bytes as a message of a stream spoil nothing but themselves: the message behind them is an event all the same.
#include "events/events.hpp"
#include "events/message_batch.hpp"

using namespace tocsin;
using namespace tocsin::events;

namespace {

struct Stream {
    std::string_view feed, good;
    IpAddress source;  ///< of the good message's event
};

FeedCatalogue const& catalogue() {
    static auto const opened = FeedCatalogue::open();
    TOCSIN_ASSERT(opened.has_value());
    return *opened;
}

std::vector<Stream> const& streams() {
    static std::vector<Stream> const all = {
        {"generic/idf", R"({"source.ip":"192.0.2.7","time.source":"2026-11-21T10:00:00Z"})", *parse_ip("192.0.2.7")},
        {"cowrie/json",
         R"({"eventid":"cowrie.login.failed","timestamp":"2026-11-21T10:00:00Z","src_ip":"192.0.2.7","session":"a"})",
         *parse_ip("192.0.2.7")},
        {"generic/cef", "CEF:0|A|B|1|100|name|5|src=192.0.2.7 rt=1795255872", *parse_ip("192.0.2.7")},
        {"generic/list", "192.0.2.7", *parse_ip("192.0.2.7")}};
    return all;
}

bool finds(Stream const& stream, std::string const& report) {
    OpenOptions options;
    options.feed = stream.feed;
    options.limits.record_bytes = std::size_t{64} << 10;
    auto opened = open_report(std::make_unique<formats::MemorySource>(report), options, catalogue());
    if (!opened) return false;
    bool found = false;
    while (true) {
        auto chunk = opened->next();
        if (!chunk || !*chunk) return found;
        auto const parsed = parse(std::move(**chunk), opened->plan());
        for (std::size_t row = 0; row < parsed.batch.size(); ++row)
            found |=
                parsed.batch.has(row, Field::source_ip) && parsed.batch.address(row, Field::source_ip) == stream.source;
    }
}

}  // namespace

/// The first byte chooses the feed.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0 || size > 4096) return 0;
    auto const& stream = streams()[data[0] % streams().size()];
    auto const feed = *catalogue().find(stream.feed);
    std::string_view const bytes(reinterpret_cast<char const*>(data) + 1, size - 1);
    MessageBatch batch(*feed);
    batch.add(bytes, "1");
    batch.add(stream.good, "2");
    batch.add(bytes, "3");
    TOCSIN_ASSERT(batch.messages() == 3 && batch.bytes() == 2 * bytes.size() + stream.good.size());
    TOCSIN_ASSERT(finds(stream, batch.joined()));
    return 0;
}
