#pragma once
#include "intelligence/archive_sieve.hpp"
#include "intelligence/event_matcher.hpp"
#include "intelligence/find_store.hpp"
#include "intelligence/import.hpp"
#include "intelligence/live_index.hpp"
#include "intelligence/policy_store.hpp"
#include "intelligence/store.hpp"
#include "intelligence/watched_events.hpp"

#include <atomic>
#include <mutex>

namespace tocsin::intelligence {

/// Indicators after one seq and up to another are to be compared with what the archive holds once `segment` is there.
Status note_sweep(store::Transaction& tx, std::int64_t after, std::int64_t to, std::int64_t segment);

struct Watch;
struct KeptObject;

struct Intelligence::Impl {
    store::Ledger& ledger;
    gate::Gate const& gate;
    Options options;
    std::mutex writing = {};       ///< guards books while a batch is written
    std::mutex looking_back = {};  ///< one pass over the archive at a time
    Books books = {};
    LiveIndex live;
    std::atomic<std::uint64_t> edition = 0;           ///< counts what changed objects
    std::atomic<std::int64_t> merged = 0;             ///< how many objects were merged into others
    std::shared_ptr<WatchedInEvents> in_events = {};  ///< and the matcher of live indicators behind it

    Status load(store::Transaction& tx);
    Result<std::int64_t> add_source(ImportRequest const& request, access::Principal const& by);
    /// Keeps the books of a batch in its transaction, in place of counting for the delivery and keeping rejects aside.
    using BatchEnd = std::function<Status(store::Transaction& tx, ImportTotals const& totals)>;
    Result<ImportTotals> write(std::vector<Incoming>& batch, ImportRequest const& request, std::int64_t source,
                               BatchEnd const& end = {});

    /// Tries rows of one delivery again.
    Status replay_rows(std::span<KeptObject const> rows, ReplayRequest const& asked, access::Principal const& by,
                       ReplayTotals& totals);

    /// Writes the live index to its file when that is worth it.
    Status tidy_index() {
        std::lock_guard const lock(writing);
        return live.tidy(ledger, options.clock->now());
    }
    /// Gives how many were new.
    Result<std::int64_t> keep_hits(std::vector<Hit> const& hits);
    Status look_back(gate::HouseWork const& work, events::Events const& archive, ArchiveSieve const& sieve,
                     SweepTotals& totals, std::function<bool()> const& is_cancelled);
    bool owner_may_know(Match const& match) const;
    /// Matches that a watch was made for, and up to which one was looked.
    struct Met {
        struct One {
            std::int64_t seq, match;
            std::string value;
        };
        std::int64_t seen = 0;
        std::vector<One> found;
    };
    Result<Met> look_at_matches(Watch const& watch, std::int64_t after, std::int64_t to,
                                gate::Recipient const& owner) const;
    Result<Condition> condition_of(ObjectFilter const& filter, Visibility const& visibility) const;
    /// The object of a seq, with its relations. Errors: Code::not_found.
    Result<Object> object_at(store::Transaction& tx, std::int64_t seq) const;

    Visibility visibility(gate::Recipient const& asker) const {
        return visibility_of(books.policies, gate, asker, options.kin_of);
    }
};

}  // namespace tocsin::intelligence
