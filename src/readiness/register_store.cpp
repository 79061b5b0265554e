#include "readiness/register.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace tocsin::readiness {
namespace {

constexpr std::string_view claim_columns =
    "SELECT id, register, subject, says, team, claimant, source, date, maturity, note, added, added_by FROM "
    "register_claim WHERE withdrawn IS NULL ";
constexpr std::size_t most_entries = 5000, longest_note = 4000;
constexpr std::array<std::string_view, 3> own_kinds = {"sectors", "provinces", "other"};

Claim read_row(store::Row const& row) {
    return {.id = row.id<ClaimTag>(0),
            .register_id = row.string(1),
            .subject = row.string(2),
            .says = says_named(row.text(3)).value_or(Says::planned),
            .team = row.string(4),
            .claimant = row.string(5),
            .source = row.string(6),
            .date = row.time(7),
            .maturity = row.string(8),
            .note = row.string(9),
            .added = row.time(10),
            .added_by = row.string(11)};
}

Result<std::int64_t> insert(store::Transaction& tx, Claim const& claim) {
    return tx.insert(
        "INSERT INTO register_claim (register, subject, says, team, claimant, source, date, maturity, "
        "note, added, added_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {claim.register_id, claim.subject, name_of(claim.says), claim.team, claim.claimant, claim.source, claim.date,
         claim.maturity, claim.note, claim.added, claim.added_by});
}

Result<bool> is_known(store::Transaction& tx, Claim const& claim) {
    TRY(auto const found,
        tx.one(
            "SELECT id FROM register_claim WHERE withdrawn IS NULL AND register = ? AND subject = ? AND says = ? AND "
            "team = ? AND claimant = ? AND source = ? AND date = ?",
            {claim.register_id, claim.subject, name_of(claim.says), claim.team, claim.claimant, claim.source,
             claim.date},
            [](store::Row const& row) { return row.integer(0); }));
    return found.has_value();
}

Status write_audit(store::Transaction& tx, access::Principal const& by, Timestamp now, std::string_view what,
                   std::string_view register_id, std::string_view details) {
    CHECK(access::audit(tx, by, now, {.what = what, .kind = "register", .id = register_id, .details = details}));
    return {};
}

Texts same_in_all(std::string const& name) {
    Texts texts;
    texts.in.fill(name);
    return texts;
}

}  // namespace

Result<std::vector<Entry>> Register::bare_entries(store::Transaction& tx, std::string_view register_id) const {
    std::vector<Entry> list;
    if (register_id == states_register) {
        for (auto const& country : library_.countries().countries)
            list.push_back({.code = country.iso2,
                            .name = country.name,
                            .group = country.region,
                            .ldc = country.ldc,
                            .lldc = country.lldc,
                            .sids = country.sids});
        std::ranges::sort(list, {}, &Entry::code);
        return list;
    }
    TRY(auto const known, tx.one("SELECT id FROM register WHERE id = ?", {register_id},
                                 [](store::Row const& row) { return row.string(0); }));
    if (!known) return fail(Code::not_found, fmt::format("there is no register \"{}\"", register_id));
    CHECK(tx.query("SELECT code, name, entry_group FROM register_entry WHERE register = ? ORDER BY code", {register_id},
                   [&](store::Row const& row) {
                       list.push_back(
                           {.code = row.string(0), .name = same_in_all(row.string(1)), .group = row.string(2)});
                   }));
    return list;
}

Result<std::vector<RegisterHead>> Register::all() {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<RegisterHead>> {
        std::vector<RegisterHead> list{{.id = std::string(states_register),
                                        .title = "Member States",
                                        .kind = "states",
                                        .entries = static_cast<std::int64_t>(library_.countries().countries.size())}};
        CHECK(tx.query(
            "SELECT r.id, r.title, r.kind, (SELECT count(*) FROM register_entry e WHERE e.register = r.id) "
            "FROM register r ORDER BY r.id",
            {}, [&](store::Row const& row) {
                list.push_back(
                    {.id = row.string(0), .title = row.string(1), .kind = row.string(2), .entries = row.integer(3)});
            }));
        for (auto& head : list) {
            TRY(auto const claims,
                tx.one("SELECT count(*) FROM register_claim WHERE withdrawn IS NULL AND register = ?", {head.id},
                       [](store::Row const& row) { return row.integer(0); }));
            head.claims = claims.value_or(0);
        }
        return list;
    });
}

