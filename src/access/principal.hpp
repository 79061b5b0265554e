#pragma once
#include "base/base.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::access {

struct AccountTag;
using AccountId = Id<AccountTag>;
struct KeyTag;
using KeyId = Id<KeyTag>;

/// What somebody may do. Ordered: each may do what those before it may.
/// A viewer reads; an analyst also acts; an administrator also manages accounts, keys and settings.
enum class Role { viewer, analyst, administrator };
std::string_view name_of(Role role);
/// "viewer", "analyst", "administrator". Errors: Code::invalid.
Result<Role> parse_role(std::string_view text);

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
    AccountId account;               ///< via session
    KeyId key;                       ///< via key
    std::vector<std::string> feeds;  ///< via key: when not empty, it may only push reports of these feeds
    std::string address;             ///< where the request came from; may be empty
    std::string session;             ///< via session: its public id, as in Access::sessions

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
