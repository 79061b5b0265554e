#pragma once
#include "base/base.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the rooms above ask of the events, and what they get: values only.
namespace tocsin::events {

using OrganisationNumber = std::int64_t;

enum class Lane : std::uint8_t {
    none,    ///< nobody is known to be responsible
    own,     ///< an organisation of the constituency
    abroad,  ///< a national CIRT (or nobody yet) in another country
};
std::string_view name_of(Lane lane);
std::optional<Lane> lane_named(std::string_view name);

/// Addresses from first to last, both included.
struct AddressRange {
    IpAddress first;
    IpAddress last;
};
/// An address, a prefix, or "first-last". Errors: Code::invalid, naming the text.
Result<AddressRange> parse_address_range(std::string_view text);

/// One condition on any field of the IntelMQ Data Format (or "extra.*").
struct FieldCondition {
    enum class Is : std::uint8_t { equal, unequal, contains, less, greater, present };
    std::string field;
    Is is = Is::equal;
    std::string value;
};
/// `name=value`, `name!=value`, `name~part`, `name<n`, `name>n`, `name?`. Errors: Code::invalid.
Result<FieldCondition> parse_field_condition(std::string_view text);

/// Which events. Empty lists and absent values ask nothing; values of a list are alternatives, all else must hold
/// together.
struct EventFilter {
    std::optional<Timestamp> from;  ///< time.source (or time.observation where there is none) not before
    std::optional<Timestamp> to;    ///< ... and before
    std::vector<AddressRange> addresses;
    std::vector<std::int64_t> asns;
    std::vector<OrganisationNumber> organisations;  ///< 0: without an owner
    std::vector<std::string> feeds;
    std::vector<std::string> taxonomies, types, identifiers;
    std::vector<std::string> countries, transports, severities;
    std::vector<std::int64_t> ports;
    std::string domain;  ///< source.fqdn or source.reverse_dns: this name and those below it
    std::optional<Lane> lane;
    std::optional<std::int64_t> report;
    std::string finding;  ///< a finding's id
    std::vector<FieldCondition> conditions;
    std::string text;  ///< an address, prefix, AS number, domain, or part of a text
};

enum class EventOrder : std::uint8_t { newest_first, oldest_first };

/// A page: after which item (the `next` of the page before; empty: from the start) and how many.
struct PageRequest {
    std::string after;
    std::size_t limit = 100;  ///< at most 1000
};

struct StoredEvent {
    std::uint64_t id = 0;  ///< "e-" + hexadecimal outside
    Timestamp time;        ///< time.source, else time.observation
    std::string feed;
    std::int64_t report = 0;
    OrganisationNumber organisation = 0;  ///< as it was when the event came in
    Lane lane = Lane::none;
    std::string finding;  ///< id of the finding it is part of; empty when it has no subject
    std::string tlp;      ///< its marking: CLEAR, GREEN, AMBER, AMBER+STRICT, RED
    std::string fields;   ///< one JSON object, flat dotted keys
};
struct EventPage {
    std::vector<StoredEvent> items;
    std::string next;  ///< empty on the last page
};

/// Counts by at most three of: feed taxonomy type identifier organisation country asn port transport severity lane
/// address network, and by time.
struct AggregateRequest {
    std::vector<std::string> by;
    std::string bucket;  ///< "", hour, day, week, month
    std::size_t limit = 100;
    bool with_addresses = false;  ///< also count different source addresses: costs more on many events
};
struct AggregateGroup {
    std::vector<std::string> key;  ///< the bucket's start first, if by time; organisations as numbers, "" for none
    std::int64_t count = 0;
    std::int64_t addresses = 0;  ///< different source addresses, if asked for
};
struct Aggregate {
    std::vector<AggregateGroup> groups;
    std::int64_t total = 0;
    std::int64_t other = 0;  ///< what `limit` left out
};

enum class FindingState : std::uint8_t {
    open,            ///< seen in the last rounds of its feed
    repaired,        ///< its feed came so many rounds without it
    back,            ///< was repaired and is seen again; counts as open
    false_positive,  ///< ruled so by the team: silenced until reopened
};
std::string_view name_of(FindingState state);
std::optional<FindingState> finding_state_named(std::string_view name);

/// What somebody says about a finding.
enum class Saying : std::uint8_t {
    seen,
    repaired,
    not_ours,
    false_positive,  ///< by an owner it is a claim; by the team (`Statement::by_team`) it silences the finding
    reopened,        ///< by the team: takes a ruling back
    note,
    assigned,  ///< `text` is the account's number; empty takes it back
};
std::string_view name_of(Saying saying);
std::optional<Saying> saying_named(std::string_view name);

struct Statement {
    std::int64_t id = 0;
    std::string finding;
    Saying saying = Saying::seen;
    bool by_team = false;
    std::string by;  ///< account or organisation, for people
    Timestamp at;
    std::string text;
};

struct Finding {
    std::string id;  ///< stable for its life
    FindingState state = FindingState::open;
    std::string severity;  ///< of the last event; may be empty
    std::string feed;
    std::string taxonomy, type, identifier;
    std::optional<IpAddress> address;
    std::optional<std::uint16_t> port;
    std::string transport;
    std::string domain, url, account;  ///< the subject, where it is more than an address
    std::optional<std::uint32_t> asn;
    std::string country;
    std::string tlp;                      ///< the strictest marking of the feed's events
    OrganisationNumber organisation = 0;  ///< as of the last event or reattribution
    Lane lane = Lane::none;
    Timestamp first_seen, last_seen;
    std::int64_t times = 0;             ///< events
    std::int64_t returns = 0;           ///< how often it was back again
    std::int64_t missed_rounds = 0;     ///< rounds of its feed since it was last seen
    std::optional<Timestamp> repaired;  ///< the first round without it, when repaired
    std::int64_t segment_first = 0;     ///< commit numbers: monotonic watermarks
    std::int64_t segment_last = 0;
    std::optional<Saying> said;  ///< what the owner said last
    std::string assigned;        ///< account number; empty: nobody
};
struct FindingPage {
    std::vector<Finding> items;
    std::string next;
};

enum class FindingOrder : std::uint8_t {
    last_seen_down,
    last_seen_up,
    first_seen_down,
    first_seen_up,
    times_down,
    times_up,
    address,
    severity_down,
};
std::optional<FindingOrder> finding_order_named(std::string_view name);  ///< "-last_seen", "address", ...

struct FindingFilter {
    std::optional<Timestamp> from;                        ///< last seen not before
    std::optional<Timestamp> to;                          ///< ... and before
    std::optional<Timestamp> first_from, first_to;        ///< first seen: not before, and before
    std::optional<Timestamp> repaired_from, repaired_to;  ///< repaired: not before, and before
    std::vector<AddressRange> addresses;
    std::vector<std::int64_t> asns;
    std::vector<OrganisationNumber> organisations;  ///< 0: without an owner
    std::vector<std::string> feeds;
    std::vector<std::string> taxonomies, types, identifiers;
    std::vector<std::string> countries, transports, severities;
    std::vector<std::int64_t> ports;
    std::string domain;                ///< this name and those below it
    std::vector<FindingState> states;  ///< `open` includes `back`
    std::vector<Saying> said;
    bool said_nothing = false;  ///< also those about which the owner said nothing
    std::optional<std::string> assigned;
    std::optional<Lane> lane;
    std::optional<std::int64_t> changed_after;  ///< segment_last greater than this watermark
    std::optional<std::int64_t> new_after;      ///< segment_first greater than this watermark
    std::vector<std::string> ids;
    std::string text;
};

/// A network whose findings have no owner.
struct Unowned {
    IpPrefix network;  ///< /24 or /48
    std::uint32_t asn = 0;
    std::string country;
    Lane lane = Lane::none;
    std::int64_t events = 0, findings = 0;
    Timestamp last_seen;
    IpAddress example;
};

enum class ReportState : std::uint8_t { accepted, reading, done, failed, redelivered };
std::string_view name_of(ReportState state);
std::optional<ReportState> report_state_named(std::string_view name);
enum class ReportOrigin : std::uint8_t { push, folder, command, source };
std::string_view name_of(ReportOrigin origin);

/// One delivery of a feed. When done: rows = events + duplicates + rejected.
struct Report {
    std::int64_t id = 0;
    std::string feed;
    std::string name;  ///< the file's name as it came
    std::string sha256;
    std::int64_t bytes = 0;
    Timestamp received;
    ReportOrigin origin = ReportOrigin::command;
    ReportState state = ReportState::accepted;
    std::int64_t events = 0, duplicates = 0, rejected = 0, attributed = 0;
    double progress = 0;  ///< 0 to 1
    std::optional<Timestamp> finished;
    std::optional<Timestamp> date;  ///< of its round
    std::string error;
    std::optional<std::int64_t> redelivery_of;
    std::string tlp = {};  ///< the strictest marking of what it holds; empty: not known, which is taken as RED
    std::string signature =
        {};  ///< of the mail it came in: "good: FINGERPRINT, name", "bad: ...", "unknown: ..."; empty: none
};

struct StoredRejectedRow {
    std::int64_t id = 0;
    std::string feed;
    std::int64_t report = 0;
    std::string report_name;
    std::int64_t record = 0;  ///< counted from 1, the header not counted
    std::string field, reason, raw;
    Timestamp at;
    std::string state;  ///< kept, replayed, discarded
};

enum class FeedCondition : std::uint8_t {
    good,
    late,     ///< overdue by half its usual interval
    quiet,    ///< four intervals
    failing,  ///< its last report could not be read
    never,    ///< no report yet
    flood,    ///< its last report held ten times more than usual
};
std::string_view name_of(FeedCondition condition);

struct FeedHealth {
    std::string feed;
    FeedCondition condition = FeedCondition::never;
    std::optional<Timestamp> last_report;
    std::optional<std::chrono::seconds> delay;           ///< from the newest event of the last report to its arrival
    std::optional<std::chrono::seconds> usual_interval;  ///< median between reports
    std::int64_t usual_events = 0;                       ///< median of a report
    std::int64_t reports = 0, events = 0, duplicates = 0, rejected = 0;
    std::int64_t kept = 0;                                   ///< rejected rows neither replayed nor discarded
    std::vector<std::pair<Timestamp, std::int64_t>> volume;  ///< events a day, 14 days, oldest first

    /// When the next report should come, by the feed's habit; none without one.
    std::optional<Timestamp> expected() const {
        if (!last_report || !usual_interval) return std::nullopt;
        return *last_report + *usual_interval;
    }
};

/// What was, or would be, removed for its age.
struct Forgetting {
    std::int64_t id = 0;
    Timestamp before;  ///< start of a day, UTC
    Timestamp begun;
    std::optional<Timestamp> finished;      ///< none: it is running, or was interrupted and will be finished
    std::int64_t events = 0, rejected = 0;  ///< so far; after a kill one step of it may not be counted
    std::string by;
};

/// What is, or would be, erased.
struct Erasure {
    std::int64_t events = 0;
    std::vector<std::string> findings;  ///< ids of those of which no event is left
    std::int64_t statements = 0;        ///< about these findings
    std::int64_t rejected = 0;          ///< rejected rows that hold the text
};

struct Totals {
    std::int64_t reports = 0, events = 0, duplicates = 0, rejected = 0, attributed = 0;
    double seconds = 0;
    std::int64_t redelivered = 0, failed = 0;
    Totals& operator+=(Totals const& other);
};

}  // namespace tocsin::events
