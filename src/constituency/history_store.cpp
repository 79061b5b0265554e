#include "constituency/directory_store.hpp"

namespace tocsin::constituency {
namespace {

using store::Row;

constexpr std::string_view change_set_select =
    "SELECT id, at, by_user, by_name, what, changes, undoes, undone_by FROM directory_change_set ";
constexpr std::string_view history_select =
    "SELECT h.change_set, s.at, s.by_user, s.by_name, h.change, h.kind, h.object, h.before_fields, h.after_fields, "
    "h.erased FROM directory_change h JOIN directory_change_set s ON s.id = h.change_set ";

ChangeSet read_change_set(Row const& row) {
    ChangeSet set;
    set.id = {row.integer(0)};
    set.at = row.time(1);
    set.by = {row.integer(2), row.string(3)};
    set.what = row.string(4);
    set.changes = row.integer(5);
    set.undoes = {row.integer(6)};
    set.undone_by = {row.integer(7)};
    return set;
}

HistoryEntry read_entry(Row const& row) {
    HistoryEntry entry;
    entry.change_set = {row.integer(0)};
    entry.at = row.time(1);
    entry.by = {row.integer(2), row.string(3)};
    entry.change = row.text(4) == "add" ? Change::add : row.text(4) == "change" ? Change::change : Change::remove;
    entry.kind = row.string(5);
    entry.object = row.integer(6);
    entry.before = row.string(7);
    entry.after = row.string(8);
    entry.erased = row.truth(9);
    return entry;
}

}  // namespace

Result<ChangeLog> ChangeLog::begin(Transaction& tx, Timestamp now, access::Principal const& by, std::string what,
                                   ChangeSetId undoes) {
    ChangeLog log(tx, by, std::move(what));
    TRY(auto const id, next_ids(tx, "change_set"));
    log.stamp_ = {{id}, now, actor_of(by)};
    log.undoes_ = undoes;
    return log;
}

Result<ChangeSetId> register_version(Transaction& tx) {
    TRY(auto const last, tx.one("SELECT last FROM directory_counter WHERE name = 'change_set'", {},
                                [](Row const& row) { return row.id<ChangeSet>(0); }));
    return last.value_or(ChangeSetId{});
}

Status ChangeLog::note(Change change, std::string_view kind, std::int64_t object, std::string_view before,
                       std::string_view after) {
    ++changes_;
    CHECK(
        tx_->run("INSERT INTO directory_change (change_set, position, change, kind, object, before_fields, "
                 "after_fields, erased) VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                 {stamp_.change_set, changes_, name_of(change), kind, object,
                  before.empty() ? store::Bind(nullptr) : store::Bind(before),
                  after.empty() ? store::Bind(nullptr) : store::Bind(after)}));
    return {};
}

Status ChangeLog::finish(std::string_view verb, std::string_view kind, std::int64_t object) {
    CHECK(tx_->run(
        "INSERT INTO directory_change_set (id, at, by_user, by_name, what, changes, undoes, undone_by) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
        {stamp_.change_set, stamp_.at, stamp_.by.user == 0 ? store::Bind(nullptr) : store::Bind(stamp_.by.user),
         stamp_.by.who, what_, changes_, undoes_}));
    JsonWriter details;
    details.object().field("change_set", stamp_.change_set.value).field("changes", changes_).end();
    auto const number = std::to_string(object);
    CHECK(access::audit(*tx_, by_, stamp_.at, {.what = verb, .kind = kind, .id = number, .details = details.text()}));
    return {};
}

Result<std::optional<ChangeSet>> load_change_set(Transaction& tx, ChangeSetId id) {
    return tx.one(fmt::format("{}WHERE id = ?", change_set_select), {id}, read_change_set);
}

Result<std::vector<ChangeSet>> newest_change_sets(Transaction& tx, std::size_t limit) {
    std::vector<ChangeSet> sets;
    CHECK(tx.query(fmt::format("{}ORDER BY id DESC LIMIT ?", change_set_select), {limit},
                   [&](Row const& row) { sets.push_back(read_change_set(row)); }));
    return sets;
}

Status mark_undone(Transaction& tx, ChangeSetId id, ChangeSetId by) {
    CHECK(tx.run("UPDATE directory_change_set SET undone_by = ? WHERE id = ?", {by, id}));
    return {};
}

Result<std::vector<HistoryEntry>> changes_in(Transaction& tx, ChangeSetId id, std::size_t limit, bool newest_first) {
    std::vector<HistoryEntry> entries;
    CHECK(tx.query(fmt::format("{}WHERE h.change_set = ? ORDER BY h.position {} LIMIT ?", history_select,
                               newest_first ? "DESC" : "ASC"),
                   {id, limit}, [&](Row const& row) { entries.push_back(read_entry(row)); }));
    return entries;
}

Result<std::vector<HistoryEntry>> history_rows(Transaction& tx, std::string_view kind, std::int64_t object,
                                               std::size_t limit) {
    std::vector<HistoryEntry> entries;
    auto const keep = [&](Row const& row) { entries.push_back(read_entry(row)); };
    std::string_view const order = "ORDER BY h.change_set DESC, h.position DESC LIMIT ?";
    if (object != 0) {
        CHECK(tx.query(fmt::format("{}WHERE h.object = ? AND h.kind = ? {}", history_select, order),
                       {object, kind, limit}, keep));
    } else if (!kind.empty()) {
        CHECK(tx.query(fmt::format("{}WHERE h.kind = ? {}", history_select, order), {kind, limit}, keep));
    } else {
        CHECK(tx.query(fmt::format("{}{}", history_select, order), {limit}, keep));
    }
    return entries;
}

Result<std::int64_t> erase_history(Transaction& tx, ContactId id) {
    return tx.run(
        "UPDATE directory_change SET before_fields = NULL, after_fields = NULL, erased = 1 "
        "WHERE object = ? AND kind = 'contact'",
        {id});
}

Status forget_imports_with(Transaction& tx, std::string_view text) {
    if (text.empty()) return {};
    CHECK(
        tx.run("DELETE FROM directory_import WHERE state = 'proposed' AND "
               "(content LIKE '%' || ? || '%' OR summary LIKE '%' || ? || '%')",
               {text, text}));
    CHECK(tx.run("UPDATE directory_import SET summary = '{}' WHERE summary LIKE '%' || ? || '%'", {text}));
    // What was decided stays known by its fingerprint; what waits is asked anew if the source says it again.
    CHECK(
        tx.run("DELETE FROM source_conflict WHERE state = 'open' AND (ours LIKE '%' || ? || '%' OR theirs LIKE '%' || "
               "? || '%' OR claim LIKE '%' || ? || '%' OR about LIKE '%' || ? || '%' OR subject LIKE '%' || ? || '%')",
               {text, text, text, text, text}));
    CHECK(
        tx.run("UPDATE source_conflict SET ours = '[]', theirs = '[]', claim = '{}' WHERE ours LIKE '%' || ? || '%' OR "
               "theirs LIKE '%' || ? || '%' OR claim LIKE '%' || ? || '%'",
               {text, text, text}));
    return {};
}

}  // namespace tocsin::constituency
