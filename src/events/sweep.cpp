#include "events/engine_impl.hpp"

#include <algorithm>
#include <thread>

namespace tocsin::events {
namespace {

constexpr std::string_view idf = "generic/idf";

/// Archived events as they would be parsed.
Status parse_again(std::span<StoredEvent const> events, FeedCatalogue const& catalogue,
                   std::function<Status(EventBatch const&)> const& each) {
    std::string lines;
    for (auto const& event : events) lines += event.fields + "\n";
    OpenOptions options;
    options.feed = idf;
    options.name = "archive.jsonl";
    TRY(auto report, open_report(std::make_unique<formats::MemorySource>(lines), options, catalogue));
    while (true) {
        TRY(auto chunk, report.next());
        if (!chunk) return {};
        auto const parsed = parse(*std::move(chunk), report.plan());
        for (auto const& row : parsed.rejected)
            log::warning("an archived event can't be read again: {}: {}", row.field, row.reason);
        CHECK(each(parsed.batch));
    }
}

}  // namespace

Status Events::sweep(gate::HouseWork const&, SweepRequest const& request) const {
    auto const threads = std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
    return impl_->archive->sweep(
        request, threads, [&](std::int64_t report, std::span<StoredEvent const> events) -> Status {
            auto const strictest = std::ranges::max(events, {}, [](auto const& one) { return tlp_rank(one.tlp); });
            MatchContext const context{.report = report,
                                       .feed = events.front().feed,
                                       .received = impl_->received_of(report),
                                       .tlp = strictest.tlp};
            return parse_again(events, *impl_->options.catalogue,
                               [&](EventBatch const& batch) { return request.each(batch, context); });
        });
}

}  // namespace tocsin::events
