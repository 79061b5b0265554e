#pragma once
#include "access/access.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// People of constituents: how they are let in, what they may do for which organisation, and their organisations' keys.
namespace tocsin::access {

struct InvitationTag;
using InvitationId = Id<InvitationTag>;

struct Member {
    AccountId account;
    std::string name, full_name, email;
    Membership membership;
    bool has_totp = false;
    bool is_disabled = false;
    Timestamp since;
    std::optional<Timestamp> last_seen;
};

struct NewInvitation {
    Membership membership;
    std::string email = {};  ///< whom it is meant for; may be empty
    std::string language = "en";
    std::chrono::seconds life = std::chrono::hours(24 * 7);  ///< one hour to 30 days
};

/// What was made, shown once; the ledger keeps its SHA-256 only.
struct MadeInvitation {
    InvitationId id;
    std::string token;  ///< 256 random bits, base64url; for the link "/portal/join/TOKEN"
    Timestamp expires;
};

enum class InvitationState { open, used, withdrawn, expired };
std::string_view name_of(InvitationState state);

struct Invitation {
    InvitationId id;
    Membership membership;
    std::string email, language;
    std::string made_by;  ///< "account:3"
    Timestamp created, expires;
    InvitationState state = InvitationState::open;
};

/// A door of Access for what concerns constituents. Safe from any thread, and only as long as its Access lives.
///
/// Whoever acts must be an analyst or above, or a manager of the organisation itself; else Code::denied. A manager
/// gives nobody more than they have. Every change is audited. What does not belong to the organisation is
/// Code::not_found.
class Members {
  public:
    explicit Members(Access& access);

    /// By name.
    Result<std::vector<Member>> of(std::int64_t organisation);
    /// Gives somebody who is in the organisation other rights there, or a constituent rights in another one.
    /// Errors: Code::conflict when a manager would leave it without a manager.
    Status set(Principal const& by, AccountId account, Membership const& membership);
    /// An account without any organisation is disabled and its sessions end. Errors as set().
    Status remove(Principal const& by, AccountId account, std::int64_t organisation);

    /// Errors: Code::limit when 50 of the organisation are open.
    Result<MadeInvitation> invite(Principal const& by, NewInvitation const& invitation);
    /// The newest first; of all organisations when it is 0. At most 200.
    Result<std::vector<Invitation>> invitations(std::int64_t organisation);
    Status withdraw(Principal const& by, InvitationId id, std::int64_t organisation);
    /// The invitation of that token while it is open.
    Result<std::optional<Invitation>> open_invitation(std::string_view token);
    /// Makes the account with what the invitation gives; `account.role` and `account.memberships` are not looked at.
    /// Errors: Code::not_found for a token that is not open (any more), and those of Access::add_account.
    Result<Account> accept(std::string_view token, NewAccount account, Visitor const& visitor);
    /// Somebody who is a constituent already joins another organisation. Errors: as accept().
    Status join(Principal const& self, std::string_view token);

    /// The organisation's own keys, the newest first.
    Result<std::vector<Key>> keys(std::int64_t organisation);
    /// A key that reads for the organisation. Errors: Code::limit when it has 20 already.
    Result<MadeKey> add_key(Principal const& by, Membership membership, std::string_view name,
                            std::optional<Timestamp> expires);
    Status revoke_key(Principal const& by, std::int64_t organisation, KeyId id);

  private:
    Access& access_;
};

}  // namespace tocsin::access
