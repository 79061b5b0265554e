#pragma once
/// Repair, measured: what became of findings, how long it took, and what warnings have to do with it. One pass over the
/// findings; reads rooms, changes none.
///
/// What the words mean (docs/repair.md says it for people):
/// - A finding is repaired when its feed came so many rounds without it; on the day of the first of these rounds. A
///   repair that did not last is none: the finding counts as still there until it is gone for good.
/// - It is at risk from the day it was first seen until that day, or, while it stands, until the day it was last seen.
///   What the team ruled a false positive was never there.
/// - It is warned from the day its owner was first told. Until then it is among those not warned, also if it is warned
///   later: else the warned would look slow to be repaired for having had to live until the warning.
#include "base/base.hpp"
#include "events/events.hpp"
#include "gate/gate.hpp"
#include "reports/repair/survival.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::reports {

struct Rooms;

/// How a finding stands. The first that is true.
enum class Standing : std::uint8_t {
    ruled_out,  ///< by the team: a false positive
    repaired,
    disputed,  ///< its owner says it is not theirs, or a false positive
    back,      ///< was repaired, and is there again
    silent,    ///< its owner was warned and has said nothing
    open,      ///< all else: not warned yet, or seen by its owner
};
constexpr std::size_t standings = 6;
std::string_view name_of(Standing standing);

enum class Dimension : std::uint8_t {
    nothing,
    organisation,
    asn,
    network,  ///< /24 or /48
    sector,
    taxonomy,
    type,
    identifier,
    country,
    feed,
    severity,
    rule,  ///< under which its owner was told first; what nobody was told of is in no group
};
std::string_view name_of(Dimension dimension);
std::optional<Dimension> dimension_named(std::string_view name);
/// "organisation, asn, network, ...": for messages.
std::string dimension_names();

struct RepairRequest {
    /// Which findings; first_from and first_to bound when they were first seen.
    events::FindingFilter filter = {};
    std::vector<std::string> sectors = {};
    Dimension by = Dimension::nothing;
    std::size_t most = 50;       ///< groups, those with the most findings first; at most 1,000
    bool with_warnings = false;  ///< the warned against the not warned in each group, too
};

/// Warned against not warned, over the same days since a finding was first seen.
struct Warned {
    Curve not_warned;  ///< until the day of the warning, if one came
    Curve warned;      ///< from the day of the warning on (enters late)
    Curve since;       ///< the days counted from the first warning
    Comparison test;   ///< warned against not warned
};

/// What warnings were worth: repairs within 30 days of the warning, above those that come without one. Of a rule, which
/// chooses what it tells: above those of the same identifiers without a warning, in the proportions in which the rule
/// told of them.
struct Worth {
    std::int64_t warned = 0;  ///< findings told to their owners
    Interval with, without;   ///< shares repaired within 30 days
    Interval won;             ///< repairs
};

struct RepairGroup {
    std::string key = {};   ///< an organisation's number, "64500", "192.0.2.0/24", "energy", ...; empty: none is known
    std::string name = {};  ///< of an organisation
    std::array<std::int64_t, standings> counts{};
    std::int64_t findings = 0;
    std::int64_t organisations = 0;  ///< different owners
    std::int64_t warned = 0;
    std::int64_t found_closed = 0;  ///< of the repaired: told by looking again before the feed could tell
    std::int64_t found_open = 0;    ///< of those that stand: looked at again, and found there the last time
    Curve curve;
    std::optional<Warned> warnings;
    std::optional<Worth> worth;  ///< none where one of the two shares is not known yet

    std::int64_t count(Standing standing) const { return counts[static_cast<std::size_t>(standing)]; }
};

struct RepairPicture {
    RepairGroup whole;
    std::vector<RepairGroup> groups;
    std::int64_t more_groups = 0;  ///< that were left out
};

