#include "access/access_impl.hpp"
#include "access/members.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::access {
namespace {

constexpr std::size_t token_bytes = 32;
constexpr std::size_t token_letters = 43;  // of base64url
constexpr std::int64_t most_open_invitations = 50;
constexpr std::int64_t most_keys = 20;
constexpr auto shortest_life = std::chrono::hours(1);
constexpr auto longest_life = std::chrono::hours(24 * 30);

constexpr std::string_view invitation_columns =
    "id, organisation, may, sees_below, email, language, made_by, created, expires, used, withdrawn";

Invitation read_invitation(store::Row const& row, Timestamp now) {
    Invitation invitation{
        .id = row.id<InvitationTag>(0),
        .membership = {row.integer(1), parse_right(row.text(2)).value_or(Right::reader), row.truth(3)},
        .email = row.string(4),
        .language = row.string(5),
        .made_by = row.string(6),
        .created = row.time(7),
        .expires = row.time(8)};
    if (!row.is_null(9)) {
        invitation.state = InvitationState::used;
    } else if (!row.is_null(10)) {
        invitation.state = InvitationState::withdrawn;
    } else if (invitation.expires <= now) {
        invitation.state = InvitationState::expired;
    }
    return invitation;
}

/// Errors: Code::denied unless `by` may let people into that organisation.
Status check_manages(Principal const& by, std::int64_t organisation) {
    if (by.may(Role::analyst)) return {};
    auto const* membership = by.membership(organisation);
    if (membership && membership->right == Right::manager) return {};
    return fail(Code::denied, "this is for the organisation's managers");
}

/// A manager gives nobody more than they have.
Status check_gives(Principal const& by, Membership const& given) {
    CHECK(check_manages(by, given.organisation));
    auto const* own = by.membership(given.organisation);
    if (own && given.sees_below && !own->sees_below)
        return fail(Code::denied, "below: you do not see the organisations below yours, so you can't let others");
    return {};
}

std::unexpected<Error> no_such_member() {
    return fail(Code::not_found, "there is nobody of that number in the organisation");
}
std::unexpected<Error> no_such_invitation() {
    return fail(Code::not_found,
                "the invitation is not open: it was used, withdrawn, or is too old; ask for a new one");
}

Result<std::int64_t> count_of(store::Transaction& tx, std::string_view sql, std::initializer_list<store::Bind> binds) {
    TRY(auto const count, tx.one(sql, binds, [](store::Row const& row) { return row.integer(0); }));
    return count.value_or(0);
}

/// Errors: Code::conflict when a manager's own change would leave the organisation without one.
Status keep_a_manager(store::Transaction& tx, Principal const& by, AccountId but, std::int64_t organisation) {
    if (!by.is_constituent()) return {};
    TRY(auto const others,
        count_of(tx,
                 "SELECT count(*) FROM account_organisation m JOIN account a ON a.id = m.account WHERE m.organisation "
                 "= ? AND m.may = 'manager' AND m.account <> ? AND a.is_disabled = 0",
                 {organisation, but}));
    if (others > 0) return {};
    return fail(Code::conflict, "this is the organisation's last manager; make another one first");
}

Result<std::optional<Membership>> membership_of(store::Transaction& tx, AccountId account, std::int64_t organisation) {
    TRY(auto const all, memberships_of(tx, account));
    auto const found = std::ranges::find(all, organisation, &Membership::organisation);
    return found == all.end() ? std::nullopt : std::optional(*found);
}

std::string details_of(Membership const& membership) {
    JsonWriter json;
    put(json, membership);
    return std::move(json).text();
}

Result<std::optional<Invitation>> open_one(store::Transaction& tx, std::string_view token, Timestamp now) {
    if (token.size() != token_letters) return std::optional<Invitation>();
    TRY(auto found,
        tx.one(fmt::format("SELECT {} FROM invitation WHERE token_hash = ?", invitation_columns),
               {store::Bind::blob(sha256(token))}, [&](store::Row const& row) { return read_invitation(row, now); }));
    if (found && found->state != InvitationState::open) found.reset();
    return found;
}

/// Marks it used; the address it was meant for is not kept any longer.
Status use_up(store::Transaction& tx, InvitationId id, AccountId account, Timestamp now) {
    TRY(auto const used, tx.run("UPDATE invitation SET used = ?, account = ?, email = '' WHERE id = ? AND used IS NULL",
                                {now, account, id}));
    if (used == 0) return no_such_invitation();
    return {};
}

}  // namespace

std::string_view name_of(InvitationState state) {
    switch (state) {
        case InvitationState::open:
            return "open";
        case InvitationState::used:
            return "used";
        case InvitationState::withdrawn:
            return "withdrawn";
        case InvitationState::expired:
            return "expired";
    }
    TOCSIN_ASSERT(false);
    return {};
}

Members::Members(Access& access) : access_(access) {}