Status Register::add(RegisterHead const& draft, std::span<EntryDraft const> entries, access::Principal const& by) {
    bool const is_id = !draft.id.empty() && draft.id.size() <= 40 && std::ranges::all_of(draft.id, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
    if (!is_id) return fail(Code::invalid, "id: expected at most 40 of a-z 0-9 -");
    if (trimmed(draft.title).empty() || draft.title.size() > 200)
        return fail(Code::invalid, "title: expected 1 to 200 bytes");
    if (std::ranges::find(own_kinds, draft.kind) == own_kinds.end())
        return fail(Code::invalid, "kind: expected sectors, provinces or other");
    if (entries.empty() || entries.size() > most_entries)
        return fail(Code::invalid, "entries: expected 1 to 5,000 of them");
    std::set<std::string_view> codes;
    for (auto const& entry : entries)
        if (trimmed(entry.code).empty() || entry.code.size() > 40 || trimmed(entry.name).empty() ||
            entry.name.size() > 200 || entry.group.size() > 100 || !codes.insert(entry.code).second)
            return fail(Code::invalid, fmt::format("entries: expected a code of its own (at most 40 bytes) and a name "
                                                   "(at most 200); found \"{}\", \"{}\"",
                                                   entry.code, entry.name));
    return ledger_.write([&](store::Transaction& tx) -> Status {
        auto const now = clock_.now();
        TRY(auto const known, tx.one("SELECT id FROM register WHERE id = ?", {draft.id},
                                     [](store::Row const& row) { return row.string(0); }));
        if (known || draft.id == states_register)
            return fail(Code::conflict, fmt::format("there is a register \"{}\" already", draft.id));
        CHECK(tx.run("INSERT INTO register (id, title, kind, created) VALUES (?, ?, ?, ?)",
                     {draft.id, draft.title, draft.kind, now}));
        for (auto const& entry : entries)
            CHECK(tx.run("INSERT INTO register_entry (register, code, name, entry_group) VALUES (?, ?, ?, ?)",
                         {draft.id, entry.code, entry.name, entry.group}));
        JsonWriter json;
        json.object().field("title", draft.title).field("entries", std::uint64_t{entries.size()}).end();
        return write_audit(tx, by, now, "register.add", draft.id, json.text());
    });
}

Result<std::vector<Entry>> Register::entries(std::string_view register_id) {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<Entry>> {
        TRY(auto list, bare_entries(tx, register_id));
        CHECK(tx.query(std::string(claim_columns) + "AND register = ? ORDER BY date DESC, id DESC", {register_id},
                       [&](store::Row const& row) {
                           auto claim = read_row(row);
                           auto const found = std::ranges::lower_bound(list, claim.subject, {}, &Entry::code);
                           if (found != list.end() && found->code == claim.subject)
                               found->claims.push_back(std::move(claim));
                       }));
        for (auto& entry : list) {
            entry.picture = picture_of(entry.claims);
            entry.need = need_of(entry, {});
        }
        return list;
    });
}

Result<Entry> Register::entry(std::string_view register_id, std::string_view code) {
    TRY(auto list, entries(register_id));
    auto const wanted = register_id == states_register && library_.countries().find(code)
                            ? library_.countries().find(code)->iso2
                            : std::string(code);
    auto const found = std::ranges::find(list, wanted, &Entry::code);
    if (found == list.end())
        return fail(Code::not_found, fmt::format("the register {} has no \"{}\"", register_id, code));
    return std::move(*found);
}

Status Register::complete(Claim& draft) {
    if (draft.register_id == states_register) {
        auto const* const country = library_.countries().find(trimmed(draft.subject));
        if (!country)
            return fail(Code::invalid,
                        fmt::format("country: expected a Member State by its ISO 3166-1 code, M49 code or English "
                                    "name, found \"{}\"",
                                    draft.subject));
        draft.subject = country->iso2;
    } else {
        auto const found = entry(draft.register_id, draft.subject);
        if (!found) return fail(Code::invalid, "subject: " + found.error().message);
    }
    if (trimmed(draft.claimant).empty() || draft.claimant.size() > 200)
        return fail(Code::invalid, "claimant: expected who says so, 1 to 200 bytes");
    if (trimmed(draft.source).empty() || draft.source.size() > 2000)
        return fail(Code::invalid, "source: expected where it says so, 1 to 2,000 bytes");
    if (draft.date.micros == 0 || draft.date > clock_.now() + std::chrono::hours(24))
        return fail(Code::invalid, "date: expected when it was said, not in the future");
    if (draft.says == Says::no && !draft.team.empty())
        return fail(Code::invalid, "team: expected no name where there is said to be no team");
    if (draft.team.size() > 200 || draft.maturity.size() > 200 || draft.note.size() > longest_note)
        return fail(Code::invalid, "expected a team and maturity of at most 200 bytes, a note of 4,000");
    return {};
}

Result<Claim> Register::claim(Claim draft, access::Principal const& by) {
    CHECK(complete(draft));
    draft.added = clock_.now();
    draft.added_by = by.name;
    return ledger_.write([&](store::Transaction& tx) -> Result<Claim> {
        TRY(auto const known, is_known(tx, draft));
        if (known) return fail(Code::conflict, "this claim is in the register already");
        TRY(auto const id, insert(tx, draft));
        draft.id = {id};
        JsonWriter json;
        append(json, draft);
        CHECK(write_audit(tx, by, draft.added, "register.claim", draft.register_id, json.text()));
        return draft;
    });
}

Result<std::int64_t> Register::claim_all(std::vector<Claim> drafts, access::Principal const& by) {
    return ledger_.write([&](store::Transaction& tx) -> Result<std::int64_t> {
        auto const now = clock_.now();
        std::int64_t added = 0;
        for (auto& draft : drafts) {
            TRY(auto const known, is_known(tx, draft));
            if (known) continue;
            draft.added = now;
            draft.added_by = by.name;
            CHECK(insert(tx, draft));
            ++added;
        }
        if (added == 0) return added;
        JsonWriter json;
        json.object().field("claims", added).end();
        CHECK(write_audit(tx, by, now, "register.import", drafts.front().register_id, json.text()));
        return added;
    });
}

Status Register::withdraw(ClaimId id, access::Principal const& by) {
    return ledger_.write([&](store::Transaction& tx) -> Status {
        auto const now = clock_.now();
        TRY(auto const found, tx.one(std::string(claim_columns) + "AND id = ?", {id}, read_row));
        if (!found) return fail(Code::not_found, fmt::format("there is no claim {}", id.value));
        CHECK(tx.run("UPDATE register_claim SET withdrawn = ? WHERE id = ?", {now, id}));
        JsonWriter json;
        append(json, *found);
        return write_audit(tx, by, now, "register.withdraw", found->register_id, json.text());
    });
}

}  // namespace tocsin::readiness
