#pragma once
/// Looking again: whether an exposure is still there, asked of the machine itself by one harmless request.
///
/// Off until an administrator turns it on. Asked are only addresses that, at that moment, the register says belong to
/// the organisation of the finding by a prefix of its own, and that lie within a permission of that organisation which
/// is on record and in force (docs/decisions/0034, docs/recheck.md).
#include "access/access.hpp"
#include "constituency/constituency.hpp"
#include "events/events.hpp"
#include "gate/gate.hpp"
#include "net/probe.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tocsin::events {

/// How one kind of exposure is asked about; catalogues/recheck/checks.json.
enum class CheckWay : std::uint8_t {
    connect,    ///< TCP: the port takes connections; nothing is sent
    banner,     ///< TCP: the service speaks first; nothing is sent
    line,       ///< TCP: one line of the service's own protocol that changes nothing
    http,       ///< GET / of HTTP/1.1
    tls,        ///< one ClientHello that offers nothing but what is weak
    dns,        ///< one query for an A record, recursion desired
    ntp,        ///< one control query (mode 6, READVAR); without an answer, the time is asked for
    memcached,  ///< UDP: `version`
};
std::string_view name_of(CheckWay way);

struct Check {
    std::string name;  ///< "telnet"
    std::vector<std::string> identifiers;
    CheckWay way = CheckWay::connect;
    std::string transport;                  ///< tcp or udp
    std::uint16_t port = 0;                 ///< where the finding names none
    std::string send;                       ///< of `line`
    std::vector<std::string> open, closed;  ///< how an answer begins; of http: what stands in it
    std::uint16_t version = 0;              ///< of `tls`
    std::vector<std::uint16_t> ciphers;
};
/// All there are, in the order of the catalogue.
std::vector<Check> const& checks();
/// The one for a finding of that identifier and transport (empty: any), or null.
Check const* check_for(std::string_view identifier, std::string_view transport);
/// What it sends, in words: "nothing: it connects, and reads what the service says first".
std::string words_for(Check const& check);
void append(JsonWriter& json, Check const& check);

enum class Verdict : std::uint8_t {
    still_open,
    closed,     ///< the machine itself said so: refused, or answered that it no longer does that
    unclear,    ///< silence, a filter, an error, something else: never taken for repaired
    not_asked,  ///< nobody was contacted; `detail` says why
};
std::string_view name_of(Verdict verdict);

struct RecheckSettings {
    bool is_on = false;
    int per_minute = 30;            ///< contacts, all together; 1 to 600
    int per_network_an_hour = 20;   ///< contacts with one /24 or /48; 1 to 10,000
    std::chrono::seconds gap{900};  ///< between two contacts with one address; 0 to 7 days
    std::vector<std::chrono::seconds> after_answer = {std::chrono::hours(24), std::chrono::hours(168)};  ///< at most 5
    std::string agent = {};                ///< who we are, in HTTP's User-Agent: "Tocsin re-check; cirt@example.org"
    std::string source = {};               ///< our address to come from; empty: the system chooses
    std::string name = "example.com";      ///< what a resolver is asked for
    std::vector<IpPrefix> reachable = {};  ///< networks that may be asked although they are not global
    Timestamp at = {};
    std::string by = {};
};

void append(JsonWriter& json, RecheckSettings const& settings);

/// What an organisation allows. Texts are what somebody needs who has to prove it later.
struct PermissionTag;
using PermissionId = Id<PermissionTag>;
struct PermissionDraft {
    constituency::OrganisationId organisation;
    std::vector<IpPrefix> networks;        ///< 1 to 100
    std::string given_by;                  ///< who gave it: a person and what entitles them; 1 to 300 bytes
    Timestamp given;                       ///< when; not in the future
    std::optional<Timestamp> starts = {};  ///< none: now
    Timestamp ends;                        ///< at most 2 years after `starts`
    std::string evidence;                  ///< where the paper is, or its words; 1 to 4,000 bytes
};
struct Permission : PermissionDraft {
    PermissionId id;
    Timestamp recorded;
    std::string recorded_by;
    std::optional<Timestamp> withdrawn = {};
    std::string withdrawn_by = {}, reason = {};

    bool is_in_force(Timestamp now) const { return !withdrawn && starts && *starts <= now && now < ends; }
    bool covers(IpAddress address) const;
};
/// `organisation`: its name.
void append(JsonWriter& json, Permission const& permission, std::string_view organisation);

/// Why it is asked.
enum class RecheckCause : std::uint8_t { team, owner, answer };
std::string_view name_of(RecheckCause cause);
enum class RecheckState : std::uint8_t { waiting, running, done };
std::string_view name_of(RecheckState state);

