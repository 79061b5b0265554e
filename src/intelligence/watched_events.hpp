#pragma once
#include "intelligence/event_matcher.hpp"
#include "intelligence/store.hpp"

#include <atomic>
#include <memory>

namespace tocsin::intelligence {

/// Compares what is ingested with the live indicators (`next`), and with the values of watches: what a new event
/// carries is written down for each watch whose owner may see the event. Costs nothing where no values are watched.
class WatchedInEvents final : public events::Matcher {
  public:
    WatchedInEvents(std::shared_ptr<events::Matcher> next, store::Ledger& ledger, Options const& options);

    std::uint64_t match(events::EventBatch const& batch, events::MatchContext const& context) override;
    Status before_commit(std::int64_t segment, std::uint64_t known) override;
    /// After a watch was made or removed, and once at the start.
    Status reload(store::Transaction& tx);

  private:
    Status keep(std::vector<Hit> const& hits);

    std::shared_ptr<events::Matcher> next_;
    store::Ledger& ledger_;
    Options const& options_;
    std::shared_ptr<LiveIndex::Tiers const> tiers_ = std::make_shared<LiveIndex::Tiers>();
    EventMatcher looking_;
};

}  // namespace tocsin::intelligence
