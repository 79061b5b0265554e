#pragma once
#include "events/clearance.hpp"
#include "events/dictionary.hpp"
#include "events/engine.hpp"
#include "events/event_row.hpp"
#include "events/finding_brief.hpp"
#include "events/finding_class.hpp"
#include "events/finding_record.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

namespace tocsin::events {

/// What was said about a finding, as far as lists need it.
struct FindingSayings {
    std::optional<Saying> by_owner;
    bool ruled_out = false;  ///< by the team
    std::string assigned;
    std::uint32_t found_open = 0, found_closed = 0;  ///< seconds: by looking again, last; 0: never
    bool is_found_closed = false;                    ///< the last time

    /// Told closed by looking again, and not told to be there since, neither by that nor by its feed.
    bool closes(FindingRecord const& record) const { return is_found_closed && found_closed > record.last_seen; }
    /// The last round in which it was known to be there: who looked again and found it has seen it as its feed would.
    std::int64_t last_round_of(FindingRecord const& record, FeedRounds const& feed) const {
        return std::max<std::int64_t>(record.last_round, std::int64_t{found_open} / feed.seconds);
    }
};

struct FindingKeyHash {
    std::size_t operator()(FindingKey const& key) const noexcept {
        auto h = (key.address.high ^ key.subject) * 0x9e37'79b9'7f4a'7c15ULL;
        h = (h ^ key.address.low ^ (std::uint64_t{key.finding_class} << 32 | key.port)) * 0xd6e8'feb8'6659'fd93ULL;
        return static_cast<std::size_t>(h ^ (h >> 29));
    }
};
using SayingsTable = std::unordered_map<FindingKey, FindingSayings, FindingKeyHash>;

/// All findings at one commit: runs and what is in memory. Immutable; readers keep it while they read.
struct FindingSnapshot {
    std::vector<std::shared_ptr<store::Run const>> runs;
    std::shared_ptr<std::vector<std::uint64_t> const> fresh;  ///< records' words, sorted by key
    std::shared_ptr<RoundTable const> rounds;

    /// Goes through the findings from `first` on (from the start when null) in order of key; false from `each` stops.
    Status scan(FindingKey const* first, std::function<bool(FindingRecord const&)> const& each) const;
    Result<std::optional<FindingRecord>> find(FindingKey const& key) const;
};

/// The changes a segment makes, sorted by key and folded. `rows` are sorted by address; duplicates only say that their
/// finding was in the round.
std::vector<FindingRecord> finding_changes(std::span<EventRow const* const> rows, std::uint32_t segment,
                                           Dictionary const& dictionary, RoundTable const& rounds);

/// Evaluates records and answers the questions of the door. Safe from any thread.
class FindingReader {
  public:
    FindingReader(Dictionary const& dictionary, ClassTable const& classes, store::Ledger& ledger)
        : dictionary_(dictionary), classes_(classes), ledger_(ledger) {}

    void publish(FindingSnapshot snapshot);
    FindingSnapshot snapshot() const;
    void set_sayings(SayingsTable table);
    void drop_sayings(std::vector<FindingKey> const& keys);
    void add_sayings(std::vector<FindingKey> const& keys, Statement const& statement);

    // What somebody may read.

    Result<FindingPage> list(Scope const& scope, FindingFilter const& filter, FindingOrder order,
                             PageRequest const& page) const;
    Result<std::int64_t> count(Scope const& scope, FindingFilter const& filter) const;
    Result<Extent> extent(Scope const& scope, FindingFilter const& filter) const;
    Result<Aggregate> aggregate(Scope const& scope, FindingFilter const& filter, AggregateRequest const& request) const;
    Result<Finding> finding(Scope const& scope, std::string_view id) const;
    Result<std::vector<Timestamp>> rounds_seen(Scope const& scope, std::string_view id) const;
    Status scan(Scope const& scope, FindingFilter const& filter, std::function<bool(Finding const&)> const& each) const;
    Status scan_briefly(Scope const& scope, FindingFilter const& filter,
                        std::span<std::function<bool(FindingBrief const&)> const> each) const;
    Result<std::vector<Unowned>> unowned(Scope const& scope, std::optional<Lane> lane, std::size_t limit,
                                         std::size_t offset) const;

    // What the room needs to erase and to reattribute. Nothing of it is shown.

    /// At most `most`, in order of key.
    Result<std::vector<FindingKey>> keys(FindingFilter const& filter, std::size_t most) const;
    /// Every record of a snapshot, evaluated.
    Status scan_records(FindingSnapshot const& snapshot,
                        std::function<void(FindingRecord const&, Finding const&)> const& each) const;

  private:
    class Matching;
    class Filling;
    class Briefing;
    /// To the first findings, one for each hash.
    Status add_subjects(std::vector<Finding>& findings, std::vector<std::uint64_t> const& hashes) const;
    using EachMatch = std::function<bool(FindingRecord const&, FindingState)>;
    Status each_match(FindingFilter const& filter, FindingSnapshot const& snapshot, EachMatch const& each) const {
        return each_match_within(nullptr, filter, snapshot, each);
    }
    /// Of these, what is within the scope.
    Status each_match(Scope const& scope, FindingFilter const& filter, FindingSnapshot const& snapshot,
                      EachMatch const& each) const {
        return each_match_within(scope.is_everything() ? nullptr : &scope, filter, snapshot, each);
    }
    /// `within`: null asks nothing.
    Status each_match_within(gate::Bounds const* within, FindingFilter const& filter, FindingSnapshot const& snapshot,
                             EachMatch const& each) const;
    /// The record of a finding that is there and within the scope.
    static Result<std::optional<FindingRecord>> find(Scope const& scope, FindingSnapshot const& snapshot,
                                                     std::string_view id);

    Dictionary const& dictionary_;
    ClassTable const& classes_;
    store::Ledger& ledger_;
    mutable std::mutex mutex_;  // guards the two below
    FindingSnapshot snapshot_;
    std::shared_ptr<SayingsTable const> sayings_ = std::make_shared<SayingsTable>();
};

void apply_saying(FindingSayings& sayings, Statement const& statement);

}  // namespace tocsin::events
