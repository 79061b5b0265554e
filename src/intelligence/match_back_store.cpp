#include "intelligence/archive_sieve.hpp"
#include "intelligence/impl.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::intelligence {
namespace {

constexpr std::int64_t most_events = 1'000'000;  ///< of one pass; an indicator that meets more says nothing

/// Indicators that are to be compared with the archive.
struct Due {
    std::int64_t last_id = 0;
    std::vector<std::pair<std::int64_t, std::int64_t>> ranges;  ///< after, to: ascending, apart

    void add(std::int64_t after, std::int64_t to) {
        if (!ranges.empty() && after <= ranges.back().second)
            ranges.back().second = std::max(ranges.back().second, to);
        else
            ranges.emplace_back(after, to);
    }
};

Result<Due> read_due(store::Transaction& tx, std::int64_t watermark) {
    Due due;
    TRY(auto const last, tx.one("SELECT MAX(id) FROM intel_sweep WHERE segment <= ?", {watermark},
                                [](store::Row const& row) { return row.integer(0); }));
    due.last_id = last.value_or(0);
    CHECK(tx.query("SELECT after_seq, to_seq FROM intel_sweep WHERE segment <= ? AND id <= ? ORDER BY after_seq",
                   {watermark, due.last_id}, [&](store::Row const& row) { due.add(row.integer(0), row.integer(1)); }));
    return due;
}

Status forget_due(store::Transaction& tx, std::int64_t watermark, std::int64_t last_id) {
    CHECK(tx.run("DELETE FROM intel_sweep WHERE segment <= ? AND id <= ?", {watermark, last_id}));
    return {};
}

}  // namespace

Status note_sweep(store::Transaction& tx, std::int64_t after, std::int64_t to, std::int64_t segment) {
    CHECK(tx.run("INSERT INTO intel_sweep (after_seq, to_seq, segment) VALUES (?, ?, ?)", {after, to, segment}));
    return {};
}

Status Intelligence::Impl::look_back(gate::HouseWork const& work, events::Events const& archive,
                                     ArchiveSieve const& sieve, SweepTotals& totals,
                                     std::function<bool()> const& is_cancelled) {
    EventMatcher looking([&] { return sieve.tiers(); },
                         [&](std::vector<Hit> const& hits) -> Status {
                             TRY(auto const kept, keep_hits(hits));
                             totals.matches += kept;
                             return {};
                         },
                         {});
    events::SweepRequest request;
    request.with_texts = sieve.wants_texts();
    request.is_cancelled = is_cancelled;
    request.pick = [&](events::SweptEvents const& events, std::vector<std::uint32_t>& wanted) {
        sieve.pick(events, wanted);
    };
    request.each = [&](events::EventBatch const& batch, events::MatchContext const& context) -> Status {
        looking.match(batch, context);
        totals.events += static_cast<std::int64_t>(batch.size());
        CHECK(looking.before_commit(0, UINT64_MAX));
        if (totals.events > most_events)
            return fail(
                Code::limit,
                fmt::format("new indicators met over {} archived events; the rest is not looked at", most_events));
        return {};
    };
    return archive.sweep(work, request);
}

Result<SweepTotals> Intelligence::match_back(events::Events const& archive, std::function<bool()> const& is_cancelled) {
    std::lock_guard const lock(impl_->looking_back);
    SweepTotals totals;
    while (true) {
        auto const watermark = archive.watermark();
        ArchiveSieve sieve;
        TRY(auto const due, impl_->ledger.read([&](store::Transaction& tx) -> Result<Due> {
            TRY(auto read, read_due(tx, watermark));
            for (auto const& [after, to] : read.ranges)
                if (watermark > 0)  // there is an archive
                    CHECK(each_live(tx, after, to, impl_->options.clock->now(),
                                    [&](LiveValue const& value, ValueKey const& key) { sieve.add(value, key); }));
            return read;
        }));
        if (due.ranges.empty()) return totals;
        if (!sieve.empty()) {
            sieve.close();
            ++totals.passes;
            auto const done = impl_->look_back(gate::HouseWork(), archive, sieve, totals, is_cancelled);
            if (!done && done.error().code != Code::limit) return std::unexpected(done.error());
            if (!done) log::warning("{}", done.error().message);
        }
        CHECK(impl_->ledger.write([&](store::Transaction& tx) { return forget_due(tx, watermark, due.last_id); }));
    }
}

}  // namespace tocsin::intelligence
