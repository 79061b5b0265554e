#include "app/inbox_words.hpp"

namespace tocsin::app {

void print_mail_line(Invocation const& call, notifications::InboxMail const& mail) {
    call.print("{:<6} {:<9} {} {:<7} {:<32} {}{}", mail.id.value, notifications::name_of(mail.kind),
               format_timestamp(mail.taken), mail.waits ? "waits" : "", mail.sender, mail.subject,
               mail.doubt == notifications::Doubt::none ? std::string()
                                                        : fmt::format("  ({})", notifications::words_of(mail.doubt)));
}

void print_mail(Invocation const& call, notifications::InboxMail const& mail) {
    call.print("Mail {}, {}, taken {}", mail.id.value, notifications::name_of(mail.kind), format_timestamp(mail.taken));
    call.print("From: {} <{}>", mail.sender_name, mail.sender);
    call.print("Subject: {}", mail.subject);
    if (mail.notification) call.print("About: notification {}, {}", mail.notification.value, mail.organisation_name);
    if (mail.doubt != notifications::Doubt::none) call.print("Warning: {}", notifications::words_of(mail.doubt));
    if (mail.said) call.print("Says: {}", notifications::name_of(*mail.said));
    for (auto const& name : mail.attachments) call.print("Attached: {}", name);
    if (mail.handled)
        call.print("Handled {} by {}{}{}", format_timestamp(*mail.handled), mail.handled_by,
                   mail.note.empty() ? "" : ": ", mail.note);
    else
        call.print("{}", mail.waits ? "Waits for a person" : "Waits for nobody");
    call.print("\n{}", mail.words.empty() ? mail.body : mail.words);
}

Result<notifications::InboxMailId> mail_id(std::string_view word) {
    auto const id = parse_int(word);
    if (!id || *id <= 0) return fail(Code::invalid, fmt::format("{} is not a mail's number", word));
    return notifications::InboxMailId{*id};
}

}  // namespace tocsin::app
