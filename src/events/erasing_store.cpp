#include "events/events_store.hpp"

namespace tocsin::events::store_sql {

Result<std::int64_t> count_statements(store::Transaction& ledger, std::string_view finding) {
    TRY(auto const count, ledger.one("SELECT count(*) FROM events_statement WHERE finding = ?", {finding},
                                     [](store::Row const& row) { return row.integer(0); }));
    return count.value_or(0);
}

Status erase_statements(store::Transaction& ledger, std::string_view finding) {
    CHECK(ledger.run("DELETE FROM events_statement WHERE finding = ?", {finding}));
    CHECK(
        ledger.run("DELETE FROM events_recheck_contact WHERE recheck IN (SELECT id FROM events_recheck WHERE finding = "
                   "?)",
                   {finding}));
    CHECK(ledger.run("DELETE FROM events_recheck WHERE finding = ?", {finding}));
    return {};
}

Status erase_subject(store::Transaction& ledger, std::uint64_t hash) {
    CHECK(ledger.run("DELETE FROM events_subject WHERE hash = ?", {hash}));
    return {};
}

Result<std::vector<std::int64_t>> rejected_with(store::Transaction& ledger, std::string_view text) {
    std::vector<std::int64_t> found;
    auto const part = "%" + replaced(replaced(replaced(lowered(text), "!", "!!"), "%", "!%"), "_", "!_") + "%";
    CHECK(
        ledger.query("SELECT id FROM events_rejected WHERE lower(raw) LIKE ? ESCAPE '!' OR lower(reason) LIKE ? ESCAPE "
                     "'!' ORDER BY id",
                     {part, part}, [&](store::Row const& row) { found.push_back(row.integer(0)); }));
    return found;
}

Status erase_rejected(store::Transaction& ledger, std::int64_t id) {
    CHECK(
        ledger.run("UPDATE events_rejected SET raw = '', header = '', reason = 'erased', state = CASE WHEN state = "
                   "'kept' THEN 'discarded' ELSE state END WHERE id = ?",
                   {id}));
    return {};
}

}  // namespace tocsin::events::store_sql
