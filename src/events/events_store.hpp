#pragma once
#include "events/clearance.hpp"
#include "events/engine.hpp"
#include "events/event_row.hpp"
#include "events/finding_class.hpp"
#include "events/run_book.hpp"

#include <map>
#include <string>
#include <vector>

/// All SQL of this room on the ledger.
namespace tocsin::events::store_sql {

/// A report as the ledger has it, with what only this room needs.
struct ReportRow {
    Report report;
    std::string spool;         ///< file name in the spool; empty: read from where it was
    std::int64_t covered = 0;  ///< records committed
    std::optional<std::int32_t> round;
};

Result<std::int64_t> add_report(store::Transaction& ledger, Report const& report, std::string_view spool);
Result<ReportRow> report(store::Transaction& ledger, std::int64_t id);
/// What is said of a report that is not there, or not for who asks.
std::unexpected<Error> no_report(std::int64_t id);
/// The report of that content and feed that is not itself a redelivery and did not fail.
Result<std::optional<ReportRow>> report_like(store::Transaction& ledger, std::string_view sha256,
                                             std::string_view feed);
Result<std::vector<Report>> reports(store::Transaction& ledger, Scope const& scope, std::string_view feed,
                                    std::optional<ReportState> state, PageRequest const& page, std::string& next);
/// Id and feed of reports that were read before reports had markings.
Result<std::vector<std::pair<std::int64_t, std::string>>> unmarked_reports(store::Transaction& ledger);
Status set_signature(store::Transaction& ledger, std::int64_t report, std::string_view signature);
Status set_marking(store::Transaction& ledger, std::int64_t report, std::uint8_t rank);
/// Accepted or half read, spooled, oldest first.
Result<std::vector<ReportRow>> pending(store::Transaction& ledger, std::int64_t after, std::size_t limit);
Status set_failed(store::Transaction& ledger, std::int64_t id, std::string_view error, Timestamp at);
Status set_feed(store::Transaction& ledger, std::int64_t id, std::string_view feed, std::optional<Timestamp> date);

/// How far a segment brings one report.
struct Slice {
    std::int64_t report = 0;
    std::string feed;
    std::int64_t covered = 0;
    Totals added;  ///< events, duplicates, rejected, attributed
    double progress = 0;
    std::int64_t newest = 0;
    std::int32_t round = 0;
    std::int64_t round_seconds = 86'400;
    std::int32_t repaired_after = 3;
    std::uint8_t tlp = 0;  ///< rank of the strictest marking of feed and rows
    bool done = false;
    std::string error;  ///< with `done`: it failed
    bool is_replay = false;
    std::vector<std::int64_t> replayed;  ///< rejected rows that are no longer
    std::vector<RejectedRow> rejected;
    std::string header;
};
struct SegmentRecord {
    std::int64_t number = 0;
    Timestamp at;
    std::int64_t events = 0;
    std::vector<Slice> slices;
    std::vector<std::pair<Word, std::string_view>> words;
    std::vector<std::pair<std::uint32_t, ClassWords>> classes;
    std::vector<FindingSubject> subjects;
    std::vector<std::pair<RunKind, BookChange const*>> books;
};
/// The commit point.
Status commit(store::Transaction& ledger, SegmentRecord const& segment);
Status commit_book(store::Transaction& ledger, RunKind kind, BookChange const& change);

struct Opening {
    std::int64_t segment = 0;
    HashSecret secret;
};
/// Loads words, classes; gives the last segment and the secret (made if missing).
Result<Opening> load(store::Transaction& ledger, Dictionary& dictionary, ClassTable& classes);
Status load_runs(store::Transaction& ledger, RunKind kind, std::function<Status(RunEntry)> const& run,
                 std::function<void(std::span<std::uint64_t const>)> const& small);
struct FeedRow {
    std::int64_t seconds = 86'400;
    std::int32_t repaired_after = 3;
    std::vector<std::int32_t> rounds;
};
Result<std::map<std::string, FeedRow>> feeds(store::Transaction& ledger);

Result<std::vector<StoredRejectedRow>> rejected(store::Transaction& ledger, Scope const& scope, std::string_view feed,
                                                std::optional<std::int64_t> report, PageRequest const& page,
                                                std::string& next);
Result<std::vector<std::pair<std::string, std::int64_t>>> rejected_reasons(store::Transaction& ledger,
                                                                           Scope const& scope, std::string_view feed);
struct KeptRow {
    std::int64_t id = 0;
    std::int64_t report = 0;
    std::int64_t record = 0;
    std::string header, raw;
};
/// Kept rows of one report, in order, at most `limit`, with an id above `after`.
Result<std::vector<KeptRow>> kept_rows(store::Transaction& ledger, std::int64_t report, std::int64_t after,
                                       std::vector<std::int64_t> const& only, std::size_t limit);
Result<std::vector<std::int64_t>> reports_with_kept_rows(store::Transaction& ledger, std::string_view feed,
                                                         std::optional<std::int64_t> report);
Result<std::int64_t> discard(store::Transaction& ledger, std::string_view feed, std::optional<std::int64_t> report,
                             std::vector<std::int64_t> const& rows);

Status say(store::Transaction& ledger, std::string_view finding, Statement const& statement);
Result<std::vector<Statement>> statements(store::Transaction& ledger, std::string_view finding);
Status all_statements(store::Transaction& ledger, std::function<void(Statement const&)> const& each);

Result<std::int64_t> count_statements(store::Transaction& ledger, std::string_view finding);
Status erase_statements(store::Transaction& ledger, std::string_view finding);
Status erase_subject(store::Transaction& ledger, std::uint64_t hash);
/// Ids of rejected rows that hold the text, ASCII case ignored.
Result<std::vector<std::int64_t>> rejected_with(store::Transaction& ledger, std::string_view text);
/// The row stays, what stood in it does not.
Status erase_rejected(store::Transaction& ledger, std::int64_t id);

Result<std::int64_t> begin_forgetting(store::Transaction& ledger, Timestamp before, Timestamp now, std::string_view by);
/// Newest first.
Result<std::vector<Forgetting>> forgettings(store::Transaction& ledger, std::size_t limit);
/// Oldest first.
Result<std::vector<Forgetting>> unfinished_forgettings(store::Transaction& ledger);
Status add_forgotten(store::Transaction& ledger, std::int64_t id, std::int64_t events, std::int64_t rejected);
Result<Forgetting> finish_forgetting(store::Transaction& ledger, std::int64_t id, Timestamp now);
Result<std::int64_t> count_rejected_before(store::Transaction& ledger, Timestamp before);
/// At most `most`; gives how many.
Result<std::int64_t> remove_rejected_before(store::Transaction& ledger, Timestamp before, std::int64_t most);

Result<std::vector<FeedHealth>> feed_health(store::Transaction& ledger, Scope const& scope, std::string_view feed,
                                            Timestamp now);

}  // namespace tocsin::events::store_sql
