#pragma once
#include "access/access.hpp"
#include "base/base.hpp"
#include "constituency/constituency.hpp"
#include "events/events.hpp"
#include "gate/gate.hpp"
#include "intelligence/intelligence.hpp"
#include "net/net.hpp"
#include "notifications/notifications.hpp"
#include "readiness/readiness.hpp"
#include "sharing/sharing.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Api: the REST interface by src/api/openapi.json, server-sent events, the console's files, the way to the owners'
/// pages.
namespace tocsin::notifications {
class Inbox;
class KeyWatch;
}  // namespace tocsin::notifications

namespace tocsin::api {

std::span<store::Migration const> migrations();

/// One setting as the console shows it. Values are JSON.
struct Setting {
    std::string key;    ///< "mail.hold"
    std::string value;  ///< of a secret: "set" or null
    std::string standard;
    std::string kind;  ///< text, number, flag, choice, secret
    std::vector<std::string> choices = {};
    std::string from;  ///< default, file, console
    std::string description;
    bool is_fixed = false;       ///< only in the configuration file
    bool needs_restart = false;  ///< the saved value holds from the next start
};

/// What the portal asks of the world outside. One that is missing: the portal says that it can't be done here.
struct PortalDoors {
    std::string base = {};  ///< what stands in front of "/portal/..." in links: "https://cirt.example"
    /// TXT records of a name. Errors: Code::unavailable.
    std::function<Result<std::vector<std::string>>(std::string const& name)> txt_records = {};
    /// The text of https://DOMAIN/.well-known/security.txt (RFC 9116). Errors: those of net::HttpClient;
    /// Code::not_found.
    std::function<Result<std::string>(std::string const& domain)> security_txt = {};
    /// Hands a letter to the mail server. Errors: Code::unavailable when it was not taken.
    std::function<Status(gate::Cleared<notifications::Letter> const& letter)> send = {};
};

/// The rooms the routes speak to. All outlive the Api.
struct Doors {
    store::Ledger* ledger = nullptr;
    store::DataDirectory const* directory = nullptr;
    access::Access* access = nullptr;
    constituency::Constituency* constituency = nullptr;
    gate::Gate const* gate = nullptr;
    events::Events* events = nullptr;
    events::FeedCatalogue const* catalogue = nullptr;
    notifications::Notifications* notifications = nullptr;
    notifications::Inbox* inbox = nullptr;  ///< notifications/inbox.hpp
    intelligence::Intelligence* intelligence = nullptr;
    intelligence::KnownGood const* known_good = nullptr;  ///< none: nothing is known to be good
    sharing::Collections* collections = nullptr;
    sharing::Peers* peers = nullptr;
    gate::SharingGroups* groups = nullptr;
    sharing::Remotes* remotes = nullptr;
    sharing::Exchange* exchange = nullptr;
    sharing::Recalls* recalls = nullptr;
    readiness::Readiness* readiness = nullptr;
    events::Sources* sources = nullptr;
    events::Fetcher* fetcher = nullptr;
    Clock const* clock = &system_clock();
    int keep_days = 0;  ///< of events; 0: all
    PortalDoors portal = {};
    std::function<void()> forget_soon = {};   ///< has what was ordered with order_forgetting done in the background
    std::function<void()> hand_on_soon = {};  ///< has released matches become findings in the background
    std::function<void()> reach_soon = {};    ///< has queued reachability tests sent in the background
    notifications::KeyWatch const* key_watch = nullptr;  ///< none: nobody watches when keys for mail end
    std::function<std::vector<Setting>()> settings = {};
    /// Key and JSON value; null: back to the default. All or none. Errors: Code::invalid, Code::denied for a fixed one.
    std::function<Status(std::vector<std::pair<std::string, std::string>> const&)> change_settings = {};
};

/// What answers under /o/ (the owners' pages, no sign-in, no JavaScript). On a worker.
using OwnerPages = std::function<net::HttpResponse(net::HttpRequest const&)>;

struct ApiOptions {
    std::string team;               ///< name of the team
    std::string version;            ///< of the program
    bool is_demonstration = false;  ///< the data is the fictional nation's
    OwnerPages owner_pages = {};    ///< none: 404
    std::string team_email = {};    ///< address of the team
    std::string public_url = {};    ///< what stands in front of links for others; may be empty
};

/// Everything that answers HTTP. Safe from any thread.
class Api {
  public:
    /// Errors: Code::internal when the contract and the routes do not fit each other, naming the operation.
    static Result<std::unique_ptr<Api>> make(Doors doors, ApiOptions options);
    virtual ~Api() = default;

    /// For a listener; the Api must outlive the server.
    virtual net::Application application() = 0;
    /// The server's figures, for /metrics; set once it has started.
    virtual void watch(net::HttpCounters const& counters) = 0;
    /// Tells open consoles that something changed. `kind`: report, finding, notification, feed, user, directory,
    /// settings, intelligence, match, sharing, readiness, mail; `id` empty: many; `change`: added, changed, removed.
    virtual void publish(std::string_view kind, std::string_view id, std::string_view change) = 0;
};

}  // namespace tocsin::api
