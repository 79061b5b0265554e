#pragma once
#include "access/access.hpp"
#include "base/base.hpp"
#include "events/feed_catalogue.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::events {

struct SourceTag;
using SourceId = Id<SourceTag>;

enum class SourceKind : std::uint8_t {
    http,          ///< a file, by http:// or https://
    shadowserver,  ///< the Shadowserver reports API
    imap,          ///< a mailbox
    stomp,         ///< messages of a broker, by STOMP 1.2
    amqp,          ///< messages of a broker, by AMQP 0-9-1
    kafka,         ///< messages of a broker, by Kafka
};
std::string_view name_of(SourceKind kind);
std::optional<SourceKind> source_kind_named(std::string_view name);

/// A place reports are fetched from, and how.
struct Source {
    SourceId id = {};
    std::string name = {};
    SourceKind kind = SourceKind::http;
    std::string feed = {};  ///< whose reports; empty: recognised
    /// http: a URL; "{date}" in it is a day (2026-11-23), and missed days are asked for. shadowserver: of the API.
    /// imap: imaps://host[:port] or imap://host[:port]. stomp, amqp, kafka: see net::StreamAddress.
    std::string address = {};
    /// How often it is asked. Of a stream: how long messages are gathered at most before they become a report.
    std::chrono::seconds every{3600};
    std::string login = {};                  ///< of HTTP Basic, mailbox or broker, or the key of the Shadowserver API
    std::string header = {};                 ///< http: the secret is this header's value
    bool has_secret = false;                 ///< the secret itself is given out by Sources::secret_of alone
    std::string ca_file = {};                ///< PEM; empty: the system's authorities
    std::string fingerprint = {};            ///< SHA-256 of the server's certificate; empty: authorities decide
    std::string certificate = {}, key = {};  ///< files of ours, PEM; empty: none
    std::string proxy = {};                  ///< http://host:port or socks5h://host:port
    bool allows_private = false;             ///< it may be on this machine or in networks of ours
    bool allows_http = false;                ///< the secret may go without TLS
    bool redirects_elsewhere = false;        ///< redirects to other hosts are followed
    std::int64_t most_bytes = std::int64_t{1} << 30;  ///< of one report or message
    std::chrono::seconds most_time{600};              ///< of one fetch
    int days = 3;                                     ///< how far back is looked for missed days
    std::string downloads = {};             ///< shadowserver: reports are at this address plus id; empty: by the API
    std::vector<std::string> reports = {};  ///< shadowserver: names of reports; empty: all
    std::vector<std::string> types = {};    ///< shadowserver: types of reports; empty: all
    std::string folder = {};                ///< imap; empty: INBOX
    std::string done_folder = {};           ///< imap: where messages go; empty: they are flagged
    std::vector<std::string> links = {};    ///< imap: a link that one of these expressions matches whole is fetched
    std::string queue = {};                 ///< stomp: the destination; amqp: the queue; kafka: topics, "a,b"
    std::string group = {};                 ///< kafka: the consumer group
    std::string mechanism = {};             ///< kafka: of SASL; empty: PLAIN
    std::vector<std::string> stream_headers = {};  ///< stomp: "name:value", of SUBSCRIBE
    int most_messages = 1000;                      ///< of a stream: in one report, and given without being acknowledged
    bool is_paused = false;
    Timestamp created = {};

    friend bool operator==(Source const&, Source const&) = default;

    bool is_stream() const { return kind >= SourceKind::stomp; }
    bool is_daily() const { return kind == SourceKind::http && address.contains("{date}"); }
};

/// Something fetched by halves.
struct SourcePart {
    std::string url = {};
    std::string tag = {};  ///< a strong ETag or a Last-Modified
    std::int64_t bytes = 0;
};

/// How far a source has come, and how it fares.
struct SourceCourse {
    Timestamp due = {};
    std::optional<Timestamp> last_run = {}, last_success = {}, last_report = {};
    std::int64_t failures = 0;  ///< in a row
    std::string error = {};     ///< of the last run, or of the last report; empty: all went well
    std::int64_t taken = 0;     ///< reports in all
    std::int64_t runs = 0;

    std::string etag = {};  ///< of what was taken last
    std::optional<Timestamp> modified = {};
    std::string body = {};  ///< its SHA-256
    SourcePart part = {};
    std::int64_t validity = 0, uid = 0;
    std::optional<Timestamp> back_from = {}, back_to = {};  ///< days to be asked for once more, both included
};

enum class ItemOutcome : std::uint8_t {
    taken,   ///< a new report
    known,   ///< the same bytes came before
    failed,  ///< no report; see `error`
};
std::string_view name_of(ItemOutcome outcome);

