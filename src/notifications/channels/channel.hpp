#pragma once
#include "net/net.hpp"
#include "notifications/channels.hpp"
#include "notifications/digest.hpp"

#include <functional>
#include <string>
#include <string_view>

/// How a warning leaves by another way than mail. Private to the room.
namespace tocsin::notifications {

/// One warning, cleared for its recipient, ready to leave.
struct Dispatch {
    NotificationId id;
    std::string key;  ///< names it for the receiver; the same at every attempt
    std::string to;   ///< a URL, a number
    gate::Cleared<Digest> const* digest = nullptr;
    std::string language, subject;
    std::string link;  ///< the whole address of the owner's page
    Timestamp created, link_expires, now;
    ContactChannel channel = {};
    std::string secret = {};
    Settings const* settings = nullptr;
};

/// Called when all is ready and the first byte of the warning is about to leave. An error: nothing may leave.
using BeforeEnd = std::function<Status()>;
using Stops = std::function<bool()>;

/// What came of one, in the words of mail: accepted, temporary (again later), permanent, unknown (nobody can say
/// whether it was taken; only where the receiver can't tell a second one from the first).
using Outcome = net::SmtpOutcome;

Outcome send_webhook(Dispatch const& dispatch, BeforeEnd const& before_end, Stops const& stops);
/// Mattermost and Slack.
Outcome send_chat(Dispatch const& dispatch, BeforeEnd const& before_end, Stops const& stops);
Outcome send_matrix(Dispatch const& dispatch, BeforeEnd const& before_end, Stops const& stops);
Outcome send_sms(Dispatch const& dispatch, BeforeEnd const& before_end, Stops const& stops);

/// Whether the receiver takes one with the same key once, so that what is uncertain may be sent again.
bool repeats_safely(ChannelKind kind);

/// The body of a webhook: our own form, docs/channels.md. The same notification gives the same bytes.
std::string webhook_body(Dispatch const& dispatch);
/// "t=1790000000,v1=hex": HMAC-SHA256 over "<t>.<body>".
std::string webhook_signature(std::string_view secret, Timestamp now, std::string_view body);
/// What is said in a room marked so: with figures and names only if the digest may be said there.
std::string chat_text(Dispatch const& dispatch);

struct SmsLength {
    bool is_gsm = true;  ///< GSM 7-bit (3GPP TS 23.038); otherwise UCS-2
    int units = 0;       ///< septets or 16-bit units
    int parts = 0;       ///< messages it takes
};
SmsLength sms_length(std::string_view text);
/// The shortest that says enough: with the count, or the team and the link alone when that takes too many messages.
std::string sms_text(Dispatch const& dispatch);

/// The letter as PDF. Errors: those of to_pdf.
Result<std::string> letter_pdf(Dispatch const& dispatch);

/// One HTTP request of a channel: the answer's code and reply as an outcome. `is_safe`: a request that broke off may be
/// repeated.
struct ChannelCall {
    net::HttpCall http;
    std::string authorization = {};
    bool is_safe = false;
};
Outcome call_out(ChannelCall call, Settings const& settings, BeforeEnd const& before_end, Stops const& stops);

}  // namespace tocsin::notifications
