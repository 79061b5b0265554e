#include "access/access_impl.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::access {
namespace {

constexpr std::string_view key_prefix = "tocsin_";
constexpr std::size_t key_bytes = 32;
constexpr std::size_t max_key_letters = 80;
constexpr std::size_t max_feeds = 200;
constexpr auto used_again_after = std::chrono::minutes(1);

std::string joined(std::vector<std::string> const& feeds) {
    std::string text;
    for (auto const& feed : feeds) text.append(text.empty() ? "" : "\n").append(feed);
    return text;
}

std::vector<std::string> separated(std::string_view text) {
    std::vector<std::string> feeds;
    if (text.empty()) return feeds;
    for (auto const feed : split(text, '\n')) feeds.emplace_back(feed);
    return feeds;
}

Status check_key(NewKey const& key, Timestamp now) {
    bool const bad_name = key.name.empty() || key.name.size() > 200 || !is_utf8(key.name) ||
                          std::ranges::any_of(key.name, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (bad_name) return fail(Code::invalid, "say what the key is for, in 1 to 200 bytes");
    if (key.expires && *key.expires <= now) return fail(Code::invalid, "the key would have expired already");
    if (key.feeds.size() > max_feeds) return fail(Code::limit, fmt::format("at most {} feeds for one key", max_feeds));
    for (auto const& feed : key.feeds)
        if (feed.empty() || feed.size() > 200 || feed.find('\n') != std::string::npos)
            return fail(Code::invalid, fmt::format("\"{}\" is no feed id (publisher/report)", feed));
    if (!key.feeds.empty() && key.role < Role::analyst)
        return fail(Code::invalid, "a key for pushing reports needs the role analyst");
    if ((key.role == Role::constituent) != key.membership.has_value() ||
        (key.membership && (key.membership->organisation <= 0 || key.membership->right != Right::reader)))
        return fail(Code::invalid,
                    "organisation: expected one for a key of the role constituent, which may only read, and none else");
    return {};
}

}  // namespace

Result<MadeKey> Access::add_key(Principal const& by, NewKey const& key) {
    Timestamp const now = impl_->clock.now();
    CHECK(check_key(key, now));
    return impl_->ledger.write([&](store::Transaction& tx) -> Result<MadeKey> {
        TRY(auto const id,
            tx.insert("INSERT INTO api_key (name, role, feeds, secret_hash, made_by, created, expires, "
                      "organisation, sees_below) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      {key.name, name_of(key.role), joined(key.feeds), store::Bind::blob(""), by.account, now,
                       key.expires, key.membership ? std::optional(key.membership->organisation) : std::nullopt,
                       key.membership && key.membership->sees_below}));
        MadeKey made{{id}, fmt::format("{}{}_{}", key_prefix, id, to_base64url(secret_bytes(key_bytes)))};
        CHECK(tx.run("UPDATE api_key SET secret_hash = ? WHERE id = ?", {store::Bind::blob(sha256(made.key)), id}));
        JsonWriter details;
        details.object().field("name", key.name).field("role", name_of(key.role)).key("feeds").array();
        for (auto const& feed : key.feeds) details.value(feed);
        details.end();
        if (key.membership) {
            details.key("organisation");
            put(details, *key.membership);
        }
        details.end();
        CHECK(audit(tx, by, now,
                    {.what = "key.create", .kind = "key", .id = std::to_string(id), .details = details.text()}));
        return made;
    });
}

Result<std::optional<Principal>> Access::key_of(std::string_view key, Visitor const& visitor) {
    std::optional<Principal> nobody;
    if (!key.starts_with(key_prefix) || key.size() > max_key_letters) return nobody;
    auto const rest = key.substr(key_prefix.size());
    auto const id = parse_int(rest.substr(0, rest.find('_')));
    if (!id) return nobody;
    Timestamp const now = impl_->clock.now();
    struct Found {
        Principal principal;
        std::string hash;
        std::optional<Timestamp> expires, last_used;
        bool is_revoked = false;
    };
    TRY(auto found, impl_->ledger.read([&](store::Transaction& tx) {
        return tx.one(
            "SELECT name, role, feeds, secret_hash, expires, last_used, revoked IS NOT NULL, organisation, sees_below "
            "FROM api_key WHERE id = ?",
            {*id}, [&](store::Row const& row) {
                Principal principal;
                principal.who = fmt::format("key:{}", *id);
                principal.name = row.string(0);
                principal.role = parse_role(row.text(1)).value_or(Role::constituent);
                if (principal.is_constituent() && !row.is_null(7))
                    principal.memberships.push_back({row.integer(7), Right::reader, row.truth(8)});
                principal.via = Via::key;
                principal.key = {*id};
                principal.feeds = separated(row.text(2));
                principal.address = visitor.address;
                return Found{std::move(principal), row.string(3), row.time_if(4), row.time_if(5), row.truth(6)};
            });
    }));
    if (!found || !equal_in_constant_time(found->hash, sha256(key))) return nobody;
    if (found->is_revoked || (found->expires && *found->expires <= now)) return nobody;
    if (!found->last_used || now - *found->last_used >= used_again_after) {
        auto const noted = impl_->ledger.write([&](store::Transaction& tx) {
            return tx.run("UPDATE api_key SET last_used = ? WHERE id = ?", {now, *id});
        });
        if (!noted) log::warning("noting the use of a key: {}", noted.error().message);
    }
    return std::optional(std::move(found->principal));
}

Result<std::vector<Key>> Access::keys() {
    return impl_->ledger.read([&](store::Transaction& tx) -> Result<std::vector<Key>> {
        std::vector<Key> all;
        CHECK(tx.query(
            "SELECT k.id, k.name, k.role, k.feeds, k.created, k.expires, k.last_used, k.revoked, k.made_by, "
            "a.name, k.organisation, k.sees_below FROM api_key k LEFT JOIN account a ON a.id = k.made_by ORDER BY k.id",
            {}, [&](store::Row const& row) {
                all.push_back({row.id<KeyTag>(0), row.string(1), parse_role(row.text(2)).value_or(Role::constituent),
                               separated(row.text(3)), row.time(4), row.time_if(5), row.time_if(6), row.time_if(7),
                               row.id<AccountTag>(8), row.string(9)});
                if (!row.is_null(10)) all.back().membership = {row.integer(10), Right::reader, row.truth(11)};
            }));
        return all;
    });
}

Status Access::revoke_key(Principal const& by, KeyId id) {
    return impl_->ledger.write([&](store::Transaction& tx) -> Status {
        TRY(auto const gone,
            tx.run("UPDATE api_key SET revoked = ? WHERE id = ? AND revoked IS NULL", {impl_->clock.now(), id.value}));
        if (gone == 0) return fail(Code::not_found, "there is no such key, or it is revoked already");
        CHECK(audit(tx, by, impl_->clock.now(), {.what = "key.revoke", .kind = "key", .id = std::to_string(id.value)}));
        return {};
    });
}

}  // namespace tocsin::access
