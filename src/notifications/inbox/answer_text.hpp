#pragma once
#include "formats/mail/incoming_mail.hpp"
#include "notifications/notifications.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What a person says in a mail that answers one of ours. Private to the room.
namespace tocsin::notifications {

/// The new words of a mail: without quoted text (">", "On ... wrote:", Outlook's separators and header blocks, in our
/// six languages), without the signature ("-- ") and "Sent from my phone". At most 8,000 bytes.
std::string own_words(std::string_view text);
/// The same of a mail that has no plain text: quotes are what stands in <blockquote> and in the boxes of the common
/// programs.
std::string own_words_of_html(std::string_view html);
/// Of whichever part it has.
std::string own_words(formats::mail::IncomingMail const& mail);

struct Keyword {
    Statement said = Statement::seen;
    bool is_all = false;  ///< nothing else stands in the mail
};
/// The statement of the first of its first 10 lines that is a keyword of "[reply]" in texts/notifications, in whichever
/// language; accents, case and marks at the ends aside. Two lines that contradict each other are none.
std::optional<Keyword> keyword_in(std::string_view own_words);

/// An answer of a machine: RFC 3834 Auto-Submitted, Precedence, X-Autoreply and its like, or a subject that the common
/// programs give it in our six languages.
bool is_automatic(formats::mail::IncomingMail const& mail);

/// Letters to compare by: lower case, without accents, Arabic vowel marks and marks of direction; marks and spaces at
/// the ends go.
std::u32string folded(std::string_view text);

}  // namespace tocsin::notifications
