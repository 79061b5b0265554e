#pragma once
#include "events/clearance.hpp"
#include "events/dictionary.hpp"
#include "events/engine.hpp"
#include "events/event_row.hpp"
#include "events/finding_class.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>

namespace tocsin::events {

/// A finding's key, as its id says it.
struct FindingKey {
    IpAddress address;
    std::uint64_t subject = 0;
    std::uint32_t finding_class = 0;
    std::uint32_t port = 0;  ///< port + 1; 0: none
    friend auto operator<=>(FindingKey const&, FindingKey const&) = default;
};
FindingKey finding_key(EventRow const& row);
std::string finding_id(FindingKey const& key);
std::optional<FindingKey> parse_finding_id(std::string_view id);

struct SegmentCount {
    std::int64_t segment = 0;
    std::int64_t events = 0;
};

/// The archive: every event, in DuckDB, by columns.
///
/// Addresses are two UBIGINT, small vocabularies numbers of our dictionary, what is uncommon one JSON text. 0 (-1 for
/// ports, "" for texts) is "none", so that no column needs a validity mask. An event's id is its segment times 2^24
/// plus its place. Each segment is sorted by address before it is appended: zone maps then skip most of it when an
/// address or network is looked for.
class Archive {
  public:
    /// `memory_mb` bounds DuckDB's own memory. Extensions are neither fetched nor loaded.
    static Result<std::unique_ptr<Archive>> open(std::filesystem::path const& file, std::size_t memory_mb,
                                                 Dictionary& dictionary, ClassTable& classes);
    ~Archive();

    // From the committer's thread.

    /// Removes events of segments above `segment`, which no ledger row names.
    Status remove_after(std::int64_t segment);
    /// Appends rows in the given order as one segment and commits.
    Status append(std::int64_t segment, std::span<EventRow const* const> rows);
    /// While much is being appended, DuckDB's own threads only stand in the way.
    Status set_ingesting(bool ingesting);
    /// Events up to this segment are visible to the questions below.
    void publish(std::int64_t segment);

    // From any thread: what somebody may read.

    Result<EventPage> search(Scope const& scope, EventFilter const& filter, EventOrder order,
                             PageRequest const& page) const;
    Result<std::int64_t> count(Scope const& scope, EventFilter const& filter) const;
    Result<Extent> extent(Scope const& scope, EventFilter const& filter) const;
    Result<Aggregate> aggregate(Scope const& scope, EventFilter const& filter, AggregateRequest const& request) const;
    Result<StoredEvent> event(Scope const& scope, std::uint64_t id) const;
    Status scan(Scope const& scope, EventFilter const& filter,
                std::function<bool(std::span<StoredEvent const>)> const& each) const;
    Result<Extent> export_to(Scope const& scope, std::filesystem::path const& file, EventFilter const& filter,
                             ExportFormat format, std::string const& reporter) const;
    /// The time of the oldest event; none when there is none.
    Result<std::optional<Timestamp>> oldest(Scope const& scope) const;

    // From any thread: what the room needs to forget and to erase. Nothing of it is shown.

    /// Wanted events by their reports, for matching; one call at a time.
    using SweptReport = std::function<Status(std::int64_t report, std::span<StoredEvent const>)>;
    Status sweep(SweepRequest const& request, unsigned threads, SweptReport const& each) const;
    /// The strictest rank of a marking (EventRow::tlp) that each report's events have.
    Result<std::map<std::int64_t, std::uint8_t>> strictest_of_reports() const;
    /// How many matching events each segment holds, in order of segments.
    Result<std::vector<SegmentCount>> by_segment(EventFilter const& filter) const;
    /// Removes matching events of segments `first` to `last`, in one transaction; gives how many. Memory grows with
    /// their number: a few hundred thousand at a time.
    Result<std::int64_t> remove(EventFilter const& filter, std::int64_t first, std::int64_t last);
    /// Findings all of whose events match, at least one.
    Result<std::vector<FindingKey>> findings_within(EventFilter const& filter) const;
    /// Writes what is in memory or the log into the file.
    Status checkpoint();
    /// Gives back what was kept in memory for the next question, unless one was asked since the last call or is being
    /// answered. Not while something is appended or removed.
    void rest();
    Result<std::vector<std::string>> check() const;
    /// When time.observation was, for events that do not tell: when their report came.
    std::function<Timestamp(std::int64_t report)> received_of;
    /// So many rows of the daily roll-up are left as they came before they are folded; no question notices them.
    std::int64_t fold_rows = 50'000;

    struct Impl;

  private:
    explicit Archive(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::events
