#include "access/access_impl.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::access {
namespace {

constexpr std::size_t token_bytes = 32;
constexpr std::size_t token_letters = 43;  // of base64url
constexpr std::size_t max_agent_bytes = 200;
constexpr auto seen_again_after = std::chrono::minutes(1);

std::string cut_agent(std::string_view agent) {
    std::string text = repaired_utf8(agent.substr(0, max_agent_bytes));
    std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    return text;
}

Principal visitor_principal(Visitor const& visitor) {
    Principal principal;
    principal.who = "visitor";
    principal.name = "visitor";
    principal.address = visitor.address;
    return principal;
}

}  // namespace

std::string Access::Impl::csrf_of(std::string_view token_hash) const {
    return to_base64url(secrets.mac("csrf", token_hash));
}

Status Access::Impl::end_sessions(store::Transaction& tx, AccountId of, std::string_view but_not) const {
    CHECK(tx.run("DELETE FROM session WHERE account = ? AND public_id <> ?", {of, but_not}));
    return {};
}

Result<NewSession> Access::Impl::start_session(store::Transaction& tx, Stored const& who,
                                               Visitor const& visitor) const {
    Timestamp const now = clock.now();
    NewSession made{.token = to_base64url(secret_bytes(token_bytes)),
                    .csrf = {},
                    .expires = now + std::min(limits.session_idle, limits.session_absolute),
                    .principal = principal_of(who.account)};
    std::string const hash = sha256(made.token);
    made.csrf = csrf_of(hash);
    made.principal.session = to_hex(secret_bytes(8));
    made.principal.address = visitor.address;
    CHECK(
        tx.run("DELETE FROM session WHERE account = ? AND token_hash NOT IN (SELECT token_hash FROM session WHERE "
               "account = ? ORDER BY last_seen DESC LIMIT ?)",
               {who.account.id, who.account.id, limits.sessions_per_account - 1}));
    CHECK(tx.run("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                 {store::Bind::blob(hash), made.principal.session, who.account.id, now, now,
                  now + limits.session_absolute, visitor.address, cut_agent(visitor.agent)}));
    CHECK(tx.run("UPDATE account SET last_seen = ? WHERE id = ?", {now, who.account.id}));
    return made;
}

namespace {

/// One attempt to sign in, step by step; nothing of it outlives the call.
class Attempt {
  public:
    Attempt(Access::Impl& access, Credentials const& credentials, Visitor const& visitor)
        : access_(access), credentials_(credentials), visitor_(visitor) {}

    Result<LogIn> run() {
        TRY(auto const wait, access_.ledger.write([&](store::Transaction& tx) {
            return access_.throttle.begin(tx, credentials_.name, visitor_.address, access_.clock.now());
        }));
        if (wait.count() > 0) return LogIn{LogInOutcome::locked, {}, wait};
        auto found =
            access_.ledger.read([&](store::Transaction& tx) { return access_.stored_named(tx, credentials_.name); });
        if (!found) return std::unexpected(found.error());
        std::string const hash = *found && !(*found)->account.is_disabled ? (*found)->password : std::string();
        auto const matches = access_.hasher.matches(credentials_.password, hash);
        if (!matches) {
            // Too busy is nobody's mistake.
            CHECK(access_.ledger.write([&](store::Transaction& tx) {
                return access_.throttle.take_back(tx, credentials_.name, visitor_.address);
            }));
            return std::unexpected(matches.error());
        }
        std::optional<std::string> renewed;
        if (*matches && access_.hasher.is_outdated(hash)) {
            TRY(renewed, access_.hasher.hash(credentials_.password));
        }
        return access_.ledger.write([&](store::Transaction& tx) -> Result<LogIn> {
            if (!*matches) return refuse(tx, *found ? (*found)->account.id : AccountId());
            return enter(tx, (*found)->account.id, hash, renewed);
        });
    }

  private:
    Result<LogIn> refuse(store::Transaction& tx, AccountId account) {
        Act act{.what = "session.refused"};
        std::string const id = std::to_string(account.value);
        if (account) act.kind = "account", act.id = id;
        CHECK(audit(tx, visitor_principal(visitor_), access_.clock.now(), act));
        return LogIn{};
    }

    /// The password was right. Looks again at the account: it may have changed while the password was hashed.
    Result<LogIn> enter(store::Transaction& tx, AccountId id, std::string_view hash,
                        std::optional<std::string> const& renewed) {
        TRY(auto const who, access_.stored(tx, id));
        if (who.account.is_disabled || who.password != hash) return refuse(tx, id);
        if (who.account.has_totp) {
            if (credentials_.code.empty()) {
                CHECK(access_.throttle.take_back(tx, credentials_.name, visitor_.address));
                return LogIn{LogInOutcome::code_required, {}, {}};
            }
            TRY(auto const step, access_.use_code(tx, who, credentials_.code));
            if (!step) return refuse(tx, id);
        }
        if (renewed) CHECK(tx.run("UPDATE account SET password = ? WHERE id = ?", {*renewed, id}));
        CHECK(access_.throttle.succeeded(tx, credentials_.name, visitor_.address));
        TRY(auto session, access_.start_session(tx, who, visitor_));
        CHECK(audit(tx, session.principal, access_.clock.now(),
                    {.what = "session.start", .kind = "session", .id = session.principal.session}));
        return LogIn{LogInOutcome::welcome, std::move(session), {}};
    }

