#pragma once
#include "base/base.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Mail: messages as bytes (MIME) and their way out (SMTP). It knows no CIRT word.
namespace tocsin::net {

/// A mailbox: a name for people, and an address.
struct Mailbox {
    std::string name;     ///< any UTF-8; may be empty
    std::string address;  ///< must pass is_mail_address

    friend bool operator==(Mailbox const&, Mailbox const&) = default;
};

/// An address that can stand in a header and in an SMTP command as it is: a dot-atom of ASCII or UTF-8 (RFC 5321
/// section 4.1.2, RFC 6531), "@", a domain name. At most 254 bytes, 64 before the "@". Quoted local parts, address
/// literals, white space, control characters and angle brackets are refused.
bool is_mail_address(std::string_view address);
/// The domain of an address in lower case; "" without one.
std::string mail_domain(std::string_view address);

struct MailAttachment {
    std::string name;  ///< a file name; anything but a plain name is made one
    std::string type;  ///< "text/csv; charset=utf-8"
    std::string bytes;
};

struct MailHeader {
    std::string name;  ///< letters, digits, "-"
    std::string value;
};

/// A message before it is bytes. All text is UTF-8.
struct MailMessage {
    std::string id;  ///< Message-ID without angle brackets: "k3...@example.org"
    Timestamp date;
    Mailbox from;
    std::optional<Mailbox> reply_to;
    std::vector<Mailbox> to;  ///< at least one
    std::string subject;
    std::string language;               ///< Content-Language (RFC 3282), "ar"; may be empty
    std::string text;                   ///< text/plain
    std::string html;                   ///< text/html, a whole document; may be empty
    std::vector<MailHeader> headers;    ///< more headers: List-Id, Auto-Submitted, ...
    std::vector<MailAttachment> files;  ///< attached, in order
};

/// The message as RFC 5322 and MIME (RFC 2045 to 2049, 2047, 2231) bytes with CRLF line ends, at most 76 characters in
/// a line of ours, ASCII only.
///
/// The same message gives the same bytes: boundaries are derived from the Message-ID. Whatever stands in a value, it
/// can't start a header of its own: line ends and control characters become spaces, everything beyond plain ASCII is
/// encoded (but for addresses beyond ASCII, RFC 6532). Errors: Code::invalid for an address, header name or Message-ID
/// that can't stand in a header, or no recipient.
Result<std::string> mail_bytes(MailMessage const& message);

enum class SmtpTls {
    required,       ///< STARTTLS or no mail
    opportunistic,  ///< STARTTLS when offered; with a password it is required all the same
    none,           ///< for a relay on the same machine
};

struct SmtpOptions {
    std::string url;             ///< smtp://host[:port] or smtps://host[:port]
    std::string user, password;  ///< empty: no AUTH
    SmtpTls tls = SmtpTls::required;
    std::string ca_file;                    ///< PEM; empty: the system's
    std::string greeting;                   ///< our name in EHLO; empty: the machine's
    std::chrono::seconds connect_time{30};  ///< connection, TLS and greeting
    std::chrono::seconds quiet_time{120};   ///< without a byte from the server
    std::chrono::seconds total_time{600};   ///< RFC 5321 section 4.5.3.2.6: ten minutes for the last answer
};
/// Errors: Code::invalid, saying what is wrong with the url.
Status check_smtp_url(std::string_view url);

struct SmtpEnvelope {
    std::string from;
    std::vector<std::string> to;
};

struct SmtpRefusal {
    std::string address;
    int code = 0;       ///< 550
    std::string reply;  ///< "550 5.1.1 no such mailbox"
};

/// What came of one message.
struct SmtpOutcome {
    enum class Kind {
        accepted,     ///< the server answered 2xx to the end of the data: it is its business now
        temporary,    ///< 4xx, or the connection broke before the end of the data: later again
        permanent,    ///< 5xx, for all recipients or for the message: not again
        unreachable,  ///< no server, no TLS, no log-in: nothing to do with this message
        unknown,      ///< the end of the data was sent and no answer came: it may have been accepted
    };
    Kind kind = Kind::unreachable;
    int code = 0;                                ///< the server's last reply code, 0 if none
    std::string reply = {};                      ///< the reply in one printable line, or what failed
    std::vector<SmtpRefusal> refused = {};       ///< recipients that were refused
    std::vector<std::string> accepted_for = {};  ///< recipients the message was accepted for
};

/// A connection to one mail server; kept open between messages. One thread at a time.
class SmtpClient {
  public:
    explicit SmtpClient(SmtpOptions options);
    ~SmtpClient();
    SmtpClient(SmtpClient&&) noexcept;
    SmtpClient& operator=(SmtpClient&&) = delete;

    /// Hands one message to the server. `bytes` is what mail_bytes gave; dots are stuffed here.
    ///
    /// `before_end` is called when all bytes are with the server's socket but the final dot is not: until it returned,
    /// the server can't have accepted the message (RFC 5321 section 4.1.1.4). An error from it breaks the transaction
    /// off. `is_stopping` is asked about once a second before that point, and gives `temporary` when it says true.
    /// Some recipients refused, others not: accepted, with `refused` filled.
    SmtpOutcome send(SmtpEnvelope const& envelope, std::string_view bytes, std::function<Status()> const& before_end,
                     std::function<bool()> const& is_stopping = {});
    /// Greets, secures and logs in, and says nothing more. For `doctor`.
    SmtpOutcome probe();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::net
