#pragma once
#include "intelligence/incoming.hpp"
#include "intelligence/match_index.hpp"
#include "intelligence/value_key.hpp"
#include "store/store.hpp"

#include <atomic>
#include <filesystem>
#include <memory>
#include <vector>

namespace tocsin::intelligence {

/// One value of a live indicator, as the index takes it.
struct LiveValue {
    std::uint64_t fingerprint = 0;
    std::uint32_t seq = 0;
    int network_length = -1;  ///< of an address or network
    bool is_whole = false;    ///< the whole pattern has to be held against what meets it
};
/// Set in a seq of the index when the value alone is no match yet.
inline constexpr std::uint32_t whole_pattern = 1U << 31;

LiveValue live_value(ValueKey const& key, std::int64_t seq, std::optional<Matching> matching);
/// The values of every indicator that is live or will be, newer than `after` and up to `to`.
Status each_live(store::Transaction& tx, std::int64_t after, std::int64_t to, Timestamp now,
                 std::function<void(LiveValue const&, ValueKey const&)> const& each);
/// What of an indicator is matched.
std::vector<ValueKey> matched_keys(Incoming const& object);

/// The index of live indicators: a file, and what came since in memory. Indicators that are not live any more stay in
/// it until it is made anew, so an answer is only a hint. Readers are safe from any thread; changes take turns.
class LiveIndex {
  public:
    /// With fewer values than `file_from` beyond it, the file is not made anew: they are read quickly.
    explicit LiveIndex(std::filesystem::path file, std::uint64_t file_from = 1U << 17)
        : file_(std::move(file)), file_from_(file_from) {}

    /// Opens the file if it is good, and reads what the ledger has beyond it.
    Status open(store::Transaction& tx, Timestamp now);
    void add(std::span<LiveValue const> values);
    /// From the thread that adds. Writes the file anew when much has come since. Errors: Code::io; the old one stays in
    /// use.
    Status tidy(store::Ledger& ledger, Timestamp now);

    struct Tiers {
        std::vector<std::shared_ptr<MatchIndex const>> tiers;
        std::vector<std::uint8_t> lengths;  ///< of networks, the longest first
        std::uint32_t last_seq = 0;         ///< of the newest object in it
        bool empty() const { return tiers.empty(); }
    };
    /// Of these values alone.
    static std::shared_ptr<Tiers const> tiers_of(std::span<LiveValue const> values);
    std::shared_ptr<Tiers const> tiers() const { return std::atomic_load(&tiers_); }
    std::uint64_t count() const;

  private:
    void publish();
    static std::shared_ptr<Tiers const> made_of(std::vector<std::shared_ptr<MatchIndex const>> tiers,
                                                std::uint32_t last_seq);

    std::filesystem::path file_;
    std::uint64_t file_from_;
    std::shared_ptr<MatchIndex const> base_;
    std::uint32_t last_seq_ = 0;
    std::vector<LiveValue> since_;                    ///< what is not in the file, to write it without reading again
    std::vector<std::shared_ptr<MatchIndex>> fresh_;  ///< each twice the size of the one before
    std::shared_ptr<Tiers const> tiers_ = std::make_shared<Tiers>();
};

}  // namespace tocsin::intelligence
