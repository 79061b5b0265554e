#pragma once
#include "access/access.hpp"
#include "access/password.hpp"
#include "access/throttle.hpp"

#include <mutex>
#include <string>

namespace tocsin::access {

struct Access::Impl {
    store::Ledger& ledger;
    Clock const& clock;
    AccessLimits const limits;
    Secrets const secrets;
    PasswordHasher hasher;
    Throttle throttle;
    bool has_foreign_secret = false;
    std::mutex first_code_mutex;  ///< guards first_code: the server prints it, a request uses it
    std::string first_code;

    Impl(store::Ledger& kept_in, Clock const& told_by, AccessLimits bounds, Secrets held)
        : ledger(kept_in),
          clock(told_by),
          limits(bounds),
          secrets(std::move(held)),
          hasher({limits.argon2_passes, limits.argon2_bytes, limits.hashes_at_once}),
          throttle(secrets, limits) {}

    /// What is kept of an account beside what others see.
    struct Stored {
        Account account;
        std::string password;
        std::string totp_secret;  ///< sealed
        std::int64_t totp_last_step = 0;
        std::string recovery_hash;
        Timestamp recovery_expires;
    };

    Status check_secret();
    Result<std::optional<Stored>> stored_named(store::Transaction& tx, std::string_view name) const;
    Result<Stored> stored(store::Transaction& tx, AccountId id) const;
    Result<std::int64_t> count_accounts(store::Transaction& tx) const;
    /// Errors: Code::conflict when `id` is the only administrator who can sign in.
    Status keep_an_administrator(store::Transaction& tx, AccountId id) const;
    Result<Account> insert_account(store::Transaction& tx, Principal const& by, NewAccount const& account,
                                   std::string_view password_hash) const;
    /// Errors: Code::invalid when memberships and role do not fit each other.
    static Status check_memberships(Role role, std::span<Membership const> memberships);
    Status add_membership(store::Transaction& tx, AccountId of, Membership const& membership) const;
    Status end_sessions(store::Transaction& tx, AccountId of, std::string_view but_not = {}) const;
    Status write_audit(store::Transaction& tx, Principal const& by, std::string_view what, AccountId account,
                       std::string_view details = {}) const;
    /// Counts an attempt of somebody who is signed in already. Errors: Code::limit while locked.
    Result<Stored> begin_own(Principal const& self);
    /// Errors: Code::denied when the password is wrong.
    Status check_own(Principal const& self, Stored const& stored, std::string_view password);

    /// The step of a right code, or -1 for a right recovery code, which is then used up.
    Result<std::optional<std::int64_t>> use_code(store::Transaction& tx, Stored const& who,
                                                 std::string_view code) const;
    Status turn_totp_off(store::Transaction& tx, AccountId id) const;
    Result<NewSession> start_session(store::Transaction& tx, Stored const& who, Visitor const& visitor) const;
    std::string csrf_of(std::string_view token_hash) const;
    std::string code_hash(std::string_view purpose, AccountId account, std::string_view code) const;
};

Result<std::vector<Membership>> memberships_of(store::Transaction& tx, AccountId account);
void put(JsonWriter& json, Membership const& membership);
Principal principal_of(Account const& account);
/// "account:3".
std::string reference_of(AccountId id);

}  // namespace tocsin::access
