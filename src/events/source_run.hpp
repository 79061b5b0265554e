#pragma once
#include "events/source_fetcher.hpp"
#include "net/net.hpp"

/// What a run holds. Private to the room.
namespace tocsin::events {

struct SourceRun {
    FetcherDoors const& doors;
    FetcherLimits const& limits;
    Source const& source;
    std::string const& secret;
    FetchOptions const& options;
    SourceCourse& course;
    FetchReport& report;
    Timestamp began;
    std::optional<std::chrono::seconds> asked_to_wait = {};
    std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();

    bool is_cancelled() const { return options.is_cancelled && options.is_cancelled(); }
    bool is_out_of_time() const { return std::chrono::steady_clock::now() - started > limits.time; }
    /// Writes how far it came, and what came; not in a dry run.
    Status save(std::span<SourceItem const> items = {}) const;
    /// Hands a file over. Its item is in the report, not yet in the ledger. Errors: disk and ledger; what is no report
    /// is an item in state failed.
    Result<SourceItem> take_file(std::filesystem::path const& file, std::string_view item, std::string_view name);
    Result<SourceItem> take(std::string_view bytes, std::string_view item, std::string_view name);
    /// Whether it came before. What was no report is tried again from the start only.
    Result<bool> has(std::string_view item) const { return doors.sources->has(source.id, item, !options.from_start); }
    SourceItem& note(SourceItem item);
    net::HttpClientOptions http_options(bool with_secret) const;
    /// First and last day to be asked for, oldest first.
    std::vector<std::string> days() const;
};

/// One GET.
struct Order {
    std::string url;
    bool with_secret = true;
    std::string etag = {};
    std::optional<Timestamp> modified = {};
};
/// What it gave.
struct Fetched {
    bool is_new = false;  ///< 304: not
    std::filesystem::path file = {};
    std::string name = {}, etag = {}, sha256 = {};
    std::optional<Timestamp> modified = {};
    std::int64_t bytes = 0;
};
/// Fetches into a file of the source's own, which the next fetch overwrites. What breaks off is resumed, also in a
/// later run. Errors: Code::denied, Code::not_found, Code::unavailable, Code::limit, Code::invalid.
Result<Fetched> fetch_file(SourceRun& run, Order const& order);
/// What is known of it without fetching it.
Result<SourceItem> look_at_file(SourceRun& run, Order const& order);
/// What a status that is no success means.
Error meaning_of(net::HttpReply const& reply);

Status run_http(SourceRun& run);
Status run_shadowserver(SourceRun& run);
Status run_imap(SourceRun& run);
Status run_stream(SourceRun& run);

}  // namespace tocsin::events
