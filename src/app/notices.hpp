#pragma once
#include "app/instance.hpp"
#include "notifications/notifications.hpp"

/// What the notify commands share.
namespace tocsin::app {

void append_notification(JsonWriter& json, notifications::Notification const& one);

/// The notifications a person names: ids, or `--all` of those in `state`. Errors: Code::invalid naming the word.
Result<std::vector<notifications::NotificationId>> named_notifications(Invocation& call,
                                                                       notifications::Notifications& room,
                                                                       notifications::State state);

/// approve, cancel, resend, revoke: the same but for what is done and how it is told.
using NotificationAct = Result<std::int64_t> (*)(notifications::Notifications& room,
                                                 std::span<notifications::NotificationId const> ids,
                                                 std::string_view reason);
Exit act_on_notifications(Invocation& call, notifications::State all_of, std::string_view told, NotificationAct act);

}  // namespace tocsin::app
