#include "events/events_store.hpp"

#include <fmt/format.h>

namespace tocsin::events::store_sql {
namespace {

constexpr std::string_view forgetting_select =
    "SELECT id, before, begun, finished, events, rejected, by_whom FROM events_forgetting";

Forgetting read_forgetting(store::Row const& row) {
    return {.id = row.integer(0),
            .before = row.time(1),
            .begun = row.time(2),
            .finished = row.time_if(3),
            .events = row.integer(4),
            .rejected = row.integer(5),
            .by = row.string(6)};
}

}  // namespace

Result<std::int64_t> begin_forgetting(store::Transaction& ledger, Timestamp before, Timestamp now,
                                      std::string_view by) {
    return ledger.insert("INSERT INTO events_forgetting (before, begun, by_whom) VALUES (?, ?, ?)", {before, now, by});
}

Result<std::vector<Forgetting>> forgettings(store::Transaction& ledger, std::size_t limit) {
    std::vector<Forgetting> found;
    CHECK(ledger.query(fmt::format("{} ORDER BY id DESC LIMIT ?", forgetting_select), {limit},
                       [&](store::Row const& row) { found.push_back(read_forgetting(row)); }));
    return found;
}

Result<std::vector<Forgetting>> unfinished_forgettings(store::Transaction& ledger) {
    std::vector<Forgetting> found;
    CHECK(ledger.query(fmt::format("{} WHERE finished IS NULL ORDER BY id", forgetting_select), {},
                       [&](store::Row const& row) { found.push_back(read_forgetting(row)); }));
    return found;
}

Status add_forgotten(store::Transaction& ledger, std::int64_t id, std::int64_t events, std::int64_t rejected) {
    CHECK(ledger.run("UPDATE events_forgetting SET events = events + ?, rejected = rejected + ? WHERE id = ?",
                     {events, rejected, id}));
    return {};
}

Result<Forgetting> finish_forgetting(store::Transaction& ledger, std::int64_t id, Timestamp now) {
    CHECK(ledger.run("UPDATE events_forgetting SET finished = ? WHERE id = ?", {now, id}));
    TRY(auto const found, ledger.one(fmt::format("{} WHERE id = ?", forgetting_select), {id}, read_forgetting));
    TOCSIN_ASSERT(found);
    return *found;
}

Result<std::int64_t> count_rejected_before(store::Transaction& ledger, Timestamp before) {
    TRY(auto const count, ledger.one("SELECT count(*) FROM events_rejected WHERE at < ?", {before},
                                     [](store::Row const& row) { return row.integer(0); }));
    return count.value_or(0);
}

Result<std::int64_t> remove_rejected_before(store::Transaction& ledger, Timestamp before, std::int64_t most) {
    return ledger.run(
        "DELETE FROM events_rejected WHERE id IN (SELECT id FROM events_rejected WHERE at < ? ORDER BY at LIMIT ?)",
        {before, most});
}

}  // namespace tocsin::events::store_sql
