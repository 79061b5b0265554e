#include "access/access_impl.hpp"
#include "access/totp.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::access {
namespace {

constexpr std::size_t totp_secret_bytes = 20;  // RFC 4226 section 4, R6
constexpr int backup_codes = 10;
constexpr std::size_t code_symbols = 16;  // 80 bits

Status own_account(Principal const& self) {
    if (self.account) return {};
    return fail(Code::denied, "this is for people who are signed in; a key has no password");
}

std::unexpected<Error> wait_first(std::chrono::seconds wait) {
    return fail(Code::limit, fmt::format("too many wrong attempts; try again in {} s", wait.count()));
}

}  // namespace

std::string Access::Impl::code_hash(std::string_view purpose, AccountId account, std::string_view code) const {
    return secrets.mac(purpose, fmt::format("{}:{}", account.value, normalised_code(code)));
}

Result<Access::Impl::Stored> Access::Impl::begin_own(Principal const& self) {
    CHECK(own_account(self));
    return ledger.write([&](store::Transaction& tx) -> Result<Stored> {
        TRY(auto found, stored(tx, self.account));
        TRY(auto const wait, throttle.begin(tx, found.account.name, self.address, clock.now()));
        if (wait.count() > 0) return wait_first(wait);
        return found;
    });
}

Status Access::Impl::check_own(Principal const& self, Stored const& who, std::string_view password) {
    TRY(bool const matches, hasher.matches(password, who.password));
    if (!matches) return fail(Code::denied, "the password is wrong");
    return ledger.write([&](store::Transaction& tx) { return throttle.succeeded(tx, who.account.name, self.address); });
}

Status Access::change_own_password(Principal const& self, std::string_view old, std::string_view wanted) {
    TRY(auto const who, impl_->begin_own(self));
    CHECK(impl_->check_own(self, who, old));
    CHECK(check_password(wanted, who.account.name));
    TRY(auto const hash, impl_->hasher.hash(wanted));
    return impl_->ledger.write([&](store::Transaction& tx) -> Status {
        CHECK(tx.run("UPDATE account SET password = ?, recovery_hash = NULL WHERE id = ?", {hash, self.account}));
        CHECK(impl_->end_sessions(tx, self.account, self.session));
        return impl_->write_audit(tx, self, "user.password", self.account);
    });
}

Result<RecoveryCode> Access::start_recovery(Principal const& by, AccountId id) {
    return impl_->ledger.write([&](store::Transaction& tx) -> Result<RecoveryCode> {
        TRY(auto const who, impl_->stored(tx, id));
        if (who.account.is_disabled)
            return fail(Code::conflict, "the account is disabled; tocsin user edit --enable first");
        RecoveryCode made{random_code(code_symbols), impl_->clock.now() + impl_->limits.recovery_life};
        CHECK(tx.run("UPDATE account SET recovery_hash = ?, recovery_expires = ? WHERE id = ?",
                     {store::Bind::blob(impl_->code_hash("recovery", id, made.code)), made.expires, id}));
        CHECK(impl_->throttle.unlock(tx, who.account.name));
        CHECK(impl_->write_audit(tx, by, "user.recovery_code", id));
        return made;
    });
}

Status Access::recover(std::string_view name, std::string_view code, std::string_view password,
                       Visitor const& visitor) {
    CHECK(check_password(password, name));
    TRY(auto const wait, impl_->ledger.write([&](store::Transaction& tx) {
        return impl_->throttle.begin(tx, name, visitor.address, impl_->clock.now());
    }));
    if (wait.count() > 0) return wait_first(wait);
    // Hashed before the code is looked at: the answer takes the same time whether the name exists or not.
    TRY(auto const hash, impl_->hasher.hash(password));
    return impl_->ledger.write([&](store::Transaction& tx) -> Status {
        TRY(auto const who, impl_->stored_named(tx, name));
        AccountId const id = who ? who->account.id : AccountId();
        bool const fits =
            equal_in_constant_time(impl_->code_hash("recovery", id, code), who ? who->recovery_hash : std::string());
        if (!fits || who->account.is_disabled || who->recovery_expires <= impl_->clock.now())
            return fail(Code::denied, "name or code is wrong, or the code is too old; ask for a new one");
        CHECK(tx.run("UPDATE account SET password = ?, recovery_hash = NULL WHERE id = ?", {hash, id}));
        CHECK(impl_->turn_totp_off(tx, id));
        CHECK(impl_->end_sessions(tx, id));
        CHECK(impl_->throttle.succeeded(tx, name, visitor.address));
        Principal self = principal_of(who->account);
        self.address = visitor.address;
        return impl_->write_audit(tx, self, "user.recover", id);
    });
}

