#include "access/access_impl.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::access {
namespace {

constexpr std::size_t max_memberships = 50;
constexpr std::string_view account_columns =
    "id, name, full_name, email, role, language, theme, totp_on, is_disabled, created, last_seen, password, "
    "totp_secret, totp_last_step, recovery_hash, recovery_expires";

Access::Impl::Stored read_account(store::Row const& row) {
    return {.account = {.id = row.id<AccountTag>(0),
                        .name = row.string(1),
                        .full_name = row.string(2),
                        .email = row.string(3),
                        .role = parse_role(row.text(4)).value_or(Role::constituent),
                        .language = row.string(5),
                        .theme = row.string(6),
                        .has_totp = row.truth(7),
                        .is_disabled = row.truth(8),
                        .locked_until = {},
                        .created = row.time(9),
                        .last_seen = row.time_if(10)},
            .password = row.string(11),
            .totp_secret = row.string(12),
            .totp_last_step = row.integer(13),
            .recovery_hash = row.string(14),
            .recovery_expires = row.time(15)};
}

bool has_control_characters(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Status check_name(std::string_view name) {
    bool const allowed = std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '@';
    });
    if (name.empty() || name.size() > 64 || !allowed || name.front() == '-')
        return fail(Code::invalid, "a name to sign in with is 1 to 64 of a-z 0-9 . _ - @ and does not begin with -");
    if (name.starts_with("erased-")) return fail(Code::invalid, "names that begin with erased- are reserved");
    return {};
}

Status check_texts(std::string_view full_name, std::string_view email, std::string_view language,
                   std::string_view theme) {
    if (full_name.size() > 200 || !is_utf8(full_name) || has_control_characters(full_name))
        return fail(Code::invalid, "a full name is at most 200 bytes of UTF-8 without control characters");
    bool const looks_right = email.find('@') != std::string_view::npos && email.find(' ') == std::string_view::npos;
    if (!email.empty() && (email.size() > 254 || !is_utf8(email) || has_control_characters(email) || !looks_right))
        return fail(Code::invalid, fmt::format("\"{}\" is no mail address", repaired_utf8(email)));
    constexpr std::string_view languages[] = {"ar", "zh", "en", "fr", "ru", "es"};
    if (std::ranges::find(languages, language) == std::end(languages))
        return fail(Code::invalid,
                    fmt::format("\"{}\" is no language of ours; use ar, zh, en, fr, ru or es", language));
    if (theme != "system" && theme != "light" && theme != "dark")
        return fail(Code::invalid, fmt::format("\"{}\" is no theme; use system, light or dark", theme));
    return {};
}

/// {"role":["viewer","analyst"],...}: before and after of what changed.
std::string changes_between(Account const& before, Account const& after) {
    JsonWriter json;
    json.object();
    auto const note = [&](std::string_view name, auto const& old, auto const& now) {
        if (old != now) json.key(name).array().value(old).value(now).end();
    };
    note("full_name", before.full_name, after.full_name);
    note("email", before.email, after.email);
    note("language", before.language, after.language);
    note("role", name_of(before.role), name_of(after.role));
    note("disabled", before.is_disabled, after.is_disabled);
    json.end();
    return std::move(json).text();
}

std::unexpected<Error> no_such_account() {
    return fail(Code::not_found, "there is no such account; tocsin user list shows them");
}

}  // namespace

std::string reference_of(AccountId id) {
    return fmt::format("account:{}", id.value);
}

Principal principal_of(Account const& account) {
    Principal principal;
    principal.who = reference_of(account.id);
    principal.name = account.name;
    principal.role = account.role;
    principal.via = Via::session;
    principal.account = account.id;
    principal.memberships = account.memberships;
    return principal;
}

