#include "constituency/sources_store.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace tocsin::constituency::source_rows {
namespace {

using store::Bind;
using store::Row;

constexpr std::string_view selected =
    "SELECT c.id, c.source, c.kind, c.about, c.fingerprint, c.subject, c.organisation, c.ours, c.theirs, c.claim, "
    "c.file, c.line, c.as_of, c.state, c.first_seen, c.last_seen, c.decision, c.reason, c.decided, c.decided_by, "
    "c.change_set, COALESCE(o.name, '') FROM source_conflict c LEFT JOIN organisation o ON o.id = c.organisation ";
constexpr std::size_t greatest_page = 1000;

std::string sides_json(std::vector<ConflictSide> const& sides) {
    JsonWriter json;
    json.array();
    for (auto const& side : sides)
        json.object().field("what", side.what).field("from", side.from).field("mark", side.mark).end();
    json.end();
    return std::move(json).text();
}

std::vector<ConflictSide> sides_of(std::string_view text) {
    std::vector<ConflictSide> sides;
    boost::system::error_code fault;
    auto const parsed = boost::json::parse(text, fault);
    if (fault || !parsed.is_array()) return sides;
    for (auto const& item : parsed.get_array()) {
        if (!item.is_object()) continue;
        ConflictSide side;
        for (auto const& [key, value] : item.get_object()) {
            if (!value.is_string()) continue;
            (key == "what" ? side.what : key == "mark" ? side.mark : side.from) = std::string_view(value.get_string());
        }
        sides.push_back(std::move(side));
    }
    return sides;
}

Stored read(Row const& row) {
    Stored conflict;
    conflict.id = row.id<SourceConflict>(0);
    conflict.source = row.string(1);
    conflict.kind = conflict_kind(row.text(2)).value_or(ConflictKind::owner);
    conflict.about = row.string(3);
    conflict.fingerprint = row.string(4);
    conflict.subject = row.string(5);
    conflict.organisation = row.id<Organisation>(6);
    conflict.ours = sides_of(row.text(7));
    conflict.theirs = sides_of(row.text(8));
    conflict.claim = row.string(9);
    conflict.file = row.string(10);
    conflict.line = static_cast<std::uint64_t>(row.integer(11));
    conflict.as_of = row.time(12);
    conflict.state = conflict_state(row.text(13)).value_or(ConflictState::open);
    conflict.first_seen = row.time(14);
    conflict.last_seen = row.time(15);
    conflict.decision = source_decision(row.text(16));
    conflict.reason = row.string(17);
    conflict.decided = row.time_if(18);
    conflict.decided_by = row.string(19);
    conflict.change_set = row.id<ChangeSet>(20);
    conflict.organisation_name = row.string(21);
    tell_about(conflict);
    return conflict;
}

std::string_view word_of_state(ConflictQuery const& query) {
    return query.state ? name_of(*query.state) : std::string_view();
}

}  // namespace

void tell_about(Stored& conflict) {
    // "owner|prefix|192.0.2.0/24", "contact|12|abuse", "key|12|abuse|..."
    auto const parts = split(conflict.about, '|');
    if (conflict.kind == ConflictKind::owner && parts.size() == 3) {
        conflict.resource = resource_kind(parts[1]);
        conflict.value = parts[2];
    }
    bool const has_role = conflict.kind == ConflictKind::contact || conflict.kind == ConflictKind::key;
    if (has_role && parts.size() >= 3) conflict.role = contact_role(parts[2]);
}

Status for_each_link(Transaction& tx, std::string_view source,
                     std::function<void(std::string_view, OrganisationId)> const& each) {
    return tx.query(
        "SELECT s.external, s.organisation FROM source_organisation s JOIN organisation o ON o.id = s.organisation "
        "WHERE s.source = ? ORDER BY s.external",
        {source}, [&](Row const& row) { each(row.text(0), row.id<Organisation>(1)); });
}

Status link(Transaction& tx, std::string_view source, std::string_view external, OrganisationId organisation) {
    CHECK(tx.run("DELETE FROM source_organisation WHERE source = ? AND external = ?", {source, external}));
    CHECK(tx.run("INSERT INTO source_organisation (source, external, organisation) VALUES (?, ?, ?)",
                 {source, external, organisation}));
    return {};
}

Status for_each(Transaction& tx, std::string_view source, std::function<void(Brief)> const& each) {
    return tx.query("SELECT id, about, fingerprint, state, decision FROM source_conflict WHERE source = ? ORDER BY id",
                    {source}, [&](Row const& row) {
                        each({.id = row.id<SourceConflict>(0),
                              .about = row.string(1),
                              .fingerprint = row.string(2),
                              .state = conflict_state(row.text(3)).value_or(ConflictState::open),
                              .decision = source_decision(row.text(4))});
                    });
}