/// One thing that came from a source.
struct SourceItem {
    std::string item = {};  ///< what it is called there: a report's id, a message's number
    std::string name = {};  ///< a file's
    Timestamp at = {};      ///< the run's beginning
    std::optional<std::int64_t> report = {};
    ItemOutcome outcome = ItemOutcome::taken;
    std::int64_t bytes = 0;
    std::string error = {};
    std::string state = {};   ///< read only: of its report
    std::int64_t events = 0;  ///< read only: events and duplicates of its report
};

/// Messages of a stream that were handed over as one report.
struct MessageGroup {
    std::int64_t number = 0;
    std::string sha256 = {};                  ///< of the report's bytes
    std::vector<std::string> messages = {};   ///< message_mark of each
    std::optional<std::int64_t> report = {};  ///< read only: that was accepted
};
/// 16 bytes that stand for a message.
std::string message_mark(std::string_view body);

/// How a feed comes by itself, as its definition tells in [fetch].
struct FetchHint {
    std::string address;
    std::chrono::seconds every{};
};

/// The sources in the ledger. Changes are audited. Safe from any thread.
class Sources {
  public:
    Sources(store::Ledger& ledger, access::Secrets const& secrets, Clock const& clock)
        : ledger_(ledger), secrets_(secrets), clock_(clock) {}

    /// Those that were not removed, by name.
    Result<std::vector<Source>> all();
    /// By "#3", "3" or name. Errors: Code::not_found.
    Result<Source> find(std::string_view text);
    /// The secret (a password, a token, a header's value; empty: none) is kept sealed and never shown. Asks nobody:
    /// whether somebody is there shows at the first run. Errors: Code::invalid, naming the field and what was expected;
    /// Code::conflict for a name in use.
    Result<Source> add(Source const& draft, std::string_view secret, access::Principal const& by);
    /// All but kind, login and secret. A changed address is fetched from its start. Errors: as for add.
    Result<Source> change(Source const& draft, access::Principal const& by);
    /// What came from it stays. Errors: Code::not_found.
    Status remove(SourceId id, access::Principal const& by);
    /// A source that is resumed is due at once.
    Status pause(SourceId id, bool is_paused, access::Principal const& by);
    /// The next run is due at once.
    Status hurry(SourceId id, access::Principal const& by);
    /// Signs in otherwise from now on; how far it came stays. Errors: as for add.
    Status change_secret(SourceId id, std::string_view login, std::string_view secret, access::Principal const& by);
    /// The next run, due at once, asks for these days too; what is here is not taken again. Errors: Code::invalid for
    /// days in the wrong order, more than 366 of them, or a source that knows no days.
    Status backfill(SourceId id, Timestamp from, Timestamp to, access::Principal const& by);
    /// Errors: Code::denied when it was sealed with another installation's secret.
    Result<std::string> secret_of(Source const& source);

    Result<SourceCourse> course(SourceId id);
    /// Writes how far it came, and what came. Days to be asked for once more stay as they are.
    Status save(SourceId id, SourceCourse const& course, std::span<SourceItem const> items = {});
    /// The same at the end of a run. `is_whole`: all days of the course were asked for; days that were ordered
    /// meanwhile make it due at once.
    Status finish(SourceId id, SourceCourse course, bool is_whole);
    /// Whether it came; what failed counts only if asked for.
    Result<bool> has(SourceId id, std::string_view item, bool also_failed);
    /// The newest first.
    Result<std::vector<SourceItem>> items(SourceId id, std::size_t limit);

    /// Those of a stream, the oldest first; `feed` is whose reports they were handed over as.
    Result<std::vector<MessageGroup>> groups(SourceId id, std::string_view feed);
    /// Before its report is accepted. Forgets groups before `keep_from`.
    Status add_group(SourceId id, MessageGroup const& group, std::int64_t keep_from);
    /// What came in each hour, as one item of that hour; the newest first. Of a stream, whose reports are many.
    Result<std::vector<SourceItem>> hours(SourceId id, Timestamp since);
    /// Forgets what came before; its reports stay.
    Status forget_items(SourceId id, Timestamp before);
    /// Streams that are not paused and whose time of trying again has come.
    Result<std::vector<Source>> streams_due(Timestamp now);

    /// Those to be run at that time but for streams, the longest waiting first. A clock that was set back makes all of
    /// them due.
    Result<std::vector<Source>> due(Timestamp now);
    /// When the next one of them will be.
    Result<std::optional<Timestamp>> next_due();

  private:
    store::Ledger& ledger_;
    access::Secrets const& secrets_;
    Clock const& clock_;
};

/// An address of the Shadowserver API and of its downloads.
inline constexpr std::string_view shadowserver_api = "https://transform.shadowserver.org/api2/";
inline constexpr std::string_view shadowserver_downloads = "https://dl.shadowserver.org/";

/// Fills what a draft leaves open: from the feed's [fetch], from what is usual for the kind. Errors: Code::invalid when
/// there is no address, Code::not_found for an unknown feed.
Status complete_source(Source& draft, bool has_every, FeedCatalogue const& catalogue);

}  // namespace tocsin::events
