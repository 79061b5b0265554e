#pragma once
#include "base/base.hpp"
#include "events/event.hpp"
#include "formats/formats.hpp"

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
    csv,     ///< RFC 4180 and its relatives, any delimiter
    jsonl,   ///< one JSON object a line, its keys mapped like columns
    idf,     ///< one event a line in the IntelMQ Data Format
    list,    ///< one address, network, domain or URL a line
    json,    ///< one JSON document, the records somewhere in it
    xml,     ///< one XML document, the records elements of it
    syslog,  ///< RFC 3164 and RFC 5424
    cef,     ///< ArcSight Common Event Format, with or without a syslog head
    leef,    ///< IBM Log Event Extended Format, with or without a syslog head
    regex,   ///< lines that a regular expression takes apart
    kv,      ///< lines of key=value pairs
    idea,    ///< IDEA0 of CESNET
    xarf,    ///< X-ARF: a mail, its YAML part, or JSON
};
/// True for formats whose records are lines taken apart into named texts.
constexpr bool is_of_log_lines(FeedFormat format) {
    return format == FeedFormat::syslog || format == FeedFormat::cef || format == FeedFormat::leef ||
           format == FeedFormat::regex || format == FeedFormat::kv;
}

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

/// What is done to a column's text before it is converted, in this order.
struct TextShape {
    std::vector<std::string> join;  ///< columns instead of the one; empty ones are left out
    std::string join_with = " ";
    std::optional<formats::Pattern> match;  ///< its first group, or all it matched; no match is absent
    std::string split;
    int part = 1;  ///< from 1, or from -1 at the end; none there is absent
    bool trim = false;
    std::string strip_prefix, strip_suffix;
    std::vector<std::pair<std::string, std::string>> replace;
    bool lower = false, upper = false;
    std::vector<std::pair<std::string, std::string>> map;  ///< sorted
    std::optional<std::string> otherwise;                  ///< of what is not in the map; empty is absent
    std::string default_text;                              ///< when nothing is there

    bool changes_text() const {
        return match || !split.empty() || trim || !strip_prefix.empty() || !strip_suffix.empty() || !replace.empty() ||
               lower || upper || !map.empty() || otherwise;
    }
};

struct ColumnMeaning {
    FieldTarget target;
    Conversion as = Conversion::text;
    TextShape shape;
    std::vector<std::string> formats;  ///< of a time, as %Y-%m-%d %H:%M:%S; the first that fits
    std::optional<formats::TimeZone> zone;
    std::vector<std::string> host_columns;  ///< of an URL: the first that is not empty
    std::string scheme_column;              ///< of an URL
    std::string or_column;                  ///< taken when the column itself is empty
    std::string prefix;                     ///< put in front of the text
};

struct ColumnDefinition {
    std::string column;
    std::vector<ColumnMeaning> meanings;  ///< none: the column is ignored
};

enum class Comparison : std::uint8_t { contains, equals, starts_with, ends_with, one_of, matches, empty };

/// A test of a column's text.
struct Condition {
    std::string column;
    Comparison comparison = Comparison::contains;
    std::vector<std::string> values;
    std::optional<formats::Pattern> pattern;  ///< of `matches`

    bool holds(std::string_view text) const;
};

/// A condition on a column and the constants it sets. The first condition that holds for a row wins.
struct WhenRule {
    Condition condition;
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
    std::vector<Condition> leave_out;  ///< a row for which one of them holds is no event
    std::vector<Condition> only;       ///< a row for which one of them does not hold is no event

    FeedFormat format = FeedFormat::csv;
    char delimiter = ',';
    char quote = '"';
    bool has_header = true;
    bool by_blanks = false;                     ///< runs of blanks separate fields
    bool trims = false;                         ///< blanks around fields go
    bool lenient = false;                       ///< too few or too many fields and loose quotes are put right
    std::string each_split_column, each_split;  ///< one row for each part of that column
    std::string records;                        ///< of json and xml: the way to the records
    std::string each;                           ///< of json: one row for each element of that array of a record
    std::vector<std::string> outer;             ///< of json: texts outside of the records
    bool has_syslog_head = false;
    bool ignores_unmatched = false;  ///< lines that are not of the format are left out
    std::vector<formats::Pattern> patterns;
    formats::PairDialect pairs;
    std::optional<formats::TimeZone> zone;   ///< of times that tell none
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
std::string_view name_of(FeedFormat format);

}  // namespace tocsin::events