Result<std::vector<Membership>> memberships_of(store::Transaction& tx, AccountId account) {
    std::vector<Membership> all;
    CHECK(tx.query(
        "SELECT organisation, may, sees_below FROM account_organisation WHERE account = ? ORDER BY organisation",
        {account}, [&](store::Row const& row) {
            all.push_back({row.integer(0), parse_right(row.text(1)).value_or(Right::reader), row.truth(2)});
        }));
    return all;
}

void put(JsonWriter& json, Membership const& membership) {
    json.object()
        .field("organisation", membership.organisation)
        .field("rights", name_of(membership.right))
        .field("below", membership.sees_below)
        .end();
}

Status Access::Impl::check_memberships(Role role, std::span<Membership const> memberships) {
    if (role != Role::constituent) {
        if (memberships.empty()) return {};
        return fail(Code::invalid, "organisation: expected none; only a constituent acts for one");
    }
    if (memberships.empty() || memberships.size() > max_memberships)
        return fail(Code::invalid, fmt::format("organisation: expected 1 to {} for a constituent", max_memberships));
    for (auto one = memberships.begin(); one != memberships.end(); ++one) {
        if (one->organisation <= 0) return fail(Code::invalid, "organisation: expected the number of one");
        if (std::any_of(memberships.begin(), one, [&](auto& other) { return other.organisation == one->organisation; }))
            return fail(Code::invalid, fmt::format("organisation: {} is named twice", one->organisation));
    }
    return {};
}

Status Access::Impl::add_membership(store::Transaction& tx, AccountId of, Membership const& membership) const {
    CHECK(
        tx.run("INSERT INTO account_organisation (account, organisation, may, sees_below, since) VALUES (?, ?, ?, ?, "
               "?)",
               {of, membership.organisation, name_of(membership.right), membership.sees_below, clock.now()}));
    return {};
}

Result<std::optional<Access::Impl::Stored>> Access::Impl::stored_named(store::Transaction& tx,
                                                                       std::string_view name) const {
    return tx.one(fmt::format("SELECT {} FROM account WHERE name = ? AND is_erased = 0", account_columns),
                  {lowered(name)}, read_account);
}

Result<Access::Impl::Stored> Access::Impl::stored(store::Transaction& tx, AccountId id) const {
    TRY(auto found, tx.one(fmt::format("SELECT {} FROM account WHERE id = ? AND is_erased = 0", account_columns),
                           {id.value}, read_account));
    if (!found) return no_such_account();
    TRY(found->account.locked_until, throttle.locked_until(tx, found->account.name, clock.now()));
    TRY(found->account.memberships, memberships_of(tx, id));
    return *std::move(found);
}

Result<std::int64_t> Access::Impl::count_accounts(store::Transaction& tx) const {
    TRY(auto const count,
        tx.one("SELECT count(*) FROM account", {}, [](store::Row const& row) { return row.integer(0); }));
    return count.value_or(0);
}

Status Access::Impl::keep_an_administrator(store::Transaction& tx, AccountId id) const {
    TRY(auto const others, tx.one("SELECT count(*) FROM account WHERE role = 'administrator' AND is_disabled = 0 AND "
                                  "is_erased = 0 AND id <> ?",
                                  {id.value}, [](store::Row const& row) { return row.integer(0); }));
    if (others.value_or(0) == 0) return fail(Code::conflict, "this is the last administrator; make another one first");
    return {};
}

Status Access::Impl::write_audit(store::Transaction& tx, Principal const& by, std::string_view what, AccountId account,
                                 std::string_view details) const {
    CHECK(audit(tx, by, clock.now(),
                {.what = what, .kind = "account", .id = std::to_string(account.value), .details = details}));
    return {};
}

