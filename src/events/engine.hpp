#pragma once
#include "access/access.hpp"
#include "base/base.hpp"
#include "events/batch.hpp"
#include "events/clearance.hpp"
#include "events/feed_catalogue.hpp"
#include "events/parser.hpp"
#include "events/query.hpp"
#include "store/store.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::events {

std::span<store::Migration const> migrations();

/// What is known about one event before its owner is.
struct Subject {
    IpAddress address;      ///< none: the event has none
    std::uint32_t asn = 0;  ///< 0: the feed did not tell
    std::string_view fqdn;
    std::string_view country;
};
/// What the constituency and the enrichment tables say. Texts live as long as the snapshot, `country` until the thread
/// asks again.
struct Attribution {
    OrganisationNumber organisation = 0;
    Lane lane = Lane::none;
    std::uint32_t asn = 0;  ///< 0: unknown
    IpPrefix network;       ///< length 0: unknown
    std::string_view as_name;
    std::string_view country;
};

/// One consistent state of constituency and enrichment tables. Immutable; safe from any thread.
class Surroundings {
  public:
    virtual ~Surroundings() = default;
    /// `answers` has the size of `subjects`.
    virtual void attribute(std::span<Subject const> subjects, std::span<Attribution> answers) const = 0;
};

/// Whose batch it is.
struct MatchContext {
    std::int64_t report = 0;
    std::string_view feed;
    Timestamp received;
    std::string_view tlp = "RED";  ///< the marking of rows that tell none
};
/// Told about every batch of new events just before they are made durable (intelligence fills it).
class Matcher {
  public:
    virtual ~Matcher() = default;
    /// Called once for a batch, from the parser threads: must be safe from any thread. Rows may still turn out to be
    /// duplicates, and after a kill a batch may come again. Gives how far its knowledge went, a number that grows.
    virtual std::uint64_t match(EventBatch const& batch, MatchContext const& context) = 0;
    /// Called before batches it was told about become durable as segment `segment`, from one thread: what it found in
    /// them must be durable when this returns, or be found again when the batch comes again. `known` is the least
    /// number that `match` gave for any of them. An error stops the ingest.
    virtual Status before_commit(std::int64_t segment, std::uint64_t known) = 0;
};

/// A stretch of archived events, by the columns that name machines and things.
struct SweptEvents {
    std::size_t size = 0;
    std::uint64_t const* source_high = nullptr;  ///< the addresses are all there, or (null) none
    std::uint64_t const* source_low = nullptr;
    std::uint64_t const* destination_high = nullptr;
    std::uint64_t const* destination_low = nullptr;
    /// As IDF has them; with a size only if asked for. `others`: what has no column, as JSON members without braces; it
    /// comes by itself, of events whose other fields can be about something that is matched.
    std::span<std::string_view const> fqdn = {}, reverse_dns = {}, url = {}, others = {}, others_of_report = {};

    IpAddress source(std::size_t row) const { return {source_high[row], source_low[row]}; }
    IpAddress destination(std::size_t row) const { return {destination_high[row], destination_low[row]}; }
};
/// A pass over the whole archive, for matching: nothing of it leaves the house.
struct SweepRequest {
    bool with_texts = false;
    /// Says which rows are wanted whole. From several threads; an event may come twice, with other columns.
    std::function<void(SweptEvents const&, std::vector<std::uint32_t>& wanted)> pick;
    /// Gets the wanted events, as they would be parsed; one call at a time.
    std::function<Status(EventBatch const&, MatchContext const&)> each;
    std::function<bool()> is_cancelled = {};
};

struct MailUnsealer;
struct FindingBrief;

