#pragma once
#include "base/base.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::access {

struct AccountTag;
using AccountId = Id<AccountTag>;
struct KeyTag;
using KeyId = Id<KeyTag>;

/// What somebody may do. Ordered: each may do what those before it may.
/// A constituent does not belong to the team: it sees nothing but the portal, and there only its own organisations.
/// A viewer reads; an analyst also acts; an administrator also manages accounts, keys and settings.
enum class Role { constituent, viewer, analyst, administrator };
std::string_view name_of(Role role);
/// "constituent", "viewer", "analyst", "administrator". Errors: Code::invalid.
Result<Role> parse_role(std::string_view text);

/// What somebody of a constituent may do for an organisation there. Ordered, as Role.
/// A reader reads; an editor also answers, changes contacts and settings and claims resources; a manager also lets
/// others of the organisation in and makes its keys.
enum class Right { reader, editor, manager };
std::string_view name_of(Right right);
/// "reader", "editor", "manager". Errors: Code::invalid.
Result<Right> parse_right(std::string_view text);

/// An organisation that somebody with the role constituent acts for.
struct Membership {
    std::int64_t organisation = 0;  ///< constituency::OrganisationId, which this room does not know
    Right right = Right::reader;
    bool sees_below = false;  ///< also reads about the organisations below it by parents
    friend bool operator==(Membership const&, Membership const&) = default;
};

/// By which door somebody came.
enum class Via { session, key, command, server, link };
std::string_view name_of(Via via);

/// Somebody who acts: made by Access from a session or key, or by the three functions below. A plain value.
struct Principal {
    /// The stable name that stands in the audit log: "account:3", "key:4", "command", "server", "link:91". Never
    /// personal data.
    std::string who = "server";
    std::string name;  ///< for people: "amina", the key's purpose, "command (root)"; may be personal data
    Role role = Role::viewer;
    Via via = Via::server;
    AccountId account;                         ///< via session
    KeyId key;                                 ///< via key
    std::vector<std::string> feeds;            ///< via key: when not empty, it may only push reports of these feeds
    std::string address;                       ///< where the request came from; may be empty
    std::string session;                       ///< via session: its public id, as in Access::sessions
    std::vector<Membership> memberships = {};  ///< of a constituent; nobody else has any

    bool is_constituent() const { return role == Role::constituent; }
    /// Of a constituent: its membership in that organisation itself, if it has one.
    Membership const* membership(std::int64_t organisation) const;
    bool may(Role least) const { return role >= least && feeds.empty(); }
    /// True for keys limited to that feed and for analysts and above that are not limited.
    bool may_push(std::string_view feed) const;
};

/// Errors: Code::denied, naming what is needed.
Status require(Principal const& principal, Role least);

/// The program itself: schedules, workers.
Principal server_principal();
/// A command on this machine. Who can open the data directory (mode 0700) is its administrator.
Principal command_principal();
/// An owner who came by the signed link of notification `id`; may do nothing but what that page offers.
Principal link_principal(std::int64_t id, std::string_view address);

}  // namespace tocsin::access
