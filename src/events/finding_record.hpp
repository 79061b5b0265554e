#pragma once
#include "events/archive.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace tocsin::events {

/// The rounds of a feed: with which reports it came, in numbers of its interval since 1970.
struct FeedRounds {
    std::int64_t seconds = 86'400;  ///< of one round
    std::int32_t repaired_after = 3;
    std::vector<std::int32_t> rounds;  ///< ascending

    /// Rounds after `first` and before `last`.
    std::int64_t between(std::int64_t first, std::int64_t last) const {
        auto const from = std::ranges::upper_bound(rounds, first);
        auto const to = std::ranges::lower_bound(rounds, last);
        return from < to ? to - from : 0;
    }
};
/// By class number, so that a record finds its feed in one step. Immutable.
using RoundTable = std::vector<std::shared_ptr<FeedRounds const>>;

/// A finding or a change of one, as it lies in sorted runs: ten words, the first four the key. Folding is commutative
/// and associative, so runs may be merged in any order.
struct FindingRecord {
    static constexpr store::RunShape shape{10, 4, false};

    std::uint64_t address_high = 0, address_low = 0, subject = 0;
    std::uint32_t port = 0, finding_class = 0;      ///< one word: class above port
    std::uint32_t last_seen = 0, first_seen = ~0U;  ///< seconds
    std::uint64_t rounds = 0;                       ///< bit n: seen n rounds before last_round
    std::uint32_t times = 0, last_round = 0;
    std::uint32_t segment_last = 0, segment_first = ~0U;
    std::uint32_t asn = 0, organisation = 0;  ///< of the highest segment
    std::uint16_t returns = 0;                ///< before the rounds in `rounds`
    std::uint8_t lane = 0, severity = 0;
    std::uint16_t tlp = 0, country = 0;  ///< two letters

    std::uint64_t const* words() const { return reinterpret_cast<std::uint64_t const*>(this); }
    static FindingRecord from(std::uint64_t const* words) {
        FindingRecord record;
        std::copy_n(words, shape.words, reinterpret_cast<std::uint64_t*>(&record));
        return record;
    }
    FindingKey key() const { return {{address_high, address_low}, subject, finding_class, port}; }
    void set_key(FindingKey const& key) {
        address_high = key.address.high;
        address_low = key.address.low;
        subject = key.subject;
        finding_class = key.finding_class;
        port = key.port;
    }
};
static_assert(sizeof(FindingRecord) == 80 && std::endian::native == std::endian::little);

/// `into` becomes both. `context` is the RoundTable.
void fold_finding(std::uint64_t* into, std::uint64_t const* from, void const* context);

/// How often a finding was back again, by its rounds and those of its feed.
std::int64_t returns_of(FindingRecord const& record, FeedRounds const& feed);

}  // namespace tocsin::events
