#pragma once
#include "base/base.hpp"
#include "events/batch.hpp"
#include "events/feed_catalogue.hpp"
#include "formats/formats.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// From the bytes of a report to batches of events.
///
///     TRY(auto report, open_report(std::move(source), {.name = "2024-07-04-scan_telnet-123-sample-asn.csv"},
///     catalogue)); while (true) {
///         TRY(auto chunk, report.next());                       // one thread reads and cuts
///         if (!chunk) break;
///         auto parsed = parse(std::move(*chunk), report.plan());  // any number of threads parse
///     }
namespace tocsin::events {

/// A row that is no event. Kept, counted, and can be replayed after a fix.
struct RejectedRow {
    std::uint64_t record = 0;  ///< counted from 1, the header not counted
    std::string field;         ///< the column or key; empty when the row as a whole is wrong
    std::string reason;        ///< what was found and what was expected
    std::string raw;           ///< the record as it came, in UTF-8; cut at 64 KiB
};
/// `{"file":...,"record":7,"field":"port","reason":"...","raw":"..."}`
std::string rejected_json(RejectedRow const& row, std::string_view file);

struct ParseLimits {
    std::uint64_t expanded_bytes = std::uint64_t{64} << 30;  ///< of one report, after decompression
    std::uint32_t expansion = 400;                    ///< expanded bytes for each compressed one, once past 64 MiB
    std::size_t record_bytes = std::size_t{1} << 20;  ///< a longer record is rejected
    std::size_t columns = 4096;                       ///< of a header; more is an error
};

struct OpenOptions {
    std::string name;  ///< the original file name, for recognition and messages; a path's folders are ignored
    std::string feed;  ///< a feed's id; empty: recognised by name, then by header
    std::shared_ptr<FeedDefinition const> mapping;  ///< used instead of any feed of the catalogue
    bool is_cut = false;  ///< the bytes are records cut out of a report before, as rejected rows that are read again
    ParseLimits limits;
};

/// Whole records cut out of a report.
struct Chunk {
    std::unique_ptr<char[]> bytes;    ///< readable for 64 bytes behind the last record
    std::vector<std::uint32_t> ends;  ///< where each record ends, its line end included; at most EventBatch::capacity
    std::vector<std::uint32_t> overlong;  ///< which of them (by index) are only the front of a record past the limit
    std::uint64_t first_record = 1;
};

/// How the columns of one report become fields: compiled once from the feed's definition and the header. Immutable;
/// share freely.
class Plan;

struct Parsed {
    EventBatch batch;
    std::vector<RejectedRow> rejected;
};

/// Safe from any thread. Every record of the chunk is an event, a rejected row, or left out because the feed says so
/// (comments, blank lines).
Parsed parse(Chunk chunk, Plan const& plan);

/// A report opened for reading: inflated, recognised, its header compiled. One thread at a time.
class ReportReader {
  public:
    ReportReader(ReportReader&&) noexcept;
    ReportReader& operator=(ReportReader&&) noexcept;
    ~ReportReader();

    FeedDefinition const& feed() const;
    Plan const& plan() const;
    std::shared_ptr<Plan const> shared_plan() const;
    /// The report's date if its name or definition tells one: it names the feed's round.
    std::optional<Timestamp> report_date() const;
    /// The header record as it came; empty if there is none.
    std::string_view header() const;

    /// The next chunk, or nothing at the end. Errors: Code::limit past a limit, Code::invalid for broken compression:
    /// what came before is good and stays.
    Result<std::optional<Chunk>> next();
    /// Skips records, to take up a report after a restart: the next chunk starts with record `record` (from 1).
    Status skip_to(std::uint64_t record);

  private:
    friend Result<ReportReader> open_report(std::unique_ptr<formats::ByteSource>, OpenOptions const&,
                                            FeedCatalogue const&);
    struct State;
    explicit ReportReader(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Errors: Code::not_found when no feed is known by that id or by name and header (the message names the candidates);
/// Code::invalid for a missing required column or bytes that are no such report; Code::limit.
Result<ReportReader> open_report(std::unique_ptr<formats::ByteSource> source, OpenOptions const& options,
                                 FeedCatalogue const& catalogue);

}  // namespace tocsin::events