Result<std::vector<Member>> Members::of(std::int64_t organisation) {
    return access_.impl_->ledger.read([&](store::Transaction& tx) -> Result<std::vector<Member>> {
        std::vector<Member> all;
        CHECK(tx.query(
            "SELECT a.id, a.name, a.full_name, a.email, m.may, m.sees_below, a.totp_on, a.is_disabled, m.since, "
            "a.last_seen FROM account_organisation m JOIN account a ON a.id = m.account WHERE m.organisation = ? AND "
            "a.is_erased = 0 ORDER BY a.name",
            {organisation}, [&](store::Row const& row) {
                all.push_back(
                    {.account = row.id<AccountTag>(0),
                     .name = row.string(1),
                     .full_name = row.string(2),
                     .email = row.string(3),
                     .membership = {organisation, parse_right(row.text(4)).value_or(Right::reader), row.truth(5)},
                     .has_totp = row.truth(6),
                     .is_disabled = row.truth(7),
                     .since = row.time(8),
                     .last_seen = row.time_if(9)});
            }));
        return all;
    });
}

Status Members::set(Principal const& by, AccountId account, Membership const& membership) {
    CHECK(check_gives(by, membership));
    auto const& impl = *access_.impl_;
    return impl.ledger.write([&](store::Transaction& tx) -> Status {
        TRY(auto const before, membership_of(tx, account, membership.organisation));
        if (!before && by.is_constituent()) return no_such_member();
        TRY(auto const who, impl.stored(tx, account));
        if (who.account.role != Role::constituent)
            return fail(Code::conflict, "the account is one of the team; only constituents act for an organisation");
        if (before && before->right == Right::manager && membership.right != Right::manager)
            CHECK(keep_a_manager(tx, by, account, membership.organisation));
        CHECK(tx.run("DELETE FROM account_organisation WHERE account = ? AND organisation = ?",
                     {account, membership.organisation}));
        CHECK(impl.add_membership(tx, account, membership));
        return impl.write_audit(tx, by, "user.membership", account, details_of(membership));
    });
}

Status Members::remove(Principal const& by, AccountId account, std::int64_t organisation) {
    CHECK(check_manages(by, organisation));
    auto const& impl = *access_.impl_;
    return impl.ledger.write([&](store::Transaction& tx) -> Status {
        TRY(auto const before, membership_of(tx, account, organisation));
        if (!before) return no_such_member();
        if (before->right == Right::manager) CHECK(keep_a_manager(tx, by, account, organisation));
        CHECK(
            tx.run("DELETE FROM account_organisation WHERE account = ? AND organisation = ?", {account, organisation}));
        TRY(auto const left, memberships_of(tx, account));
        if (left.empty()) {
            CHECK(tx.run("UPDATE account SET is_disabled = 1 WHERE id = ?", {account}));
            CHECK(impl.end_sessions(tx, account));
        }
        return impl.write_audit(tx, by, "user.membership_end", account, details_of(*before));
    });
}

Result<MadeInvitation> Members::invite(Principal const& by, NewInvitation const& invitation) {
    CHECK(check_gives(by, invitation.membership));
    if (invitation.membership.organisation <= 0) return fail(Code::invalid, "organisation: expected the number of one");
    if (invitation.life < shortest_life || invitation.life > longest_life)
        return fail(Code::invalid, "an invitation holds for one hour to 30 days");
    if (invitation.email.size() > 254 || !is_utf8(invitation.email) ||
        (!invitation.email.empty() && invitation.email.find('@') == std::string::npos))
        return fail(Code::invalid, "email: expected a mail address");
    auto const& impl = *access_.impl_;
    auto const now = impl.clock.now();
    return impl.ledger.write([&](store::Transaction& tx) -> Result<MadeInvitation> {
        TRY(auto const open, count_of(tx,
                                      "SELECT count(*) FROM invitation WHERE organisation = ? AND used IS NULL AND "
                                      "withdrawn IS NULL AND expires > ?",
                                      {invitation.membership.organisation, now}));
        if (open >= most_open_invitations)
            return fail(Code::limit, fmt::format("{} invitations are open; withdraw some first", open));
        MadeInvitation made{
            .id = {}, .token = to_base64url(secret_bytes(token_bytes)), .expires = now + invitation.life};
        auto const& membership = invitation.membership;
        TRY(made.id.value,
            tx.insert("INSERT INTO invitation (token_hash, organisation, may, sees_below, email, language, made_by, "
                      "created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      {store::Bind::blob(sha256(made.token)), membership.organisation, name_of(membership.right),
                       membership.sees_below, invitation.email, invitation.language, by.who, now, made.expires}));
        CHECK(audit(tx, by, now,
                    {.what = "invitation.create",
                     .kind = "invitation",
                     .id = std::to_string(made.id.value),
                     .details = details_of(membership)}));
        return made;
    });
}

