#pragma once
#include "notifications/channels.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The tables of the channels: all their SQL. Every function works inside the caller's transaction. Private to the
/// room.
namespace tocsin::notifications::tables {

struct StoredChannel {
    ContactChannel channel;
    std::string secret;  ///< sealed
};
Result<std::vector<StoredChannel>> channels(store::Transaction& tx);
Result<std::optional<StoredChannel>> channel_of(store::Transaction& tx, constituency::ContactId contact);
Status set_channel(store::Transaction& tx, StoredChannel const& channel);
Result<bool> remove_channel(store::Transaction& tx, constituency::ContactId contact);

/// By which way a notification goes, once it is made.
Status send_by(store::Transaction& tx, NotificationId id, std::string_view channel);

/// It stands in the queue of the printer, once.
Status queue_letter(store::Transaction& tx, NotificationId id, Timestamp now);
Result<std::vector<PaperLetter>> letters(store::Transaction& tx, bool also_posted);
Result<bool> has_letter(store::Transaction& tx, NotificationId id);
Status printed(store::Transaction& tx, NotificationId id, Timestamp now);
Result<bool> posted(store::Transaction& tx, NotificationId id, Timestamp now, std::string_view who);

}  // namespace tocsin::notifications::tables