Result<Account> Access::Impl::insert_account(store::Transaction& tx, Principal const& by, NewAccount const& account,
                                             std::string_view password_hash) const {
    std::string const name = lowered(account.name);
    TRY(auto const taken, stored_named(tx, name));
    if (taken) return fail(Code::conflict, fmt::format("the name {} is taken", name));
    TRY(auto const id,
        tx.insert("INSERT INTO account (name, full_name, email, role, language, theme, password, is_disabled, "
                  "is_erased, totp_on, totp_last_step, created) VALUES (?, ?, ?, ?, ?, 'system', ?, 0, 0, 0, 0, ?)",
                  {name, account.full_name, account.email, name_of(account.role), account.language, password_hash,
                   clock.now()}));
    JsonWriter details;
    details.object().field("name", name).field("role", name_of(account.role));
    if (!account.memberships.empty()) details.key("organisations").array();
    for (auto const& membership : account.memberships) {
        CHECK(add_membership(tx, {id}, membership));
        put(details, membership);
    }
    if (!account.memberships.empty()) details.end();
    details.end();
    CHECK(write_audit(tx, by, "user.create", {id}, details.text()));
    TRY(auto const made, stored(tx, {id}));
    return made.account;
}

Status Access::check_new(NewAccount const& account) {
    CHECK(check_name(lowered(account.name)));
    CHECK(check_texts(account.full_name, account.email, account.language, "system"));
    CHECK(check_password(account.password, account.name));
    return Impl::check_memberships(account.role, account.memberships);
}

Result<Account> Access::add_account(Principal const& by, NewAccount const& account) {
    CHECK(check_new(account));
    TRY(auto const hash, impl_->hasher.hash(account.password));
    return impl_->ledger.write([&](store::Transaction& tx) { return impl_->insert_account(tx, by, account, hash); });
}

Result<std::vector<Account>> Access::accounts() {
    return impl_->ledger.read([&](store::Transaction& tx) -> Result<std::vector<Account>> {
        std::vector<Account> all;
        CHECK(tx.query(fmt::format("SELECT {} FROM account WHERE is_erased = 0 ORDER BY name", account_columns), {},
                       [&](store::Row const& row) { all.push_back(read_account(row).account); }));
        for (auto& account : all) {
            TRY(account.locked_until, impl_->throttle.locked_until(tx, account.name, impl_->clock.now()));
            if (account.role == Role::constituent) {
                TRY(account.memberships, memberships_of(tx, account.id));
            }
        }
        return all;
    });
}

Result<Account> Access::account(AccountId id) {
    return impl_->ledger.read([&](store::Transaction& tx) -> Result<Account> {
        TRY(auto const found, impl_->stored(tx, id));
        return found.account;
    });
}

Result<Account> Access::account_named(std::string_view name) {
    return impl_->ledger.read([&](store::Transaction& tx) -> Result<Account> {
        TRY(auto const found, impl_->stored_named(tx, name));
        if (!found) return no_such_account();
        TRY(auto const whole, impl_->stored(tx, found->account.id));
        return whole.account;
    });
}

Result<Account> Access::change_account(Principal const& by, AccountId id, AccountChange const& change) {
    return impl_->ledger.write([&](store::Transaction& tx) -> Result<Account> {
        TRY(auto const before, impl_->stored(tx, id));
        Account after = before.account;
        after.full_name = change.full_name.value_or(after.full_name);
        after.email = change.email.value_or(after.email);
        after.language = change.language.value_or(after.language);
        after.theme = change.theme.value_or(after.theme);
        after.role = change.role.value_or(after.role);
        after.is_disabled = change.is_disabled.value_or(after.is_disabled);
        CHECK(check_texts(after.full_name, after.email, after.language, after.theme));
        if ((before.account.role == Role::constituent) != (after.role == Role::constituent))
            return fail(Code::conflict,
                        "role: a constituent's account stays one, and nobody of the team becomes one; make another "
                        "account");
        auto const administers = [](Account const& account) {
            return account.role == Role::administrator && !account.is_disabled;
        };
        if (administers(before.account) && !administers(after)) CHECK(impl_->keep_an_administrator(tx, id));
        CHECK(tx.run(
            "UPDATE account SET full_name = ?, email = ?, language = ?, theme = ?, role = ?, is_disabled = ? "
            "WHERE id = ?",
            {after.full_name, after.email, after.language, after.theme, name_of(after.role), after.is_disabled, id}));
        if (after.is_disabled) CHECK(impl_->end_sessions(tx, id));
        if (auto const details = changes_between(before.account, after); details != "{}")
            CHECK(impl_->write_audit(tx, by, "user.change", id, details));
        return after;
    });
}