    Access::Impl& access_;
    Credentials const& credentials_;
    Visitor const& visitor_;
};

}  // namespace

Result<LogIn> Access::log_in(Credentials const& credentials, Visitor const& visitor) {
    if (credentials.name.size() > 200 || credentials.password.size() > 4096 || credentials.code.size() > 100)
        return LogIn{};
    return Attempt(*impl_, credentials, visitor).run();
}

namespace {

struct FoundSession {
    Principal principal;
    std::string address;
    Timestamp last_seen, absolute;
    bool is_disabled = false;
};

Result<std::optional<FoundSession>> find_session(store::Transaction& tx, std::string_view hash) {
    auto found = tx.one(
        "SELECT s.public_id, s.address, s.last_seen, s.expires, a.id, a.name, a.role, a.is_disabled FROM "
        "session s JOIN account a ON a.id = s.account WHERE s.token_hash = ?",
        {store::Bind::blob(hash)}, [](store::Row const& row) {
            Account account;
            account.id = row.id<AccountTag>(4);
            account.name = row.string(5);
            account.role = parse_role(row.text(6)).value_or(Role::constituent);
            FoundSession found{principal_of(account), row.string(1), row.time(2), row.time(3), row.truth(7)};
            found.principal.session = row.string(0);
            return found;
        });
    if (found && *found && (*found)->principal.is_constituent()) {
        TRY((*found)->principal.memberships, memberships_of(tx, (*found)->principal.account));
    }
    return found;
}

}  // namespace

Result<std::optional<SignedIn>> Access::session_of(std::string_view token, Visitor const& visitor) {
    std::optional<SignedIn> nobody;
    if (token.size() != token_letters) return nobody;
    std::string const hash = sha256(token);
    TRY(auto found, impl_->ledger.read([&](store::Transaction& tx) { return find_session(tx, hash); }));
    Timestamp const now = impl_->clock.now();
    if (!found || found->is_disabled || now >= found->absolute || now >= found->last_seen + impl_->limits.session_idle)
        return nobody;
    found->principal.address = visitor.address;
    if (now - found->last_seen >= seen_again_after || found->address != visitor.address) {
        auto const noted = impl_->ledger.write([&](store::Transaction& tx) -> Status {
            CHECK(tx.run("UPDATE session SET last_seen = ?, address = ? WHERE token_hash = ?",
                         {now, visitor.address, store::Bind::blob(hash)}));
            CHECK(tx.run("UPDATE account SET last_seen = ? WHERE id = ?", {now, found->principal.account}));
            return {};
        });
        if (!noted) log::warning("noting the use of a session: {}", noted.error().message);
    }
    return std::optional(SignedIn{std::move(found->principal), impl_->csrf_of(hash),
                                  std::min(now + impl_->limits.session_idle, found->absolute)});
}

bool Access::csrf_matches(SignedIn const& signed_in, std::string_view given) {
    return equal_in_constant_time(signed_in.csrf, given);
}

Result<std::vector<Session>> Access::sessions(AccountId of) {
    return impl_->ledger.read([&](store::Transaction& tx) -> Result<std::vector<Session>> {
        std::vector<Session> all;
        Timestamp const now = impl_->clock.now();
        auto const idle = impl_->limits.session_idle;
        CHECK(
            tx.query("SELECT public_id, created, last_seen, expires, address, agent FROM session WHERE account = ? "
                     "AND expires > ? AND last_seen > ? ORDER BY last_seen DESC",
                     {of, now, now - idle}, [&](store::Row const& row) {
                         all.push_back({row.string(0), row.time(1), row.time(2),
                                        std::min(row.time(2) + idle, row.time(3)), row.string(4), row.string(5)});
                     }));
        return all;
    });
}

Status Access::end_session(Principal const& by, AccountId of, std::string_view id) {
    return impl_->ledger.write([&](store::Transaction& tx) -> Status {
        TRY(auto const gone, tx.run("DELETE FROM session WHERE account = ? AND public_id = ?", {of, id}));
        if (gone == 0) return fail(Code::not_found, "there is no such session");
        CHECK(audit(tx, by, impl_->clock.now(), {.what = "session.end", .kind = "session", .id = id}));
        return {};
    });
}

Status Access::end_all_sessions(Principal const& by, AccountId of) {
    return impl_->ledger.write([&](store::Transaction& tx) -> Status {
        CHECK(impl_->end_sessions(tx, of));
        return impl_->write_audit(tx, by, "session.end_all", of);
    });
}

}  // namespace tocsin::access
