#pragma once
#include "sharing/recalls.hpp"

/// The recalls' tables. Private to the room.
namespace tocsin::sharing {

/// Writes it whole, in place of what there is under its id; gives it one when it has none.
Status write_recall(store::Transaction& tx, Recall& recall);
/// With objects and recipients. Errors: Code::not_found.
Result<Recall> read_recall(store::Transaction& tx, RecallId id);
Result<std::vector<RecallId>> recall_ids(store::Transaction& tx, std::size_t limit);
/// Open ones with objects whose notice is not stored; with something that nobody has heard of.
Result<std::vector<RecallId>> recalls_to_store(store::Transaction& tx);
Result<std::vector<RecallId>> recalls_to_hear_of(store::Transaction& tx);
/// Open ones, not older.
Result<std::vector<RecallId>> recalls_since(store::Transaction& tx, Timestamp since);
/// An open downgrade speaks of it.
Result<bool> is_downgraded(store::Transaction& tx, std::string_view object);
/// A withdrawal speaks of it, open or proposed.
Result<bool> is_recalled(store::Transaction& tx, std::string_view object);

Status set_recall_state(store::Transaction& tx, RecallId id, RecallState state);
Status set_notice(store::Transaction& tx, RecallId id, RecalledObject const& object);
Status set_hand(store::Transaction& tx, RecallId id, std::string_view object);
Status set_told(store::Transaction& tx, RecallId id, Given const& given);
Status set_recipient(store::Transaction& tx, RecallId id, RecallRecipient const& recipient);

Result<Timestamp> upstream_mark(store::Transaction& tx);
Status set_upstream_mark(store::Transaction& tx, Timestamp added);
/// The last line of the disclosure log.
/// In the state "proposed".
Result<std::int64_t> count_proposed(store::Transaction& tx);
Result<std::int64_t> last_disclosure(store::Transaction& tx);

}  // namespace tocsin::sharing
