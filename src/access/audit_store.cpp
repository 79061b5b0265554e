#include "access/audit.hpp"
#include "access/secrets.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_set>

namespace tocsin::access {
namespace {

constexpr std::size_t max_details_bytes = 64 << 10;
constexpr std::size_t salt_bytes = 16;
constexpr std::string_view erase_verb = "audit.erase";
/// An erasure names this many entries at most; a larger one is several entries.
constexpr std::size_t max_erased_at_once = 4000;

/// With its length in front, so that no two lists of fields have the same bytes.
void append_field(std::string& out, std::string_view field) {
    for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(field.size() >> shift));
    out.append(field);
}

std::string digest_of(std::string_view salt, std::string_view text) {
    std::string bytes;
    append_field(bytes, salt);
    append_field(bytes, text);
    return sha256(bytes);
}

/// The fields that the chain holds, as they stand in the ledger.
struct Link {
    std::int64_t number = 0, at = 0;
    std::string_view who, what, kind, id, address_digest, details_digest;
};

std::string hash_of(std::string_view before, Link const& link) {
    std::string bytes;
    append_field(bytes, "tocsin-audit-1");
    append_field(bytes, before);
    append_field(bytes, std::to_string(link.number));
    append_field(bytes, std::to_string(link.at));
    for (auto const field : {link.who, link.what, link.kind, link.id, link.address_digest, link.details_digest})
        append_field(bytes, field);
    return sha256(bytes);
}

std::string const& first_hash() {
    static std::string const zeros(32, '\0');
    return zeros;
}

struct RawHead {
    std::int64_t number = 0;
    std::string hash = first_hash();
};

Result<RawHead> raw_head(store::Transaction& tx) {
    TRY(auto head, tx.one("SELECT number, hash FROM audit_entry ORDER BY number DESC LIMIT 1", {},
                          [](store::Row const& row) { return RawHead{row.integer(0), row.string(1)}; }));
    return head.value_or(RawHead{});
}

}  // namespace

Result<std::int64_t> audit(store::Transaction& tx, Principal const& by, Timestamp now, Act const& act) {
    if (act.details.size() > max_details_bytes)
        return fail(Code::limit, fmt::format("details of an audit entry are at most {} bytes", max_details_bytes));
    TRY(auto const head, raw_head(tx));
    std::string const salts = secret_bytes(2 * salt_bytes);
    auto const address_salt = std::string_view(salts).substr(0, salt_bytes);
    auto const details_salt = std::string_view(salts).substr(salt_bytes);
    std::string const address_digest = by.address.empty() ? "" : digest_of(address_salt, by.address);
    std::string const details_digest = act.details.empty() ? "" : digest_of(details_salt, act.details);
    std::int64_t const number = head.number + 1;
    std::string const hash =
        hash_of(head.hash, {number, now.micros, by.who, act.what, act.kind, act.id, address_digest, details_digest});
    CHECK(tx.run("INSERT INTO audit_entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                 {number, now, by.who, act.what, act.kind, act.id, by.address, store::Bind::blob(address_salt),
                  store::Bind::blob(address_digest), act.details, store::Bind::blob(details_salt),
                  store::Bind::blob(details_digest), store::Bind::blob(hash)}));
    return number;
}

Result<AuditHead> audit_head(store::Transaction& tx) {
    TRY(auto const head, raw_head(tx));
    return AuditHead{head.number, to_hex(head.hash)};
}

Result<std::vector<AuditEntry>> audit_entries(store::Transaction& tx, AuditFilter const& filter) {
    std::string sql =
        "SELECT e.number, e.at, e.who, e.what, e.kind, e.object, e.address, e.details, e.details_salt IS NULL, e.hash, "
        "coalesce(a.name, k.name, e.who) FROM audit_entry e LEFT JOIN account a ON e.who = 'account:' || a.id LEFT "
        "JOIN api_key k ON e.who = 'key:' || k.id WHERE 1 = 1";
    std::vector<store::Bind> binds;
    auto const also = [&](std::string_view condition, std::initializer_list<store::Bind> values) {
        sql.append(" AND ").append(condition);
        binds.insert(binds.end(), values);
    };
    std::string const who = lowered(filter.who), below = filter.what + ".", past = filter.what + "/";
    if (!who.empty()) also("(e.who = ? OR a.name = ?)", {who, who});
    if (!filter.what.empty()) also("(e.what = ? OR (e.what >= ? AND e.what < ?))", {filter.what, below, past});
    if (!filter.kind.empty()) also("e.kind = ?", {filter.kind});
    if (!filter.id.empty()) also("e.object = ?", {filter.id});
    if (filter.from) also("e.at >= ?", {*filter.from});
    if (filter.until) also("e.at < ?", {*filter.until});
    if (filter.before > 0) also("e.number < ?", {filter.before});
    sql += " ORDER BY e.number DESC LIMIT ?";
    binds.emplace_back(std::clamp(filter.limit, 1, 1000));
    std::vector<AuditEntry> entries;
    CHECK(tx.query_rows(sql, binds, [&](store::Row const& row) {
        entries.push_back({.number = row.integer(0),
                           .at = row.time(1),
                           .who = row.string(2),
                           .name = row.string(10),
                           .address = row.string(6),
                           .what = row.string(3),
                           .kind = row.string(4),
                           .id = row.string(5),
                           .details = row.string(7),
                           .is_erased = row.truth(8),
                           .hash = to_hex(row.text(9))});
        return true;
    }));
    return entries;
}

namespace {

/// Walks the chain in order and remembers what is wrong first.
class Verifier {
  public:
    explicit Verifier(std::optional<AuditHead> const& expected) : expected_(expected) {}