struct RecheckTag;
using RecheckId = Id<RecheckTag>;
struct Recheck {
    RecheckId id;
    std::string finding;
    std::int64_t organisation = 0;
    IpAddress address;
    std::uint16_t port = 0;
    std::string check;
    RecheckCause cause = RecheckCause::team;
    std::string asked_by;
    Timestamp asked, not_before;
    RecheckState state = RecheckState::waiting;
    int attempts = 0;
    PermissionId permission;
    std::optional<Verdict> verdict;
    std::string seen;    ///< net::Seen, in a word
    std::string detail;  ///< in words
    std::optional<Timestamp> began, ended;
};
void append(JsonWriter& json, Recheck const& recheck);

/// What would be asked, or why nothing would be.
struct RecheckPlan {
    std::string finding;
    std::int64_t organisation = 0;
    IpAddress address;
    std::uint16_t port = 0;
    std::string transport;
    Check const* check = nullptr;
    PermissionId permission;
    /// Empty: it may be asked. A word: off, no_check, no_address, no_owner, other_owner, not_global, no_permission.
    std::string_view refusal = {};
    std::string words = {};  ///< for an administrator
};
void append(JsonWriter& json, RecheckPlan const& plan);

/// Asks a machine. For tests another one.
struct Question {
    Check const& check;
    IpAddress address;
    std::uint16_t port = 0;
    RecheckSettings const& settings;
};
struct Answered {
    Verdict verdict = Verdict::unclear;
    net::Seen seen = net::Seen::failed;
    std::string detail = {};
};
using Asker = std::function<Answered(Question const&)>;
/// The real one: at most one connection (NTP: two datagrams) and about ten seconds.
Answered ask(Question const& question);

/// The last clear answer about a finding.
struct LastVerdict {
    bool is_open = false;
    Timestamp at;
};
using LastVerdicts = std::unordered_map<std::string, LastVerdict>;
/// Of all findings that were asked about with a clear answer.
Result<LastVerdicts> last_verdicts(store::Ledger& ledger);
/// True for a statement by which a verdict stands in a finding's history (`seen`: still there; `repaired`: closed).
bool is_by_recheck(Statement const& statement);
/// True when the day of a finding's repair is that of such a statement, and not a round of its feed.
bool is_repair_by_recheck(Finding const& finding, std::vector<Statement> const& statements);

/// The queue of questions. A value: all is in the ledger; make one where one is needed. Safe from any thread; of all
/// that run in one process, one asks at a time a given address.
///
/// After a kill: a question that was under way waits again (at most three times, then it is unclear); a verdict is
/// recorded once. Each contact is written down, and in the audit log, before it is made.
class Rechecks {
  public:
    struct Parts {
        store::Ledger& ledger;
        constituency::Constituency& constituency;
        gate::Gate const& gate;
        Events& events;
        Clock const& clock;
    };
    explicit Rechecks(Parts parts, Asker asker = ask) : parts_(parts), asker_(std::move(asker)) {}

    // The switch.

    Result<RecheckSettings> settings() const;
    /// Turns it on, or changes how. Audited. Errors: Code::invalid, naming the field and what was expected.
    Status turn_on(RecheckSettings const& wanted, access::Principal const& by);
    /// Nothing is asked from now on; what waits is dropped. Audited. A question under way ends within seconds.
    Status turn_off(access::Principal const& by);

    // Permissions. Audited; never changed, only withdrawn.

    /// A constituent: as its manager, its very own addresses. Errors: Code::invalid; not_found (organisation); denied.
    Result<Permission> permit(PermissionDraft const& draft, access::Principal const& by);
    Status withdraw(PermissionId id, std::string_view reason, access::Principal const& by);  ///< ... as its editor
    /// Newest first. `organisation` 0: of all.
    Result<std::vector<Permission>> permissions(constituency::OrganisationId organisation = {}) const;

    // Questions.

    /// What a request would do; contacts nobody.
    Result<RecheckPlan> plan(Finding const& finding) const;
    /// Puts it in the queue. One that waits already, or was asked less than `gap` ago, is given instead. Audited.
    /// Errors: Code::denied with the plan's words when it may not be asked; Code::limit beyond 10,000 that wait.
    Result<Recheck> request(Finding const& finding, RecheckCause cause, access::Principal const& by);
    /// Newest first.
    Result<std::vector<Recheck>> of_finding(std::string_view finding, std::size_t limit = 20) const;
    Result<std::vector<Recheck>> list(std::size_t limit, RecheckId before = {}) const;
    Result<std::int64_t> waiting() const;

    /// Queues questions about what owners said to be repaired since the last call. Gives how many.
    Result<int> schedule();
    /// Asks what is due and within the limits, one after the other. Gives how many were contacted.
    Result<int> run(std::function<bool()> const& is_cancelled = {}, int most = 1000);
    /// Called after each verdict with the finding's id.
    std::function<void(std::string const& finding)> on_verdict = {};

  private:
    Parts parts_;
    Asker asker_;
};

}  // namespace tocsin::events