struct Options {
    std::filesystem::path directory;  ///< the data directory; this room keeps to archive.duckdb, runs/, spool/
    std::shared_ptr<FeedCatalogue const> catalogue;
    std::function<std::shared_ptr<Surroundings const>()> surroundings;  ///< the newest snapshot; may be empty
    Clock const* clock = nullptr;
    unsigned workers = 0;                               ///< parser threads; 0: as many as processors, at most 4
    std::size_t memory_mb = 0;                          ///< bound for ingest and archive together; 0: 400
    std::shared_ptr<Matcher> matcher = {};              ///< may be empty
    std::filesystem::path drop_folder = {};             ///< watched by `start`; empty: none
    std::shared_ptr<MailUnsealer const> unsealer = {};  ///< opens encrypted mails; may be empty
    std::function<void()> on_commit = {};  ///< after each commit, from the ingest thread: new events are visible
    std::int64_t segment_rows = 0;         ///< 0: the built-in 491,520 (tests make small segments)
    std::int64_t forget_rows = 0;          ///< removed in one transaction; 0: the built-in 500,000 (tests: fewer)
    std::int64_t fold_rows = 0;            ///< daily counts left unfolded; 0: the built-in 50,000 (tests: fewer)
};

struct IngestRequest {
    std::string feed;                               ///< a feed's id; empty: recognised
    std::string name;                               ///< original name; empty: the file's
    std::shared_ptr<FeedDefinition const> mapping;  ///< used instead of the catalogue
    std::function<void(Report const&)> progress;    ///< about twice a second, from the calling thread
    std::function<bool()> is_cancelled;
};

struct FindingDetail {
    Finding finding;
    std::vector<Statement> statements;  ///< oldest first
    std::vector<Timestamp> rounds;      ///< in which it was seen, of the last 64, oldest first
    std::vector<StoredEvent> events;    ///< the newest 50
    std::vector<Finding> related;       ///< others on the same address, at most 20
    // events and related as far as the reader's scope goes
};

struct StatementRequest {
    std::vector<std::string> findings;
    Saying saying = Saying::seen;
    bool by_team = false;
    std::string by;
    std::string text;
};

enum class ExportFormat : std::uint8_t {
    jsonl,
    csv,
    parquet,
    idea,       ///< IDEA0, one object a line
    xarf,       ///< X-ARF 4, one report a line
    xarf_yaml,  ///< X-ARF 0.2, the YAML parts one behind the other
};
std::optional<ExportFormat> export_format_named(std::string_view name);

/// The house's events: ways in, archive, findings. One per data directory; safe from any thread.
///
/// Who reads says for whom: every reader takes a Scope, made by the gate, and what is outside it is neither given nor
/// counted, nor told from what does not exist (Code::not_found, in the same words). Where nothing is hidden from the
/// recipient, nothing is asked of the stores. The room's own work (retention, erasing, reattribution) reads behind this
/// door; planning warnings and matching have gate::HouseWork.
///
/// Durability: what `accept` answered, and what `ingest` and the workers counted, is there after a kill at any
/// instruction, once. Segment order: runs synced, then the archive's commit, then the ledger row (the only commit
/// point). At open what no ledger row names is removed and reports that are not whole are taken up again after the last
/// committed record.
class Events {
  public:
    /// Errors: Code::io naming the file and what to do; Code::unavailable when the archive is in use.
    static Result<std::unique_ptr<Events>> open(store::Ledger& ledger, Options options);
    ~Events();

    // Ways in.

    /// Starts the worker that takes up accepted reports, and watches the drop folder.
    Status start();
    /// Ends them; what was committed stays, a report half read is taken up again by the next start.
    void stop();
    /// Writes a report to the spool and to the ledger, both synced; then answers. Redelivered bytes of the same feed
    /// get the report they are a redelivery of, in state `redelivered`. `read` gives the next bytes, empty at the end.
    /// Errors: Code::limit beyond 16 GiB, Code::invalid for an unknown feed.
    Result<Report> accept(std::function<Result<std::string_view>()> const& read, std::string_view name,
                          std::string_view feed, ReportOrigin origin);
    Result<Report> accept(std::string_view bytes, std::string_view name, std::string_view feed, ReportOrigin origin);
    /// Writes down who signed the mail that a report came in (Report::signature).
    Status signed_by(std::int64_t report, std::string_view signature);
    /// Ingests files without copying them, before it returns. A kill and a second call: nothing doubled, nothing lost.
    /// A redelivered report counts its rows as duplicates (and rejected). Errors: a disk that is full or fails.
    /// Cancelling keeps what was committed.
    /// What a report itself has wrong (no feed known, broken compression) is no error of the call: `Totals::failed`
    /// counts it and `progress` is told a Report in state failed with its error.
    Result<Totals> ingest(std::span<std::filesystem::path const> files, IngestRequest const& request);
    Result<Totals> ingest(std::filesystem::path const& file, IngestRequest const& request) {
        return ingest(std::span(&file, 1), request);
    }
    /// Processes what is accepted and not done, before it returns (no `start` needed).
    Result<Totals> process_pending(std::function<bool()> const& is_cancelled = {});

