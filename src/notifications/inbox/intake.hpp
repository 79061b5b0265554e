#pragma once
#include "notifications/impl.hpp"
#include "notifications/inbox.hpp"
#include "notifications/inbox/inbox_store.hpp"
#include "notifications/inbox/reply_token.hpp"

#include <mutex>
#include <string>
#include <string_view>
#include <thread>

/// The inbox, opened. Private to the room.
namespace tocsin::notifications {

struct Inbox::Impl {
    Impl(Notifications::Impl& rooms, InboxSettings how)
        : house(rooms), settings(std::move(how)), tokens(house.secrets) {}

    Notifications::Impl& house;
    InboxSettings settings;
    ReplyTokens tokens;

    std::mutex mutex;     ///< one mail at a time
    std::mutex checking;  ///< one reader of the mailbox at a time
    std::mutex listener_mutex;
    std::function<void(InboxMailId)> listener;
    void changed(InboxMailId id);
    std::mutex thread_mutex;  ///< of the wait between two rounds
    std::condition_variable_any woken;
    std::jthread thread;
    void work(std::stop_token const& stop);

    // intake.cpp
    struct Taken {
        InboxMail mail;
        bool was_known = false;
    };
    /// All that a mail does, in one transaction with its row.
    Result<Taken> take(std::string_view bytes, std::string_view came_from);
    /// One that can't be read is kept as such.
    Result<Taken> take_unreadable(std::string_view identity, std::string_view subject, std::string_view why,
                                  std::string_view came_from);
    /// Said about all findings of the notification that its recipient may still see.
    struct Words {
        Statement said = Statement::seen;
        std::string_view by, text;
        bool by_team = false;
    };
    Status say(NotificationId id, Words const& words);

    // mailbox.cpp
    Result<InboxReport> check(std::function<bool()> const& is_cancelled);
    std::string mailbox() const;
};

}  // namespace tocsin::notifications