Status Access::set_password(Principal const& by, AccountId id, std::string_view password) {
    TRY(auto const before, account(id));
    CHECK(check_password(password, before.name));
    TRY(auto const hash, impl_->hasher.hash(password));
    return impl_->ledger.write([&](store::Transaction& tx) -> Status {
        TRY(auto const found, impl_->stored(tx, id));
        CHECK(tx.run("UPDATE account SET password = ?, recovery_hash = NULL WHERE id = ?", {hash, id}));
        CHECK(impl_->end_sessions(tx, id));
        CHECK(impl_->throttle.unlock(tx, found.account.name));
        return impl_->write_audit(tx, by, "user.password", id);
    });
}

Status Access::erase_account(Principal const& by, AccountId id) {
    return impl_->ledger.write([&](store::Transaction& tx) -> Status {
        TRY(auto const found, impl_->stored(tx, id));
        if (found.account.role == Role::administrator && !found.account.is_disabled)
            CHECK(impl_->keep_an_administrator(tx, id));
        CHECK(impl_->end_sessions(tx, id));
        CHECK(impl_->turn_totp_off(tx, id));
        CHECK(impl_->throttle.unlock(tx, found.account.name));
        CHECK(tx.run("DELETE FROM account_organisation WHERE account = ?", {id}));
        CHECK(
            tx.run("UPDATE account SET name = ?, full_name = '', email = '', password = '', recovery_hash = NULL, "
                   "is_disabled = 1, is_erased = 1 WHERE id = ?",
                   {fmt::format("erased-{}", id.value), id}));
        CHECK(impl_->write_audit(tx, by, "user.erase", id));
        auto const now = impl_->clock.now();
        CHECK(erase_audit_details(tx, by, now, "account", std::to_string(id.value)));
        CHECK(erase_audit_addresses(tx, by, now, reference_of(id)));
        return {};
    });
}

Result<std::optional<std::string>> Access::first_account_code() {
    TRY(auto const count, impl_->ledger.read([&](store::Transaction& tx) { return impl_->count_accounts(tx); }));
    if (count > 0) return std::optional<std::string>();
    std::string code = random_code(16);
    std::lock_guard const lock(impl_->first_code_mutex);
    impl_->first_code = normalised_code(code);
    return std::optional(std::move(code));
}

Result<Account> Access::add_first_account(std::string_view code, NewAccount account, Visitor const& visitor) {
    account.role = Role::administrator;
    CHECK(check_name(lowered(account.name)));
    CHECK(check_texts(account.full_name, account.email, account.language, "system"));
    CHECK(check_password(account.password, account.name));
    {
        std::lock_guard const lock(impl_->first_code_mutex);
        if (impl_->first_code.empty() || !equal_in_constant_time(impl_->first_code, normalised_code(code)))
            return fail(Code::denied, "the set-up code is wrong; the server printed it when it started");
    }
    TRY(auto const hash, impl_->hasher.hash(account.password));
    Principal by = server_principal();
    by.address = visitor.address;
    auto made = impl_->ledger.write([&](store::Transaction& tx) -> Result<Account> {
        TRY(auto const count, impl_->count_accounts(tx));
        if (count > 0) return fail(Code::conflict, "there are accounts already; sign in");
        return impl_->insert_account(tx, by, account, hash);
    });
    if (made) {
        std::lock_guard const lock(impl_->first_code_mutex);
        impl_->first_code.clear();
    }
    return made;
}

}  // namespace tocsin::access
