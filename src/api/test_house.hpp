#pragma once
#include "access/access.hpp"
#include "api/api.hpp"
#include "api/contract.hpp"
#include "constituency/constituency.hpp"
#include "events/events.hpp"
#include "gate/gate.hpp"
#include "notifications/inbox.hpp"
#include "notifications/notifications.hpp"
#include "readiness/readiness.hpp"
#include "reports/reports.hpp"

#include <boost/json/value.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

/// A whole house in a temporary directory with a little of everything in it, for the tests of the API.
namespace tocsin::api {

/// How a test request signs in.
struct As {
    std::string key = {};     ///< Authorization: Bearer
    std::string cookie = {};  ///< tocsin_session
    std::string csrf = {};
    std::map<std::string, std::string> headers = {};
};

struct Answer {
    int status = 0;
    std::string text;  ///< the body, also of a long answer
    std::vector<net::Header> headers;

    std::string header(std::string_view name) const;
    boost::json::value json() const;  ///< null when it is none
};

/// What a house may have otherwise than usual.
struct TestWorld {
    std::optional<gate::World> gate = {};
    intelligence::ConcernsOf concerns_of = {};
    intelligence::KinOf kin_of = [](gate::OrganisationId) { return intelligence::Kin(); };
    PortalDoors portal = {};
};

class TestHouse {
  public:
    explicit TestHouse(TestWorld world = {});
    ~TestHouse();
    TestHouse(TestHouse const&) = delete;
    TestHouse& operator=(TestHouse const&) = delete;

    /// An organisation with a resource and contacts, a report with good, double and bad rows, a held notification,
    /// accounts and keys of each role, a suppression, a do-not-contact entry, a proposed import. A peer cleared for
    /// GREEN, three indicators (1 GREEN, 2 AMBER, 3 RED) of which 1 and 3 met something, and a RED report that refers
    /// to 1.
    void fill();

    /// A sharing group, a remote, and a recall of indicator 1, which the peer had been given.
    void fill_sharing();

    /// One request as the server would make it, without sockets. `body` is JSON unless `content_type` says otherwise.
    Answer call(net::Method method, std::string const& target, As const& as = {}, std::string const& body = {},
                std::string const& content_type = "application/json");
    Answer get(std::string const& target, As const& as) { return call(net::Method::get, target, as); }
    Answer post(std::string const& target, As const& as, std::string const& body) {
        return call(net::Method::post, target, as, body);
    }

    As const& viewer() const { return viewer_; }
    As const& analyst() const { return analyst_; }
    As const& administrator() const { return administrator_; }
    std::string const& peer_key() const { return peer_key_; }
    As const& pusher() const { return pusher_; }  ///< a key for one feed only
    /// A key of a constituent.
    As key_of(access::Membership const& membership);
    /// A constituent's account, and its session as the API and as the portal take it.
    As constituent(std::string const& name, access::Membership const& membership);
    /// Signs in with a password and gives the cookie and the token.
    As session_of(std::string const& name);

    access::Access& access() { return *access_; }
    events::Events& events() { return *events_; }
    intelligence::Intelligence& intelligence() { return *intelligence_; }
    sharing::Peers& peers() { return *peers_; }
    sharing::Recalls& recalls() { return *recalls_; }
    readiness::Readiness& readiness() { return *readiness_; }
    constituency::Constituency& constituency() { return *constituency_; }
    Contract const& contract() const { return *contract_; }

    static constexpr std::string_view password = "a long enough password";
    static constexpr std::string_view telnet = "shadowserver/scan_telnet";
    static std::string telnet_report();
    static std::string indicator(int n);  ///< its id

  private:
    As key_for(access::Role role, std::vector<std::string> feeds = {});
    void fill_intelligence(gate::OrganisationId peer);

    std::filesystem::path folder_;
    std::unique_ptr<store::DataDirectory> directory_;
    std::unique_ptr<store::Ledger> ledger_;
    std::unique_ptr<access::Access> access_;
    std::unique_ptr<constituency::Constituency> constituency_;
    std::unique_ptr<gate::Gate> gate_;
    std::shared_ptr<events::FeedCatalogue const> catalogue_;
    std::unique_ptr<intelligence::Intelligence> intelligence_;
    std::unique_ptr<sharing::Collections> collections_;
    std::unique_ptr<sharing::Peers> peers_;
    std::unique_ptr<gate::SharingGroups> groups_;
    std::unique_ptr<sharing::Remotes> remotes_;
    std::unique_ptr<events::Sources> sources_;
    std::unique_ptr<events::Fetcher> fetcher_;
    std::unique_ptr<sharing::Exchange> exchange_;
    std::unique_ptr<sharing::Recalls> recalls_;
    std::unique_ptr<readiness::Readiness> readiness_;
    std::unique_ptr<events::Events> events_;
    std::unique_ptr<notifications::Notifications> notifications_;
    std::unique_ptr<notifications::Inbox> inbox_;
    std::unique_ptr<Contract> contract_;
    std::unique_ptr<Api> api_;
    net::Application application_;
    As viewer_, analyst_, administrator_, pusher_;
    std::string peer_key_;
};

}  // namespace tocsin::api
