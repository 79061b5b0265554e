#pragma once
/// Access: who are you, what may you do, and what did you do. Accounts, sessions, second factors, keys, the audit log.
#include "access/audit.hpp"
#include "access/principal.hpp"
#include "access/secrets.hpp"
#include "base/base.hpp"
#include "store/store.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::access {

std::span<store::Migration const> migrations();

struct Account {
    AccountId id;
    std::string name;  ///< to sign in with: 1 to 64 of a-z 0-9 . _ - @, kept in lower case
    std::string full_name;
    std::string email;
    Role role = Role::viewer;
    std::string language = "en";   ///< ar, zh, en, fr, ru, es
    std::string theme = "system";  ///< system, light, dark
    bool has_totp = false;
    bool is_disabled = false;
    std::optional<Timestamp> locked_until;
    Timestamp created;
    std::optional<Timestamp> last_seen;
    std::vector<Membership> memberships = {};  ///< of a constituent
};

struct NewAccount {
    std::string name;
    std::string password = {};  ///< 12 characters to 1,024 bytes, see check_password
    Role role = Role::viewer;
    std::string full_name = {}, email = {};
    std::string language = "en";
    std::vector<Membership> memberships = {};  ///< for the role constituent, and only for it: one to 50
};

/// What is set is changed.
struct AccountChange {
    std::optional<std::string> full_name = {}, email = {}, language = {}, theme = {};
    std::optional<Role> role = {};
    std::optional<bool> is_disabled = {};
};

/// Where a request comes from; for lists of sessions and for throttling.
struct Visitor {
    std::string address;  ///< "192.0.2.9"
    std::string agent;    ///< User-Agent; cut at 200 bytes
};

struct Credentials {
    std::string name, password;
    std::string code;  ///< six digits of the second factor, or one of the account's recovery codes; empty if none
};

/// What the browser gets. The token is shown here once; the ledger keeps its SHA-256 only.
struct NewSession {
    std::string token;  ///< 256 random bits, base64url
    std::string csrf;
    Timestamp expires;
    Principal principal;
};

enum class LogInOutcome {
    welcome,
    refused,        ///< name, password or code is wrong, or the account is disabled: never said which
    code_required,  ///< the password is right and a second factor is on: ask for the code
    locked,         ///< too many wrong attempts for this name or from this address; wait `retry_after`
};
struct LogIn {
    LogInOutcome outcome = LogInOutcome::refused;
    NewSession session;  ///< when welcome
    std::chrono::seconds retry_after{0};
};

struct Session {
    std::string id;  ///< public; not the token
    Timestamp created, last_seen, expires;
    std::string address, agent;
};

/// Somebody who is signed in.
struct SignedIn {
    Principal principal;
    std::string csrf;   ///< what the header X-CSRF-Token must hold on every unsafe request
    Timestamp expires;  ///< unless it is used before: the earlier of idle and absolute expiry
};

struct TotpEnrolment {
    std::string secret;  ///< base32 (RFC 4648), shown once
    std::string uri;     ///< otpauth://totp/...
};

struct RecoveryCode {
    std::string code;  ///< shown once
    Timestamp expires;
};

struct NewKey {
    std::string name;  ///< what it is for; 1 to 200 bytes
    Role role = Role::viewer;
    std::vector<std::string> feeds = {};        ///< when not empty, only for pushing reports of these
    std::optional<Timestamp> expires = {};      ///< none: never
    std::optional<Membership> membership = {};  ///< for the role constituent, and only for it; its right is reader
};

/// What was made, shown once; the ledger keeps its SHA-256 only.
struct MadeKey {
    KeyId id;
    std::string key;  ///< "tocsin_4_..." with 256 random bits, base64url
};

struct Key {
    KeyId id;
    std::string name;
    Role role = Role::viewer;
    std::vector<std::string> feeds;
    Timestamp created;
    std::optional<Timestamp> expires, last_used, revoked;
    AccountId made_by;                          ///< none: by a command
    std::string made_by_name;                   ///< empty: by a command
    std::optional<Membership> membership = {};  ///< of the role constituent
};

/// Costs and times; the defaults are those of the product, tests pass cheaper ones.
struct AccessLimits {
    /// Argon2id (RFC 9106): 64 MiB, three passes, one lane. About 0.15 s on one core. A stored hash of other
    /// parameters is renewed at the next log-in.
    std::uint64_t argon2_passes = 3;
    std::size_t argon2_bytes = std::size_t{64} << 20;
    int hashes_at_once = 2;  ///< bounds the memory of many log-ins at once; more wait, at most 10 s

    std::chrono::seconds session_idle = std::chrono::hours(8);
    std::chrono::seconds session_absolute = std::chrono::hours(24 * 3);
    std::chrono::seconds recovery_life = std::chrono::hours(24);
    int sessions_per_account = 20;  ///< the least recently used goes

    /// Wrong attempts in a row before the first wait; then `first_wait`, doubled each time, up to `longest_wait`.
    int free_attempts_per_name = 5;
    int free_attempts_per_address = 50;
    std::chrono::seconds first_wait{30};
    std::chrono::seconds longest_wait = std::chrono::hours(1);
    std::chrono::seconds attempts_forgotten = std::chrono::hours(24);
};

