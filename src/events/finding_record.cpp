#include "events/finding_record.hpp"

namespace tocsin::events {
namespace {

FeedRounds const no_rounds;

FeedRounds const& rounds_of(RoundTable const& table, std::uint32_t finding_class) {
    return finding_class < table.size() && table[finding_class] ? *table[finding_class] : no_rounds;
}

/// Gaps of at least `repaired_after` rounds between rounds it was seen in: `seen` counts down from `last`.
std::int64_t gaps(std::uint64_t seen, std::int64_t last, FeedRounds const& feed) {
    if (((seen + 1) & seen) == 0) return 0;  // no gap at all
    std::int64_t count = 0;
    std::int64_t later = last;
    for (auto bits = seen & (seen - 1); bits != 0; bits &= bits - 1) {
        auto const earlier = last - std::countr_zero(bits);
        if (later - earlier > feed.repaired_after && feed.between(earlier, later) >= feed.repaired_after) ++count;
        later = earlier;
    }
    return count;
}

/// Rounds that no longer fit in the 64 behind the newest are counted and forgotten.
void shift_rounds(FindingRecord& older, std::int64_t newest, FeedRounds const& feed) {
    auto const by = newest - static_cast<std::int64_t>(older.last_round);
    if (by == 0) return;
    if (by >= 64) {
        auto const back = feed.between(older.last_round, newest) >= feed.repaired_after ? 1 : 0;
        older.returns = static_cast<std::uint16_t>(
            std::min<std::int64_t>(0xffff, older.returns + gaps(older.rounds, older.last_round, feed) + back));
        older.rounds = 0;
    } else {
        auto const lost = older.rounds >> (64 - by);
        if (lost != 0) {
            auto const all = gaps(older.rounds, older.last_round, feed);
            auto const kept = gaps(older.rounds << by >> by, older.last_round, feed);
            older.returns = static_cast<std::uint16_t>(std::min<std::int64_t>(0xffff, older.returns + all - kept));
        }
        older.rounds <<= by;
    }
}

}  // namespace

std::int64_t returns_of(FindingRecord const& record, FeedRounds const& feed) {
    return record.returns + gaps(record.rounds, record.last_round, feed);
}

void fold_finding(std::uint64_t* into_words, std::uint64_t const* from_words, void const* context) {
    auto a = FindingRecord::from(into_words);
    auto b = FindingRecord::from(from_words);
    auto const& feed = rounds_of(*static_cast<RoundTable const*>(context), a.finding_class);
    if (a.last_round < b.last_round) std::swap(a, b);
    shift_rounds(b, a.last_round, feed);
    a.rounds |= b.rounds;
    a.returns = static_cast<std::uint16_t>(std::min(0xffff, a.returns + b.returns));
    auto const sum = std::uint64_t{a.times} + b.times;
    a.times = static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, 0xffff'ffff));
    a.first_seen = std::min(a.first_seen, b.first_seen);
    a.last_seen = std::max(a.last_seen, b.last_seen);
    a.segment_first = std::min(a.segment_first, b.segment_first);
    a.tlp = std::max(a.tlp, b.tlp);
    if (std::pair(b.segment_last, b.last_seen) > std::pair(a.segment_last, a.last_seen)) {
        a.organisation = b.organisation;
        a.asn = b.asn;
        a.lane = b.lane;
        a.severity = b.severity;
        a.country = b.country;
    }
    a.segment_last = std::max(a.segment_last, b.segment_last);
    std::copy_n(a.words(), FindingRecord::shape.words, into_words);
}

}  // namespace tocsin::events