    Result<std::vector<Report>> reports(Scope const& scope, std::string_view feed, std::optional<ReportState> state,
                                        PageRequest const& page, std::string& next) const;
    Result<Report> report(Scope const& scope, std::int64_t id) const;

    // Rejected rows: within the scope when their report is.

    Result<std::vector<StoredRejectedRow>> rejected(Scope const& scope, std::string_view feed,
                                                    std::optional<std::int64_t> report, PageRequest const& page,
                                                    std::string& next) const;
    /// (reason, count), most frequent first, at most 50.
    Result<std::vector<std::pair<std::string, std::int64_t>>> rejected_reasons(Scope const& scope,
                                                                               std::string_view feed) const;
    /// Reads kept rows again with the feed as it is now; what is an event now is stored and marked `replayed`.
    Result<Totals> replay(std::string_view feed, std::optional<std::int64_t> report,
                          std::vector<std::int64_t> const& rows = {});
    /// Marks kept rows as not worth a replay; gives how many. Written in the audit log.
    Result<std::int64_t> discard(access::Principal const& by, std::string_view feed, std::optional<std::int64_t> report,
                                 std::vector<std::int64_t> const& rows = {});

    // Events.

    Result<EventPage> search(Scope const& scope, EventFilter const& filter, EventOrder order,
                             PageRequest const& page) const;
    Result<std::int64_t> count(Scope const& scope, EventFilter const& filter) const;
    /// The count and the strictest marking: what the disclosure log wants to know of a download before it begins.
    Result<Extent> extent(Scope const& scope, EventFilter const& filter) const;
    Result<Aggregate> aggregate(Scope const& scope, EventFilter const& filter, AggregateRequest const& request) const;
    Result<StoredEvent> event(Scope const& scope, std::uint64_t id) const;
    /// Hands over every matching event, newest segment last, a few thousand at a time; false from `each` stops.
    Status scan(Scope const& scope, EventFilter const& filter,
                std::function<bool(std::span<StoredEvent const>)> const& each) const;
    /// Looks at every event that is visible now, for matching. Ingest goes on meanwhile; what is committed later is not
    /// looked at. Errors: those of `each`; Code::unavailable when cancelled.
    Status sweep(gate::HouseWork const& work, SweepRequest const& request) const;
    /// Writes matching events to a file. CSV cells are safe for spreadsheets. The caller enters it in the disclosure
    /// log (Gate::record). `reporter`: a mail address, of X-ARF, whose reports name who sends them.
    Result<Extent> export_to(Scope const& scope, std::filesystem::path const& file, EventFilter const& filter,
                             ExportFormat format, std::string const& reporter = {}) const;

    // Forgetting: events, rejected rows and deduplication keys from before a day. Findings, what was said about them,
    // reports' names and counts, and notifications stay (docs/decisions/0008-what-is-forgotten.md).

