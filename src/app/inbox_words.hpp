#pragma once
#include "app/instance.hpp"
#include "notifications/inbox.hpp"
#include "notifications/notifications.hpp"

/// What the commands about mails that came share.
namespace tocsin::app {

void print_mail(Invocation const& call, notifications::InboxMail const& mail);
/// One line of a list.
void print_mail_line(Invocation const& call, notifications::InboxMail const& mail);
/// A mail's number. Errors: Code::invalid.
Result<notifications::InboxMailId> mail_id(std::string_view word);

/// Runs `act` on the inbox and tells its error.
template <class F>
Exit with_inbox(Invocation& call, F&& act) {
    auto const inbox = call.instance->inbox();
    if (!inbox) return call.failed(inbox.error());
    Result<Exit> const done = act(**inbox);
    return done ? *done : call.failed(done.error());
}

}  // namespace tocsin::app
