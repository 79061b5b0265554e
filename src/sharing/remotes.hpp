#pragma once
#include "access/access.hpp"
#include "formats/formats.hpp"
#include "gate/gate.hpp"
#include "sharing/peers.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::sharing {

struct RemoteTag;
using RemoteId = Id<RemoteTag>;

enum class Way : std::uint8_t { poll, push };
std::string_view name_of(Way way);

/// A collection of a peer's TAXII 2.1 server that we poll, or push to.
struct Remote {
    RemoteId id = {};
    std::string name = {};
    PeerId peer = {};
    std::string peer_name = {};
    std::string url = {};                    ///< of its discovery or its API root
    std::string login = {};                  ///< of HTTP Basic; empty: the secret is a bearer token
    bool has_secret = false;                 ///< the secret itself is given out by Remotes::secret_of alone
    std::string ca_file = {};                ///< PEM; empty: the system's authorities
    std::string fingerprint = {};            ///< SHA-256 of its certificate; empty: authorities decide
    std::string certificate = {}, key = {};  ///< files of ours, PEM; empty: none
    std::vector<IpPrefix> reachable = {};    ///< networks of ours where it may be
    bool allows_http = false;                ///< without TLS, also beyond this machine
    std::string collection = {};             ///< its id, alias or title there
    std::string push_collection = {};        ///< the same for what we push; empty: the same
    bool polls = true, pushes = false;
    std::chrono::seconds every{900};
    std::vector<std::string> types = {};  ///< only these; empty: all
    gate::Marking standard = {};          ///< of what comes without a TLP
    std::size_t page = 1000;              ///< objects asked for at once, or sent at once
    bool is_paused = false;
    Timestamp created = {};

    bool goes(Way way) const { return way == Way::poll ? polls : pushes; }
    std::string const& collection_for(Way way) const {
        return way == Way::push && !push_collection.empty() ? push_collection : collection;
    }
};

/// How far one way of a remote has come, and how it fares.
struct Course {
    Timestamp due = {};
    std::optional<Timestamp> last_run = {}, last_success = {};
    std::optional<Timestamp> caught_up = {};  ///< when nothing was left to do
    std::int64_t failures = 0;                ///< in a row
    std::string error = {};                   ///< of the last run; empty: it went well
    std::string remarks = {};                 ///< what the server does otherwise than the standard, one a line
    std::string root = {}, collection = {};   ///< where it is, once found
    std::int64_t done = 0;                    ///< stored here, or confirmed there, in all
    std::int64_t known = 0, refused = 0;

    /// Poll: everything added there until then is here. Push: everything added here until then is there.
    std::optional<Timestamp> added_after = {};

    // Of a poll: the walk through pages that is under way.
    std::optional<Timestamp> walk_from = {}, walk_began = {}, walk_last = {};
    bool is_walk_ordered = true;
    bool is_walk_deep = false;
    std::string next = {};
    std::optional<Timestamp> deep = {};  ///< when the last day was last read again

    // Of a push.
    gate::Tlp clearance = gate::Tlp::clear;  ///< the peer's when `added_after` was reached
    std::string status = {};                 ///< one that was still pending
    std::optional<Timestamp> status_through = {};
    std::int64_t status_sent = 0;
};

/// An object that the other side refused.
struct Refusal {
    std::string object, version, message;
    Timestamp at = {};
};

/// The remotes in the ledger. Changes are audited. Safe from any thread.
class Remotes {
  public:
    Remotes(store::Ledger& ledger, access::Secrets const& secrets, Clock const& clock)
        : ledger_(ledger), secrets_(secrets), clock_(clock) {}

    /// Those that were not removed, nor their peer, by name.
    Result<std::vector<Remote>> all();
    /// By "#3", "3" or name. Errors: Code::not_found.
    Result<Remote> find(std::string_view text);
    /// The secret (a password, a token; empty: none) is kept sealed and never shown. Asks nobody: whether the server is
    /// there shows at the first run. Errors: Code::invalid, naming what is wrong; Code::conflict for a name in use.
    Result<Remote> add(Remote const& draft, std::string_view secret, access::Principal const& by);
    /// What came from it stays. Errors: Code::not_found.
    Status remove(RemoteId id, access::Principal const& by);
    /// A remote that is resumed is due at once.
    Status pause(RemoteId id, bool is_paused, access::Principal const& by);
    /// The next run of that way is due at once. Errors: Code::invalid when it does not go that way.
    Status hurry(RemoteId id, Way way, access::Principal const& by);
    /// Signs in otherwise from now on; how far it came stays. Errors: as for add.
    Status change_secret(RemoteId id, std::string_view login, std::string_view secret, access::Principal const& by);
    /// Errors: Code::denied when it was sealed with another installation's secret.
    Result<std::string> secret_of(Remote const& remote);

    Result<Course> course(RemoteId id, Way way);
    Status save(RemoteId id, Way way, Course const& course);
    /// Forgets how far it came: the next run begins at the first object. What is known is recognised.
    Status restart(RemoteId id, Way way, access::Principal const& by);

    /// Those to be run at that time, the longest waiting first. A clock that was set back makes all of them due.
    Result<std::vector<std::pair<Remote, Way>>> due(Timestamp now);
    /// When the next one will be.
    Result<std::optional<Timestamp>> next_due();

    Status note_refusals(RemoteId id, std::vector<Refusal> const& refusals);
    /// The newest first.
    Result<std::vector<Refusal>> refusals(RemoteId id, std::size_t limit);

  private:
    store::Ledger& ledger_;
    access::Secrets const& secrets_;
    Clock const& clock_;
};

}  // namespace tocsin::sharing
