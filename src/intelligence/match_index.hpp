#pragma once
#include "base/base.hpp"

#include <atomic>
#include <bitset>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

/// Which live indicators hold a value: a table in a file, mapped, not read.
///
/// A value is a fingerprint of 64 bits; 40 of them choose a bucket of eight slots (one cache line), 32 are kept as a
/// tag beside the indicator's seq. At the load it is built with an indicator costs 11 to 13 bytes, a question one cache
/// line. A fingerprint can be wrong (once in 2^32 questions a slot): who acts on an answer compares the value itself.
/// The file is made from the ledger and can be made again: a damaged or old one is thrown away.
namespace tocsin::intelligence {

/// Fingerprints. An address or network by its bits, everything else by the bytes of its index key.
std::uint64_t address_fingerprint(IpAddress address, std::uint8_t length);
std::uint64_t text_fingerprint(int kind, std::string_view key);

/// The fingerprints of a domain and of the domains above it, nearest first, without the last label alone.
/// `key` is a domain_key.
void domain_fingerprints(int kind, std::string_view key, std::vector<std::uint64_t>& into);

class MatchIndex {
  public:
    /// Room for `expected` values, with the seq of the newest object it will know.
    static std::unique_ptr<MatchIndex> make(std::uint64_t expected);
    /// The same in a file under a temporary name; `finish` gives it its own.
    static Result<std::unique_ptr<MatchIndex>> create(std::filesystem::path const& path, std::uint64_t expected);
    /// Errors: Code::not_found, Code::invalid for a file that is no good: make it again.
    static Result<std::shared_ptr<MatchIndex const>> open(std::filesystem::path const& path);
    ~MatchIndex();
    MatchIndex(MatchIndex const&) = delete;

    /// `seq` is 1 to 2^32 - 1. One thread; others may be asking. False when it is full.
    bool add(std::uint64_t fingerprint, std::uint32_t seq);
    /// So that `lengths` tells of networks (and addresses) of this length.
    void note_length(std::uint8_t length) { head_->lengths[length >> 6] |= std::uint64_t{1} << (length & 63); }
    /// Makes a file durable under its name and says up to which seq it knows.
    Status finish(std::uint32_t last_seq);

    /// Calls `each(place, seq)` for every slot that fits a fingerprint; places count the span. Safe from any thread.
    template <class F>
    void find(std::span<std::uint64_t const> fingerprints, F&& each) const {
        constexpr std::size_t ahead = 8;
        for (std::size_t i = 0; i < fingerprints.size(); ++i) {
            if (i + ahead < fingerprints.size()) __builtin_prefetch(bucket(fingerprints[i + ahead]));
            find_one(fingerprints[i], [&](std::uint32_t seq) { each(i, seq); });
        }
    }
    template <class F>
    void find_one(std::uint64_t fingerprint, F&& each) const {
        auto const tag = tag_of(fingerprint);
        auto at = bucket_of(fingerprint);
        for (std::uint64_t looked = 0; looked < head_->buckets; ++looked) {
            Slot const* const slots = slots_ + at * slots_in_bucket;
            for (std::size_t i = 0; i < slots_in_bucket; ++i) {
                auto const seq =
                    std::atomic_ref(const_cast<std::uint32_t&>(slots[i].seq)).load(std::memory_order_acquire);
                if (seq == 0) return;
                if (slots[i].tag == tag) each(seq);
            }
            at = at + 1 == head_->buckets ? 0 : at + 1;
        }
    }

    /// Which lengths (of 128) networks in it have.
    std::bitset<129> lengths() const;
    std::uint64_t count() const { return head_->count; }
    std::uint32_t last_seq() const { return head_->last_seq; }
    std::uint64_t bytes() const { return bytes_; }

  private:
    static constexpr std::size_t slots_in_bucket = 8;
    struct Slot {
        std::uint32_t tag;
        std::uint32_t seq;
    };
    struct Head {
        std::uint64_t magic;
        std::uint64_t buckets;
        std::uint64_t count;
        std::uint32_t last_seq;
        std::uint32_t reserved;
        std::uint64_t lengths[3];
        std::uint64_t check;  ///< of the head, written last
    };
    MatchIndex() = default;
    static Result<std::unique_ptr<MatchIndex>> map(int file, std::size_t bytes, bool writable);
    std::uint64_t bucket_of(std::uint64_t fingerprint) const {
        return static_cast<std::uint64_t>((static_cast<__uint128_t>(fingerprint) * head_->buckets) >> 64);
    }
    static std::uint32_t tag_of(std::uint64_t fingerprint) { return static_cast<std::uint32_t>(fingerprint); }
    Slot const* bucket(std::uint64_t fingerprint) const { return slots_ + bucket_of(fingerprint) * slots_in_bucket; }
    std::uint64_t head_check() const;

    Head* head_ = nullptr;
    Slot* slots_ = nullptr;
    std::size_t bytes_ = 0;
    std::filesystem::path path_;  ///< while it is being made
};

}  // namespace tocsin::intelligence