    /// What forget_before would remove. `before` counts from the start of its day (UTC).
    Result<Forgetting> would_forget(Timestamp before) const;
    /// Removes, and comes back when all is removed; ingest goes on in between. Written in the audit log. After a kill
    /// or a full disk some of it is gone and finish_forgetting does the rest. A redelivered report stays recognised;
    /// the same old rows in another file are new again. Errors: Code::invalid for a day in the future;
    /// Code::unavailable when cancelled.
    Result<Forgetting> forget_before(access::Principal const& by, Timestamp before,
                                     std::function<bool()> const& is_cancelled = {});
    /// Only writes down, durably, that it is to be done; gives its number. finish_forgetting does it.
    Result<std::int64_t> order_forgetting(access::Principal const& by, Timestamp before);
    /// Does what was ordered, or interrupted. One at a time; a second caller waits.
    Status finish_forgetting(std::function<bool()> const& is_cancelled = {});
    /// Newest first.
    Result<std::vector<Forgetting>> forgettings(std::size_t limit = 20) const;
    /// The time of the oldest event in the archive.
    Result<std::optional<Timestamp>> oldest(Scope const& scope) const;

    // Erasing what is known of somebody (docs/decisions/0009-what-is-erased.md).

    /// What erase would remove.
    Result<Erasure> would_erase(EventFilter const& filter) const;
    /// Removes matching events, for good; the findings that have no other event, with what was said about them and the
    /// account, domain or URL they are about; and, if the filter has a text, what rejected rows hold of it. Ingest
    /// waits meanwhile. `reason` goes into the audit log, the filter does not. After a kill a second call does the
    /// rest. Errors: Code::invalid for a filter that asks nothing, or a text shorter than 3 bytes; Code::limit beyond
    /// 100,000 events.
    Result<Erasure> erase(access::Principal const& by, EventFilter const& filter, std::string_view reason);

    // Findings.

    Result<FindingPage> findings(Scope const& scope, FindingFilter const& filter, FindingOrder order,
                                 PageRequest const& page) const;
    Result<std::int64_t> count(Scope const& scope, FindingFilter const& filter) const;
    Result<Extent> extent(Scope const& scope, FindingFilter const& filter) const;
    /// `by` as for events but `lane`, `address`, also `state`; `bucket` goes by last seen.
    Result<Aggregate> aggregate(Scope const& scope, FindingFilter const& filter, AggregateRequest const& request) const;
    Result<Finding> finding(Scope const& scope, std::string_view id) const;
    Result<FindingDetail> finding_detail(Scope const& scope, std::string_view id) const;
    /// Every matching finding in order of address; false stops.
    Status scan(Scope const& scope, FindingFilter const& filter, std::function<bool(Finding const&)> const& each) const;
    /// The same for who counts millions (finding_brief.hpp): each finding once, to one of the functions. There are as
    /// many threads as functions, and each calls its own, in no order; false stops all.
    Status scan_briefly(Scope const& scope, FindingFilter const& filter,
                        std::span<std::function<bool(FindingBrief const&)> const> each) const;
    /// Appends statements to the ledger (never changed after).
    /// Errors: Code::not_found for a finding that does not exist.
    Status say(StatementRequest const& request);
    Result<std::vector<Statement>> statements(Scope const& scope, std::string_view finding) const;
    /// Asks the newest surroundings about every finding; gives how many changed hands.
    Result<std::int64_t> reattribute();
    /// Networks whose findings have no owner, most events first.
    Result<std::vector<Unowned>> unowned(Scope const& scope, std::optional<Lane> lane, std::size_t limit,
                                         std::size_t offset = 0) const;
    /// The newest commit: findings with `segment_last` up to this are visible.
    std::int64_t watermark() const;

    // Feeds: as the reports within the scope tell. A feed without such a report is `never`, or not listed.

    Result<std::vector<FeedHealth>> feed_health(Scope const& scope) const;
    Result<FeedHealth> feed_health(Scope const& scope, std::string_view feed) const;

    /// Faults found in archive, runs and spool; empty when whole.
    Result<std::vector<std::string>> check() const;
    /// Writes a consistent copy of archive, runs and spool under `target` while others read and write; the ledger must
    /// be copied inside `copy_ledger`, which is called when nothing is being committed.
    Status backup_to(std::filesystem::path const& target, std::function<Status()> const& copy_ledger);

  private:
    struct Impl;
    explicit Events(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::events