    /// False: broken here.
    bool take(store::Row const& row) {
        Link const link{row.integer(0), row.integer(1), row.text(2), row.text(3),
                        row.text(4),    row.text(5),    row.text(8), row.text(11)};
        if (link.number != number_ + 1)
            return broken(number_ + 1, link.number > number_ ? "this entry is missing" : "numbers do not count up");
        if (!check_text(row, 6, link) || !check_text(row, 9, link)) return false;
        if (hash_of(hash_, link) != row.text(12)) return broken(link.number, "its hash does not fit what it says");
        if (link.what == erase_verb) note_erasure(row.text(9));
        ++number_;
        hash_ = row.string(12);
        if (expected_ && expected_->number == number_ && lowered(expected_->hash) != to_hex(hash_))
            return broken(number_, "its hash is not the one that was noted earlier");
        return true;
    }

    AuditVerdict verdict() {
        verdict_.entries = number_;
        verdict_.head = {number_, to_hex(hash_)};
        verdict_.erased = static_cast<std::int64_t>(erased_.size());
        if (verdict_.broken_at) return std::move(verdict_);
        for (auto const number : recorded_) erased_.erase(number);
        if (!erased_.empty()) {
            broken(*std::ranges::min_element(erased_),
                   "its details or address are missing, and no erasure is on record");
        } else if (expected_ && expected_->number > number_) {
            broken(number_ + 1, "the log ends before the head that was noted earlier");
        }
        return std::move(verdict_);
    }

  private:
    bool broken(std::int64_t number, std::string why) {
        verdict_.broken_at = number;
        verdict_.why = std::move(why);
        return false;
    }

    /// Text, salt and digest in three columns from `first` on: they fit, were never there, or were erased.
    bool check_text(store::Row const& row, int first, Link const& link) {
        std::string_view const digest = row.text(first + 2);
        if (row.is_null(first + 1)) {
            erased_.insert(link.number);
            return row.is_null(first) || broken(link.number, "its text has no salt");
        }
        bool const fits =
            digest.empty() ? row.text(first).empty() : digest_of(row.text(first + 1), row.text(first)) == digest;
        return fits || broken(link.number, first == 6 ? "its address was changed" : "its details were changed");
    }

    /// {"entries":[3,7,12]}: our own text, checked against its digest by now.
    void note_erasure(std::string_view details) {
        auto const open = details.find('[');
        auto const close = details.find(']');
        if (open == std::string_view::npos || close == std::string_view::npos) return;
        for (auto const number : split(details.substr(open + 1, close - open - 1), ','))
            if (auto const parsed = parse_int(number)) recorded_.push_back(*parsed);
    }

    std::optional<AuditHead> expected_;
    std::int64_t number_ = 0;
    std::string hash_ = first_hash();
    std::unordered_set<std::int64_t> erased_;
    std::vector<std::int64_t> recorded_;
    AuditVerdict verdict_;
};

}  // namespace

Result<AuditVerdict> verify_audit(store::Transaction& tx, std::optional<AuditHead> const& expected) {
    Verifier verifier(expected);
    CHECK(
        tx.query("SELECT number, at, who, what, kind, object, address, address_salt, address_digest, details, "
                 "details_salt, details_digest, hash FROM audit_entry ORDER BY number",
                 {}, [&](store::Row const& row) { return verifier.take(row); }));
    return verifier.verdict();
}

namespace {

Status record_erasure(store::Transaction& tx, Principal const& by, Timestamp now, Act act,
                      std::vector<std::int64_t> const& numbers) {
    for (std::size_t from = 0; from < numbers.size(); from += max_erased_at_once) {
        JsonWriter json;
        json.object().key("entries").array();
        for (std::size_t i = from; i < std::min(numbers.size(), from + max_erased_at_once); ++i) json.value(numbers[i]);
        json.end().end();
        act.details = json.text();
        CHECK(audit(tx, by, now, act));
    }
    return {};
}

}  // namespace

Result<std::int64_t> erase_audit_details(store::Transaction& tx, Principal const& by, Timestamp now,
                                         std::string_view kind, std::string_view id) {
    std::vector<std::int64_t> numbers;
    CHECK(
        tx.query("SELECT number FROM audit_entry WHERE kind = ? AND object = ? AND what <> ? AND details_digest <> "
                 "? AND details_salt IS NOT NULL ORDER BY number",
                 {kind, id, erase_verb, store::Bind::blob("")},
                 [&](store::Row const& row) { numbers.push_back(row.integer(0)); }));
    for (auto const number : numbers)
        CHECK(tx.run("UPDATE audit_entry SET details = NULL, details_salt = NULL WHERE number = ?", {number}));
    CHECK(record_erasure(tx, by, now, {.what = erase_verb, .kind = kind, .id = id}, numbers));
    return static_cast<std::int64_t>(numbers.size());
}

Result<std::int64_t> erase_audit_addresses(store::Transaction& tx, Principal const& by, Timestamp now,
                                           std::string_view who) {
    std::vector<std::int64_t> numbers;
    CHECK(
        tx.query("SELECT number FROM audit_entry WHERE who = ? AND address_digest <> ? AND address_salt IS NOT NULL "
                 "ORDER BY number",
                 {who, store::Bind::blob("")}, [&](store::Row const& row) { numbers.push_back(row.integer(0)); }));
    for (auto const number : numbers)
        CHECK(tx.run("UPDATE audit_entry SET address = NULL, address_salt = NULL WHERE number = ?", {number}));
    CHECK(record_erasure(tx, by, now, {.what = erase_verb, .kind = "who", .id = who}, numbers));
    return static_cast<std::int64_t>(numbers.size());
}

}  // namespace tocsin::access