Result<std::string> digest(Transaction& tx, std::string_view source) {
    std::string all;
    CHECK(for_each_link(tx, source, [&](std::string_view external, OrganisationId organisation) {
        all += fmt::format("{}\n{}\n", external, organisation.value);
    }));
    CHECK(for_each(tx, source, [&](Brief const& brief) {
        all += fmt::format("{}\n{}\n{}\n{}\n{}\n", brief.id.value, brief.about, brief.fingerprint, name_of(brief.state),
                           brief.decision ? name_of(*brief.decision) : std::string_view());
    }));
    return access::sha256(all);
}

Result<SourceConflictId> insert(Transaction& tx, Stored const& conflict) {
    auto const ours = sides_json(conflict.ours), theirs = sides_json(conflict.theirs);
    TRY(auto const id,
        tx.insert("INSERT INTO source_conflict (source, kind, about, fingerprint, subject, organisation, ours, theirs, "
                  "claim, file, line, as_of, state, first_seen, last_seen, decision, reason, decided_by) VALUES (?, ?, "
                  "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, '', '', '')",
                  {conflict.source, name_of(conflict.kind), conflict.about, conflict.fingerprint, conflict.subject,
                   conflict.organisation, ours, theirs, conflict.claim, conflict.file, conflict.line, conflict.as_of,
                   conflict.first_seen, conflict.last_seen}));
    return SourceConflictId{id};
}

Status ask_again(Transaction& tx, Stored const& conflict) {
    auto const ours = sides_json(conflict.ours), theirs = sides_json(conflict.theirs);
    CHECK(
        tx.run("UPDATE source_conflict SET state = 'open', subject = ?, ours = ?, theirs = ?, claim = ?, file = ?, "
               "line = ?, as_of = ?, last_seen = ? WHERE id = ?",
               {conflict.subject, ours, theirs, conflict.claim, conflict.file, conflict.line, conflict.as_of,
                conflict.last_seen, conflict.id}));
    return {};
}

Status seen(Transaction& tx, SourceConflictId id, Timestamp now) {
    CHECK(tx.run("UPDATE source_conflict SET last_seen = ? WHERE id = ?", {now, id}));
    return {};
}

Status settle(Transaction& tx, SourceConflictId id, Timestamp now) {
    CHECK(tx.run("UPDATE source_conflict SET state = 'settled', last_seen = ? WHERE id = ? AND state = 'open'",
                 {now, id}));
    return {};
}

Result<std::vector<Stored>> open_owners(Transaction& tx, std::string_view source) {
    std::vector<Stored> found;
    CHECK(
        tx.query(fmt::format("{}WHERE c.source = ? AND c.kind = 'owner' AND c.state = 'open' ORDER BY c.id", selected),
                 {source}, [&](Row const& row) { found.push_back(read(row)); }));
    return found;
}

Result<std::optional<Stored>> load(Transaction& tx, SourceConflictId id) {
    return tx.one(fmt::format("{}WHERE c.id = ?", selected), {id}, read);
}

Result<std::vector<SourceConflict>> list(Transaction& tx, ConflictQuery const& query) {
    std::vector<SourceConflict> found;
    auto const state = word_of_state(query);
    CHECK(tx.query(
        fmt::format("{}WHERE (c.state = ? OR ? = '') AND (c.source = ? OR ? = '') AND c.id > ? ORDER BY c.id LIMIT ?",
                    selected),
        {state, state, query.source, query.source, query.after, std::clamp<std::size_t>(query.limit, 1, greatest_page)},
        [&](Row const& row) { found.push_back(read(row)); }));
    return found;
}

Result<std::int64_t> count(Transaction& tx, ConflictQuery const& query) {
    auto const state = word_of_state(query);
    TRY(auto const found,
        tx.one("SELECT count(*) FROM source_conflict WHERE (state = ? OR ? = '') AND (source = ? OR ? = '')",
               {state, state, query.source, query.source}, [](Row const& row) { return row.integer(0); }));
    return found.value_or(0);
}

Status decide(Transaction& tx, Stored const& conflict) {
    CHECK(
        tx.run("UPDATE source_conflict SET state = 'decided', decision = ?, reason = ?, decided = ?, decided_by = ?, "
               "change_set = ? WHERE id = ?",
               {name_of(*conflict.decision), conflict.reason, conflict.decided, conflict.decided_by,
                conflict.change_set, conflict.id}));
    return {};
}

Result<ImportId> propose(Transaction& tx, SourceOptions const& options, std::string_view bytes,
                         std::string_view summary, Actor const& by, Timestamp now) {
    TRY(auto const id, next_ids(tx, "import"));
    CHECK(
        tx.run("INSERT INTO directory_import (id, name, kind, format, country, replaces, state, by_user, by_name, "
               "created, content, summary, source, as_of, organisation) VALUES (?, ?, 'everything', ?, ?, ?, "
               "'proposed', ?, ?, ?, ?, ?, ?, ?, ?)",
               {id, options.name, name_of(options.format), options.country, false,
                by.user == 0 ? Bind(nullptr) : Bind(by.user), by.who, now, bytes, summary, options.source,
                options.as_of, options.organisation}));
    return ImportId{id};
}

}  // namespace tocsin::constituency::source_rows
