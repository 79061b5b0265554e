#pragma once
#include "notifications/inbox.hpp"
#include "notifications/inbox/bounce.hpp"
#include "store/store.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The tables of the inbox: all their SQL. Every function works inside the caller's transaction. Private to the room.
namespace tocsin::notifications::tables {

Result<std::optional<InboxMailId>> known_mail(store::Transaction& tx, std::string_view identity);
Result<InboxMailId> insert_mail(store::Transaction& tx, InboxMail const& mail, std::string_view identity,
                                std::string_view came_from);
/// With the body.
Result<InboxMail> inbox_mail(store::Transaction& tx, InboxMailId id);
Result<std::vector<InboxMail>> inbox_mails(store::Transaction& tx, InboxFilter const& filter, std::size_t limit,
                                           std::optional<InboxMailId> before);
Result<std::int64_t> count_inbox_mails(store::Transaction& tx, InboxFilter const& filter);
/// Writes what a person made of it: kind, notification, said, doubt, waits, handled, note.
Status update_mail(store::Transaction& tx, InboxMail const& mail);
/// Words and senders of this address are taken out, and what bounced there.
Status erase_sender(store::Transaction& tx, std::string_view address);
/// What was written about a notification is taken out.
Status erase_mails_of(store::Transaction& tx, NotificationId id);

struct MailboxCourse {
    bool is_new = true;
    std::int64_t validity = 0, uid = 0;
    std::optional<Timestamp> last_run, last_success;
    std::string error;
};
Result<MailboxCourse> mailbox_course(store::Transaction& tx, std::string_view mailbox);
Status save_course(store::Transaction& tx, std::string_view mailbox, MailboxCourse const& course);

Status insert_bounce(store::Transaction& tx, InboxMailId mail, NotificationId notification, BounceWord const& word,
                     Timestamp at);
/// Addresses whose mail of that notification will not arrive.
Result<std::vector<std::string>> lost_addresses(store::Transaction& tx, NotificationId id);
Result<std::vector<BouncedAddress>> bounced_addresses(store::Transaction& tx, std::int64_t most_bounces);
Result<std::optional<BouncedAddress>> bounced_address(store::Transaction& tx, std::string_view address,
                                                      std::int64_t most_bounces);
Result<bool> clear_bounces(store::Transaction& tx, std::string_view address);

/// A sent one that did not arrive goes to others, or has failed.
Status turn_back(store::Transaction& tx, NotificationId id, State state, std::string_view error,
                 std::vector<std::string> const& recipients, std::vector<std::string> const& alternates);
/// What went wrong, beside the state that stays.
Status note_error(store::Transaction& tx, NotificationId id, std::string_view error);
/// The notification with that Message-ID.
Result<std::optional<NotificationId>> by_message_id(store::Transaction& tx, std::string_view message_id);

}  // namespace tocsin::notifications::tables
