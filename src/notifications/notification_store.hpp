#pragma once
#include "notifications/digest.hpp"
#include "store/store.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// The room's tables: all its SQL. Every function works inside the caller's transaction. Private to the room.
namespace tocsin::notifications {

/// The words and lines of a notification; never change once stored.
struct Content {
    std::string text, html;
    std::string lines;  ///< packed
};

struct NewNotification {
    State state = State::held;
    Digest const* digest = nullptr;
    std::string language, tlp, subject, gate;
    std::vector<std::string> recipients, alternates;
    std::int64_t segment = 0;
    Timestamp created;
    std::string link;
    Timestamp link_expires;
    Content content;
    Encryption encryption = Encryption::when_possible;
    std::string by_rule;    ///< that chose its findings; for the record
    std::string shared_by;  ///< contacts that share one of its mailboxes, in words; for the record
};

/// A row with what only this room needs.
struct StoredNotification {
    Notification shown;
    std::int64_t recipient = 0;
    std::string recipient_name;
    std::vector<std::string> alternates;
    std::string message_id;
    std::string link;
    bool link_is_revoked = false;
    std::string gate;
    std::string boot;
    int refusals = 0;
};

/// What a round of the sender took: it is `sending` now.
struct Job {
    NotificationId id;
    int attempt = 0;
    int refusals = 0;
    std::string message_id;
    std::vector<std::string> recipients, alternates;
    std::string channel = "mail";
};

/// When a finding was told of last to its owner; escalations and campaigns do not count.
struct Told {
    Timestamp at;
    std::int64_t returns = 0;
    bool was_sent = false;      ///< or is on its way; false when all that told of it was cancelled or refused
    Timestamp first_sent = {};  ///< since it was back again last; 0: not yet
};
/// By finding. 16 bytes of a hash stand for the id.
class ToldFindings {
  public:
    static Result<ToldFindings> load(store::Transaction& tx);
    Told const* find(std::string_view finding) const;

  private:
    struct Key {
        std::uint64_t a = 0, b = 0;
        friend auto operator<=>(Key const&, Key const&) = default;
    };
    static Key key_of(std::string_view finding);
    std::vector<std::pair<Key, Told>> told_;  ///< sorted
};

namespace tables {

Result<NotificationId> insert(store::Transaction& tx, NewNotification const& fresh, std::string_view who);
Status happened(store::Transaction& tx, NotificationId id, Timestamp at, std::string_view what, std::string_view who,
                std::string_view text);
Result<std::vector<Happening>> happenings(store::Transaction& tx, NotificationId id);

Result<StoredNotification> one(store::Transaction& tx, NotificationId id, Timestamp now);
Result<std::optional<NotificationId>> by_link(store::Transaction& tx, std::string_view link);
Result<Content> content(store::Transaction& tx, NotificationId id);
Result<std::vector<Notification>> list(store::Transaction& tx, Filter const& filter, std::size_t limit,
                                       std::optional<NotificationId> before, Timestamp now);
Result<std::int64_t> count(store::Transaction& tx, Filter const& filter);
/// Moves to `to` if it is in one of `from`; true when it moved.
Result<bool> move(store::Transaction& tx, NotificationId id, std::span<State const> from, State to, Timestamp now);
Status address_to(store::Transaction& tx, NotificationId id, std::vector<std::string> const& recipients,
                  std::vector<std::string> const& alternates);
Result<bool> revoke(store::Transaction& tx, NotificationId id, Timestamp now);

/// What stands in a row while it is being sent, so that a lost journal is noticed.
struct Boots {
    std::string_view of_mail, of_others;
};
/// Takes what is due, oldest first: queued -> sending.
Result<std::vector<Job>> claim(store::Transaction& tx, Timestamp now, Boots boots, std::size_t most);
Result<std::optional<Timestamp>> next_due(store::Transaction& tx);
struct Sending {
    NotificationId id;
    int attempt = 0;
    int refusals = 0;
    std::string message_id, boot;
    std::vector<std::string> recipients, alternates;
    std::string channel = "mail";
};
Result<std::vector<Sending>> all_sending(store::Transaction& tx);

/// Out of `sending`; nothing happens unless it is in that attempt.
struct Verdict {
    State state = State::queued;
    std::string error = {};
    bool is_uncertain = false;
    int refusals = 0;
    Timestamp next_attempt = {};
    std::optional<Timestamp> sent = {};
    std::optional<std::vector<std::string>> recipients = {}, alternates = {};  ///< when others are tried now
};
Result<bool> conclude(store::Transaction& tx, NotificationId id, int attempt, Verdict const& verdict);

/// The newest notification about a finding that is not cancelled, and when one was last sent.
Result<std::optional<LastWarning>> last_warning(store::Transaction& tx, std::string_view finding);
Result<WarnedWithin> warned(store::Transaction& tx, Timestamp from, Timestamp before);
/// Of one kind, the soonest first.
Result<std::vector<Due>> due(store::Transaction& tx, Due::What what, Timestamp now, std::size_t limit);

/// Notifications that cover the finding, oldest first.
Result<std::vector<NotificationId>> about(store::Transaction& tx, std::string_view finding);
/// Notifications where the address stands among the recipients, those tried next, or what happened.
Result<std::vector<NotificationId>> with_address(store::Transaction& tx, std::string_view address);
/// The finding is no longer one of the notification's.
Status drop_finding(store::Transaction& tx, NotificationId id, std::string_view finding);
Status set_content(store::Transaction& tx, NotificationId id, Content const& content);
/// Puts "erased" where the address stands in what happened and what went wrong.
Status erase_address(store::Transaction& tx, NotificationId id, std::string_view address);

/// What was sealed for an attempt and is not known to have been sent.
struct Kept {
    std::string sealed_for, bytes;
};
Result<std::optional<Kept>> parcel(store::Transaction& tx, NotificationId id);
Status keep_parcel(store::Transaction& tx, NotificationId id, Kept const& parcel);
Status drop_parcel(store::Transaction& tx, NotificationId id);
/// How it leaves now: SealPlan::summary.
Status set_sealed(store::Transaction& tx, NotificationId id, std::string_view summary);

Status answer(store::Transaction& tx, NotificationId id, Answer const& answer);
Result<std::vector<Answer>> answers(store::Transaction& tx, NotificationId id);

}  // namespace tables
}  // namespace tocsin::notifications
