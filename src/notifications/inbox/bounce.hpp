#pragma once
#include "formats/mail/incoming_mail.hpp"

#include <string>
#include <vector>

/// What a mail says about a mail of ours that did not arrive. Private to the room.
namespace tocsin::notifications {

struct BounceWord {
    std::string address = {};   ///< lower case; empty when the mail does not say whose
    bool is_final = false;      ///< it will not arrive; false: the server still tries
    bool is_permanent = false;  ///< and never will at this address (5.x.x); false with is_final: it gave up trying
    std::string status = {};    ///< "5.1.1" or ""
    std::string reply = {};     ///< the server's words, one line
};

struct BounceReport {
    std::vector<BounceWord> words;  ///< empty: the mail is no bounce
    std::string original_id;        ///< Message-ID of the mail that came back, or ""
};

/// Source: RFC 3464 and RFC 6522; without them the texts of qmail (QSBMF), Exim and Postfix, when the mail comes from a
/// mail server: an out-of-office note may name an address too. At most 100 words.
BounceReport bounces_in(formats::mail::IncomingMail const& mail);

/// By its name (MAILER-DAEMON, postmaster), or by Exim's X-Failed-Recipients.
bool is_from_mail_server(formats::mail::IncomingMail const& mail);

}  // namespace tocsin::notifications
