#pragma once
#include "base/base.hpp"
#include "events/event.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What we know of a feed, as data: feeds/<publisher>/<report>.toml. How to write one: docs/add-a-feed.md.
namespace tocsin::events {

enum class FeedFormat : std::uint8_t {
    csv,    ///< RFC 4180 and its relatives, any delimiter
    jsonl,  ///< one JSON object a line, its keys mapped like columns
    idf,    ///< one event a line in the IntelMQ Data Format
    list,   ///< one address, network, domain or URL a line
};

/// How a column's text becomes a value. An empty text is always "absent".
enum class Conversion : std::uint8_t {
    text,      ///< "0" and "unknown" are absent too (or what `absent` of the feed says)
    verbatim,  ///< as it is
    integer,
    nonzero,  ///< an integer; 0 is absent
    real,
    boolean,  ///< y, yes, true, enabled, 1; n, no, false, disabled, 0; anything else is absent
    ip,       ///< an address that is not 0.0.0.0 or ::; anything else is absent
    network,  ///< a prefix with its length; anything else is absent
    fqdn,     ///< a host name; anything else is absent
    time,     ///< a moment; UTC if no zone is told
    date,     ///< a moment in any of the usual spellings, kept as text; anything else is absent
    epoch,    ///< seconds (or milli-, microseconds) since 1970
    base64,   ///< text that is not base64 already is encoded
    cve,      ///< the CVE ids among words separated by ; , or space, in order, joined by ;
    url,      ///< an URL, or a path completed with `host` and `scheme` columns
    detect,   ///< an address, a network, a domain or an URL: goes to the field that fits
};

struct FieldTarget {
    std::optional<Field> field;  ///< none: an extra.* member
    std::string name;            ///< the outside name
};

struct ColumnMeaning {
    FieldTarget target;
    Conversion as = Conversion::text;
    std::string format;                     ///< of a time, as %Y-%m-%d %H:%M:%S
    std::vector<std::string> host_columns;  ///< of an URL: the first that is not empty
    std::string scheme_column;              ///< of an URL
    std::string or_column;                  ///< taken when the column itself is empty
    std::string prefix;                     ///< put in front of the text
};

struct ColumnDefinition {
    std::string column;
    std::vector<ColumnMeaning> meanings;  ///< none: the column is ignored
};

enum class Comparison : std::uint8_t { contains, equals, starts_with, ends_with, one_of, empty };

/// A condition on a column and the constants it sets. The first condition that holds for a row wins.
struct WhenRule {
    std::string column;
    Comparison comparison = Comparison::contains;
    std::vector<std::string> values;
    std::vector<std::pair<Field, std::string>> set;
};

struct FeedDefinition {
    std::string id;             ///< "shadowserver/scan_telnet"
    std::string name;           ///< feed.name
    std::string title;          ///< for people
    std::string documentation;  ///< feed.documentation
    std::string publisher;      ///< "Shadowserver Foundation"
    std::string licence;
    std::string tlp = "AMBER";  ///< the marking of its events unless a row says otherwise

    std::string taxonomy;  ///< empty: from the rows
    std::string type;
    std::string identifier;
    std::string severity;  ///< of rows that do not tell one
    std::vector<std::pair<Field, std::string>> constants;
    std::vector<WhenRule> when;

    FeedFormat format = FeedFormat::csv;
    char delimiter = ',';
    char quote = '"';
    bool has_header = true;
    std::vector<std::string> comments;       ///< a record that starts so is left out
    std::string note_separator;              ///< of a list: what follows it is the column "note"
    std::vector<std::string> required;       ///< columns that must give a value in every row
    std::vector<std::string> present;        ///< columns that must be there; a row may leave one empty, but not wrong
    std::vector<std::string> columns;        ///< the columns known; with `has_header` false, their order
    std::vector<ColumnDefinition> meanings;  ///< its own; they win over `common`
    /// What columns mean in all feeds of the publisher (_columns.toml), sorted by column.
    std::shared_ptr<std::vector<ColumnDefinition> const> common;
    std::vector<std::string> absent = {"0", "unknown"};
    enum class Unlisted : std::uint8_t { extra, ignore } unlisted = Unlisted::extra;

    /// Names of its files: * is anything, {date} a day (2026-11-23), {stem} the definition's own name.
    /// "{date}-{stem}-*.csv"
    std::vector<std::string> file_patterns;
    /// Between feeds with the same columns: what a row has in a column, * is anything. The feed with the most hits is
    /// it.
    std::vector<std::pair<std::string, std::string>> row_hints;
    bool recognised_by_header = true;
    bool takes_unknown = false;  ///< of a publisher: a report type without a file of its own is read by its columns

    std::vector<std::string> dedup_key;  ///< field names; empty: the whole row
    int dedup_window_days = 1;
    std::chrono::seconds round_every = std::chrono::hours(24);
    int repaired_after = 3;  ///< rounds without it

    std::string fetch_address;  ///< where it can be fetched; "{date}" is a day. Empty: not told
    std::string fetch_every;    ///< how often that is worth it: "1h"
};

/// The meanings of a column: the feed's own or the common ones; nullptr for a column nobody knows.
ColumnDefinition const* meanings_of(FeedDefinition const& feed, std::string_view column);

/// Where a definition comes from, for messages.
struct FeedSource {
    std::string path;  ///< "feeds/shadowserver/scan_telnet.toml"
    std::string_view text;
};

/// Reads one definition. `base` holds what applies where the definition says nothing: the publisher's defaults.
///
/// Limits: 1 MiB of text, 4096 columns. Errors: Code::invalid; the message has one line for each fault: file, line,
/// key, what was expected.
Result<FeedDefinition> read_feed_definition(std::string id, FeedSource const& source, FeedDefinition base = {});

/// Reads a publisher's _publisher.toml (defaults for all its feeds) and _columns.toml (common meanings); either text
/// may be empty.
Result<FeedDefinition> read_publisher_defaults(FeedSource const& publisher, FeedSource const& columns);

/// How a conversion is written in a definition: "int", "ip", ...
std::string_view name_of(Conversion conversion);

}  // namespace tocsin::events