/// Counts within what `by` may see.
/// Cost: one pass over the findings that match. Errors: those of the rooms.
Result<RepairPicture> measure_repair(Rooms const& rooms, RepairRequest const& request, access::Principal const& by);
/// Shares are from 0 to 1. The curves are given for the whole only; of those with more than 400 steps, every n-th.
void append(JsonWriter& json, RepairPicture const& picture);
/// One line a group, the whole first; cells are safe for spreadsheets.
std::string as_csv(RepairPicture const& picture, Dimension by);

// Who does how well, in proportion to what they hold.

struct LeagueRequest {
    events::FindingFilter filter = {};
    std::vector<std::string> sectors = {};
    std::int64_t least_addresses = 256;  ///< IPv4: below, no rate and no rank
    std::int64_t least_networks = 1;     ///< IPv6, /48: below, no rate and no rank
    bool by_v6 = false;                  ///< the rows in the order of IPv6
    std::int64_t least_findings = 10;    ///< below, no share and no median
    std::size_t most = 200;              ///< at most 1,000
};
/// One family of addresses in a row. Findings count in the family of their address; those without one in none.
struct LeagueFamily {
    std::optional<int> rank = {};  ///< by `open`, the lowest is the first; equal ones share it
    std::int64_t standing = 0;
    std::optional<Interval> open = {};  ///< still there, of a thousand held; none where that is small
    bool is_small = false;              ///< too few addresses, or none on record
};
struct LeagueRow {
    std::int64_t organisation = 0;
    std::string name = {}, sector = {};
    std::int64_t addresses = 0;               ///< IPv4, without those of others inside; 0: none are on record
    double networks_v6 = 0;                   ///< IPv6, in /48; the same. A /56 is 1/256
    std::int64_t findings = 0, standing = 0;  ///< of all, also those without an address
    LeagueFamily v4, v6;                      ///< per thousand addresses; per thousand /48
    std::optional<Interval> within_30;
    std::optional<MedianDays> median;
};
struct League {
    std::vector<LeagueRow> rows;  ///< the ranked first
    std::int64_t more_rows = 0;
};
Result<League> make_league(Rooms const& rooms, LeagueRequest const& request, access::Principal const& by);
void append(JsonWriter& json, League const& league);
std::string as_csv(League const& league);

// The same device on another address.

struct MovedRequest {
    std::int64_t organisation = 0;
    std::optional<Timestamp> from = {}, to = {};
    std::size_t most = 200;
};
struct Moved {
    std::string identifier;  ///< which field told: "extra.device_serial", "source.account"
    std::string value;
    std::string what;  ///< classification.identifier, or the type
    IpAddress before, after;
    Timestamp last_before, first_after;
    std::string finding_before, finding_after;
};
struct MovedPicture {
    std::vector<Moved> items;
    std::int64_t looked_at = 0, with_identifier = 0;  ///< events
    bool is_cut = false;                              ///< there was more than is looked at
};
/// From the events, for findings keep no such identifier: hence of one organisation, on request. A device has moved
/// when a value that names one device (a serial number, a hardware address, a certificate's fingerprint, an account,
/// a host's own name) is first seen on another address after it was last seen on the one before.
/// Limits: 2,000,000 events.
Result<MovedPicture> find_moved(Rooms const& rooms, MovedRequest const& request, access::Principal const& by);
void append(JsonWriter& json, MovedPicture const& picture);

// The country by region and network.

struct CountryRequest {
    Timestamp from, before;
    bool by_network = false;  ///< by AS number; else by region
    std::size_t most = 50;
};
struct CountryRow {
    std::string key;  ///< region, or AS number; empty: not known
    std::int64_t events = 0, addresses = 0, organisations = 0;
    std::int64_t events_before = 0, addresses_before = 0;  ///< in the period of the same length before
    std::vector<std::int64_t> trend;                       ///< events, by the days of CountryPicture::days
};
struct CountryPicture {
    Timestamp from, before, before_from;
    std::vector<std::string> days;  ///< or months, when there are more than 92
    std::vector<CountryRow> rows;
    std::int64_t more_rows = 0;
};
Result<CountryPicture> picture_country(Rooms const& rooms, CountryRequest const& request, access::Principal const& by);
void append(JsonWriter& json, CountryPicture const& picture);

}  // namespace tocsin::reports