Result<std::optional<std::int64_t>> Access::Impl::use_code(store::Transaction& tx, Stored const& who,
                                                           std::string_view code) const {
    std::optional<std::int64_t> used;
    AccountId const id = who.account.id;
    if (normalised_code(code).size() == code_symbols) {
        TRY(auto const taken, tx.run("DELETE FROM account_backup_code WHERE account = ? AND hash = ?",
                                     {id, store::Bind::blob(code_hash("backup-code", id, code))}));
        if (taken > 0) used = -1;
        return used;
    }
    auto const secret = secrets.unseal("totp", who.totp_secret);
    if (!secret)
        return fail(Code::io,
                    "the second factor can't be read: DATA/secret is not the one it was made with; restore it, "
                    "or run tocsin user totp-reset");
    used = matching_step(*secret, code, clock.now(), who.totp_last_step);
    if (used) CHECK(tx.run("UPDATE account SET totp_last_step = ? WHERE id = ?", {*used, id}));
    return used;
}

Status Access::Impl::turn_totp_off(store::Transaction& tx, AccountId id) const {
    CHECK(tx.run("UPDATE account SET totp_on = 0, totp_secret = NULL WHERE id = ?", {id}));
    CHECK(tx.run("DELETE FROM account_backup_code WHERE account = ?", {id}));
    return {};
}

Result<TotpEnrolment> Access::enrol_totp(Principal const& self) {
    CHECK(own_account(self));
    return impl_->ledger.write([&](store::Transaction& tx) -> Result<TotpEnrolment> {
        TRY(auto const who, impl_->stored(tx, self.account));
        if (who.account.has_totp) return fail(Code::conflict, "the second factor is on already; turn it off first");
        std::string const secret = secret_bytes(totp_secret_bytes);
        CHECK(tx.run("UPDATE account SET totp_secret = ?, totp_last_step = 0 WHERE id = ?",
                     {store::Bind::blob(impl_->secrets.seal("totp", secret)), self.account}));
        return TotpEnrolment{to_base32(secret), otpauth_uri(who.account.name, secret)};
    });
}

Result<std::vector<std::string>> Access::confirm_totp(Principal const& self, std::string_view code) {
    TRY(auto const begun, impl_->begin_own(self));
    return impl_->ledger.write([&](store::Transaction& tx) -> Result<std::vector<std::string>> {
        TRY(auto const who, impl_->stored(tx, self.account));
        if (who.account.has_totp) return fail(Code::conflict, "the second factor is on already");
        auto const secret = impl_->secrets.unseal("totp", who.totp_secret);
        if (!secret) return fail(Code::conflict, "begin with the second factor first");
        auto const step = matching_step(*secret, code, impl_->clock.now(), who.totp_last_step);
        if (!step) return fail(Code::denied, "the code is wrong; check the clock of the device");
        CHECK(tx.run("UPDATE account SET totp_on = 1, totp_last_step = ? WHERE id = ?", {*step, self.account}));
        CHECK(tx.run("DELETE FROM account_backup_code WHERE account = ?", {self.account}));
        std::vector<std::string> codes;
        for (int i = 0; i < backup_codes; ++i) {
            codes.push_back(random_code(code_symbols));
            CHECK(
                tx.run("INSERT INTO account_backup_code VALUES (?, ?)",
                       {self.account, store::Bind::blob(impl_->code_hash("backup-code", self.account, codes.back()))}));
        }
        CHECK(impl_->throttle.succeeded(tx, begun.account.name, self.address));
        CHECK(impl_->write_audit(tx, self, "user.totp_on", self.account));
        return codes;
    });
}

Status Access::disable_totp(Principal const& self, std::string_view password) {
    TRY(auto const who, impl_->begin_own(self));
    CHECK(impl_->check_own(self, who, password));
    return reset_totp(self, self.account);
}

Status Access::reset_totp(Principal const& by, AccountId id) {
    return impl_->ledger.write([&](store::Transaction& tx) -> Status {
        TRY(auto const who, impl_->stored(tx, id));
        CHECK(impl_->turn_totp_off(tx, id));
        return impl_->write_audit(tx, by, "user.totp_off", id);
    });
}

}  // namespace tocsin::access
