#pragma once
#include "base/base.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Bulk actions as kept in the ledger, for undo. Private to api.
namespace tocsin::api {

struct ActionItem {
    std::string finding;
    std::string before;
};
struct KeptAction {
    std::int64_t id = 0;
    std::string what;
    std::optional<Timestamp> undone;
    std::vector<ActionItem> items;
};

Result<std::int64_t> keep_action(store::Transaction& tx, std::string_view what, std::int64_t account, Timestamp now,
                                 std::vector<ActionItem> const& items);
/// Errors: Code::not_found.
Result<KeptAction> kept_action(store::Transaction& tx, std::int64_t id);
/// Errors: Code::conflict when it was undone before.
Status mark_undone(store::Transaction& tx, std::int64_t id, Timestamp now);

}  // namespace tocsin::api
