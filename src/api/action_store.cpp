#include "api/action_store.hpp"

#include <fmt/format.h>

namespace tocsin::api {

Result<std::int64_t> keep_action(store::Transaction& tx, std::string_view what, std::int64_t account, Timestamp now,
                                 std::vector<ActionItem> const& items) {
    auto const by = account == 0 ? std::nullopt : std::optional(account);
    TRY(auto const id, tx.insert("INSERT INTO finding_action (at, account, what) VALUES (?, ?, ?)", {now, by, what}));
    for (auto const& item : items) {
        CHECK(tx.run("INSERT INTO finding_action_item (action, finding, before) VALUES (?, ?, ?)",
                     {id, item.finding, item.before}));
    }
    return id;
}

Result<KeptAction> kept_action(store::Transaction& tx, std::int64_t id) {
    TRY(auto found, tx.one("SELECT what, undone FROM finding_action WHERE id = ?", {id}, [&](store::Row const& row) {
        return KeptAction{.id = id, .what = row.string(0), .undone = row.time_if(1), .items = {}};
    }));
    if (!found) return fail(Code::not_found, fmt::format("there is no action {}", id));
    CHECK(tx.query("SELECT finding, before FROM finding_action_item WHERE action = ? ORDER BY finding", {id},
                   [&](store::Row const& row) { found->items.push_back({row.string(0), row.string(1)}); }));
    return std::move(*found);
}

Status mark_undone(store::Transaction& tx, std::int64_t id, Timestamp now) {
    TRY(auto const changed, tx.run("UPDATE finding_action SET undone = ? WHERE id = ? AND undone IS NULL", {now, id}));
    if (changed == 0) return fail(Code::conflict, fmt::format("action {} was undone already", id));
    return {};
}

}  // namespace tocsin::api