Result<std::vector<Invitation>> Members::invitations(std::int64_t organisation) {
    auto const& impl = *access_.impl_;
    return impl.ledger.read([&](store::Transaction& tx) -> Result<std::vector<Invitation>> {
        std::vector<Invitation> all;
        CHECK(tx.query(fmt::format("SELECT {} FROM invitation WHERE organisation = ? OR ? = 0 ORDER BY id DESC LIMIT "
                                   "200",
                                   invitation_columns),
                       {organisation, organisation},
                       [&](store::Row const& row) { all.push_back(read_invitation(row, impl.clock.now())); }));
        return all;
    });
}

Status Members::withdraw(Principal const& by, InvitationId id, std::int64_t organisation) {
    CHECK(check_manages(by, organisation));
    auto const& impl = *access_.impl_;
    return impl.ledger.write([&](store::Transaction& tx) -> Status {
        TRY(auto const done,
            tx.run("UPDATE invitation SET withdrawn = ?, email = '' WHERE id = ? AND organisation = ? AND used IS NULL "
                   "AND withdrawn IS NULL",
                   {impl.clock.now(), id, organisation}));
        if (done == 0) return no_such_invitation();
        CHECK(audit(tx, by, impl.clock.now(),
                    {.what = "invitation.withdraw", .kind = "invitation", .id = std::to_string(id.value)}));
        return {};
    });
}

Result<std::optional<Invitation>> Members::open_invitation(std::string_view token) {
    auto const& impl = *access_.impl_;
    return impl.ledger.read([&](store::Transaction& tx) { return open_one(tx, token, impl.clock.now()); });
}

Result<Account> Members::accept(std::string_view token, NewAccount account, Visitor const& visitor) {
    auto& impl = *access_.impl_;
    TRY(auto const invitation, open_invitation(token));
    if (!invitation) return no_such_invitation();
    account.role = Role::constituent;
    account.memberships = {invitation->membership};
    CHECK(Access::check_new(account));
    TRY(auto const hash, impl.hasher.hash(account.password));
    return impl.ledger.write([&](store::Transaction& tx) -> Result<Account> {
        TRY(auto const still, open_one(tx, token, impl.clock.now()));
        if (!still) return no_such_invitation();
        Principal by;
        by.who = fmt::format("invitation:{}", still->id.value);
        by.name = by.who;
        by.role = Role::constituent;
        by.via = Via::link;
        by.address = visitor.address;
        TRY(auto made, impl.insert_account(tx, by, account, hash));
        CHECK(use_up(tx, still->id, made.id, impl.clock.now()));
        return made;
    });
}

Status Members::join(Principal const& self, std::string_view token) {
    if (!self.is_constituent() || !self.account)
        return fail(Code::denied, "this is for people of constituents who are signed in");
    auto const& impl = *access_.impl_;
    return impl.ledger.write([&](store::Transaction& tx) -> Status {
        TRY(auto const invitation, open_one(tx, token, impl.clock.now()));
        if (!invitation) return no_such_invitation();
        auto const& given = invitation->membership;
        CHECK(tx.run("DELETE FROM account_organisation WHERE account = ? AND organisation = ?",
                     {self.account, given.organisation}));
        CHECK(impl.add_membership(tx, self.account, given));
        CHECK(use_up(tx, invitation->id, self.account, impl.clock.now()));
        return impl.write_audit(tx, self, "user.membership", self.account, details_of(given));
    });
}

Result<std::vector<Key>> Members::keys(std::int64_t organisation) {
    TRY(auto all, access_.keys());
    std::erase_if(all, [&](Key const& key) { return !key.membership || key.membership->organisation != organisation; });
    std::ranges::reverse(all);
    return all;
}

Result<MadeKey> Members::add_key(Principal const& by, Membership membership, std::string_view name,
                                 std::optional<Timestamp> expires) {
    membership.right = Right::reader;
    CHECK(check_gives(by, membership));
    TRY(auto const own, keys(membership.organisation));
    auto const now = access_.impl_->clock.now();
    auto const live = std::ranges::count_if(
        own, [&](Key const& key) { return !key.revoked && (!key.expires || *key.expires > now); });
    if (live >= most_keys)
        return fail(Code::limit, fmt::format("the organisation has {} keys; revoke one first", live));
    return access_.add_key(by, {.name = std::string(name),
                                .role = Role::constituent,
                                .feeds = {},
                                .expires = expires,
                                .membership = membership});
}

Status Members::revoke_key(Principal const& by, std::int64_t organisation, KeyId id) {
    CHECK(check_manages(by, organisation));
    TRY(auto const own, keys(organisation));
    if (std::ranges::find(own, id, &Key::id) == own.end())
        return fail(Code::not_found, "there is no such key, or it is revoked already");
    return access_.revoke_key(by, id);
}

}  // namespace tocsin::access