/// Errors: Code::invalid, saying what is wanted: 12 characters or more, at most 1,024 bytes, not the name, not one
/// character or a short piece over and over. No rules about kinds of characters (NIST SP 800-63B section 3.1.1).
Status check_password(std::string_view password, std::string_view name);
/// Six groups of four letters and digits (120 bits) that are hard to mistake for each other.
std::string generated_password();

class Members;  // access/members.hpp: people of constituents, how they are let in, and their organisations' keys

/// Safe from any thread. Every change writes its audit entry in the same transaction. Errors beside those named: the
/// ledger's. Code::not_found for an id that names nothing.
class Access {
  public:
    static Result<std::unique_ptr<Access>> open(store::Ledger& ledger, store::DataDirectory const& directory,
                                                Clock const& clock, AccessLimits limits = {});
    ~Access();

    Secrets const& secrets() const;
    /// True when DATA/secret is not the one this ledger was made with: links in mails and second factors are void.
    /// For doctor; also logged at start.
    bool has_foreign_secret() const;

    // Accounts. There is no account and no password by default.

    /// Errors: Code::invalid; Code::conflict when the name is taken.
    Result<Account> add_account(Principal const& by, NewAccount const& account);
    /// By name, erased ones left out.
    Result<std::vector<Account>> accounts();
    Result<Account> account(AccountId id);
    Result<Account> account_named(std::string_view name);
    /// Errors: Code::conflict for disabling or lowering the last administrator, and for making a constituent one of the
    /// team or the other way. Disabling ends the sessions.
    Result<Account> change_account(Principal const& by, AccountId id, AccountChange const& change);
    /// An administrator sets a password: ends all sessions of the account and unlocks it.
    Status set_password(Principal const& by, AccountId id, std::string_view password);
    /// Somebody changes their own password: ends all other sessions. Errors: Code::denied when `old` is wrong (counted
    /// as a wrong attempt), Code::limit while locked.
    Status change_own_password(Principal const& self, std::string_view old, std::string_view wanted);
    /// Makes a one-time code with which `recover` sets a new password, and unlocks the account. An older code is void.
    Result<RecoveryCode> start_recovery(Principal const& by, AccountId id);
    /// Sets the password, turns the second factor off, ends all sessions. Errors: Code::denied when name or code is
    /// wrong, Code::limit while locked, Code::invalid for a password that won't do.
    Status recover(std::string_view name, std::string_view code, std::string_view password, Visitor const& visitor);
    /// Disables the account and erases its personal data, also from the audit log's details; the chain stays whole.
    Status erase_account(Principal const& by, AccountId id);

    // The first account, made in the browser with a code that only the one who started the server has seen.

    /// A code while there is no account at all (a new one each time); none otherwise.
    Result<std::optional<std::string>> first_account_code();
    /// Makes the first administrator. Errors: Code::denied for a wrong code, Code::conflict when there are accounts.
    Result<Account> add_first_account(std::string_view code, NewAccount account, Visitor const& visitor);

    // The second factor: TOTP (RFC 6238: SHA-1, 30 s, six digits, one step of drift; a code works once).

    /// A secret that `confirm_totp` turns on. Errors: Code::conflict when it is on already.
    Result<TotpEnrolment> enrol_totp(Principal const& self);
    /// Gives ten recovery codes, shown once, each good for one log-in. Errors: Code::denied for a wrong code.
    Result<std::vector<std::string>> confirm_totp(Principal const& self, std::string_view code);
    /// Errors: Code::denied when the password is wrong, Code::limit while locked.
    Status disable_totp(Principal const& self, std::string_view password);
    /// An administrator turns it off for somebody who lost the device.
    Status reset_totp(Principal const& by, AccountId id);

    // Sessions.

    /// Takes about the same time whether the name exists or not, and is throttled alike.
    Result<LogIn> log_in(Credentials const& credentials, Visitor const& visitor);
    /// The session of that token, or none. Moves its idle expiry (written once a minute at most).
    Result<std::optional<SignedIn>> session_of(std::string_view token, Visitor const& visitor);
    /// Compare with this and nothing else. Constant time.
    static bool csrf_matches(SignedIn const& signed_in, std::string_view given);
    Result<std::vector<Session>> sessions(AccountId of);
    /// Errors: Code::not_found when it is not one of that account.
    Status end_session(Principal const& by, AccountId of, std::string_view id);
    Status end_all_sessions(Principal const& by, AccountId of);

    // Keys for programs.

    Result<MadeKey> add_key(Principal const& by, NewKey const& key);
    /// The principal of that key; none when it is unknown, expired or revoked.
    Result<std::optional<Principal>> key_of(std::string_view key, Visitor const& visitor);
    Result<std::vector<Key>> keys();
    Status revoke_key(Principal const& by, KeyId id);

    /// Removes what has expired: sessions, recovery codes, old attempts. For the server's hourly round.
    Status clean_up();

    struct Impl;  // private to the room

  private:
    friend class Members;
    static Status check_new(NewAccount const& account);
    explicit Access(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::access
