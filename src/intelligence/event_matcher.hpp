#pragma once
#include "events/events.hpp"
#include "intelligence/live_index.hpp"
#include "store/store.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

namespace tocsin::intelligence {

/// The feed that matches come back by; what comes from it is not matched again.
inline constexpr std::string_view match_feed = "tocsin/intelligence";

/// An observation that met an entry of the live index; it may be none, the ledger knows.
struct Hit {
    std::uint32_t seq = 0;
    ValueKey key;
    std::string_view side;  ///< source, destination, file, own
    std::string subject;
    std::int64_t observed = 0;
    std::string value, event, feed;
    std::int64_t report = 0;
    gate::Tlp tlp = gate::Tlp::red;  ///< of the event
    std::string observation = {};    ///< when the whole pattern has to be looked at: the event as STIX 2.0 objects
};

/// Compares the values of an event with the live indicators while it is ingested.
///
/// Compared are addresses (also against networks), names (also against the domains above), URLs, mail addresses, file
/// hashes. Where a value alone is no match yet, the event goes along as the STIX objects it tells of. Hits are gathered
/// and written before the events are durable: a batch that comes again after a kill meets the same rows again and adds
/// nothing.
class EventMatcher final : public events::Matcher {
  public:
    using Tiers = std::function<std::shared_ptr<LiveIndex::Tiers const>()>;
    using Keep = std::function<Status(std::vector<Hit> const&)>;
    /// Indicators up to `to` came after events that are to be segment `segment` were compared with those up to `after`.
    using Missed = std::function<Status(std::int64_t segment, std::uint64_t after, std::uint64_t to)>;
    /// `keep` writes hits in one transaction, leaving out what is no match; `missed` (may be empty) makes a note.
    EventMatcher(Tiers tiers, Keep keep, Missed missed)
        : tiers_(std::move(tiers)), keep_(std::move(keep)), missed_(std::move(missed)) {}

    /// Gives the seq of the newest object that it compared with.
    std::uint64_t match(events::EventBatch const& batch, events::MatchContext const& context) override;
    Status before_commit(std::int64_t segment, std::uint64_t known) override;

  private:
    void take(std::vector<Hit> hits);

    Tiers tiers_;
    Keep keep_;
    Missed missed_;
    std::mutex mutex_;  // guards the two below
    std::vector<Hit> hits_;
    std::unordered_set<std::string> seen_;  ///< since the last commit: the same thing is told once
};

}  // namespace tocsin::intelligence
