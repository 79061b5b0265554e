#pragma once
/// What comes back from owners by mail: answers, bounces, and what belongs to nothing we sent.
///
/// A mail is recognised by the token in the address it was written to, by the Message-ID it refers to, by the token in
/// its subject, or by the owner's link in its text (docs/answers.md). Nothing is ever answered automatically.
#include "notifications/notifications.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::notifications {

struct InboxMailTag;
using InboxMailId = Id<InboxMailTag>;

enum class MailKind { answer, bounce, automatic, unmatched };
std::string_view name_of(MailKind kind);
std::optional<MailKind> parse_mail_kind(std::string_view text);

/// Why a mail changes nothing by itself.
enum class Doubt {
    none,
    no_token,        ///< nothing in it tells what it is about
    forged,          ///< its token is not ours
    expired,         ///< its token was ours, and the link has expired or was closed
    unknown_sender,  ///< the token is good; the sender is no contact of the organisation
    encrypted,       ///< what it says is not known
    unreadable,      ///< no mail, or too large
};
std::string_view name_of(Doubt doubt);
/// For a person, in English.
std::string_view words_of(Doubt doubt);

/// One mail that came.
struct InboxMail {
    InboxMailId id;
    Timestamp taken;
    MailKind kind = MailKind::unmatched;
    NotificationId notification;    ///< none: not known
    std::int64_t organisation = 0;  ///< of the notification
    std::string organisation_name;
    std::string sender, sender_name, subject;
    std::string words;  ///< what is new in it: without quotes and signature
    std::string body;   ///< as it came, cut at 64 KiB; only of one mail
    std::vector<std::string> attachments;
    std::optional<Statement> said;
    Doubt doubt = Doubt::none;
    bool waits = false;  ///< for a person
    std::optional<Timestamp> handled;
    std::string handled_by, note;
};

struct InboxFilter {
    std::optional<bool> waits = {};
    std::vector<MailKind> kinds = {};
    NotificationId notification = {};
};

struct InboxPage {
    std::vector<InboxMail> items;  ///< newest first
    std::optional<InboxMailId> next;
};

/// What a person makes of one mail.
struct Handling {
    std::string note = {};
    std::optional<Statement> said = {};  ///< holds for all findings of the notification
    NotificationId notification = {};    ///< where it belongs, when that was not known
};

/// What mail servers said of an address since a person last cleared it.
struct BouncedAddress {
    std::string address;
    std::int64_t permanent = 0, other = 0;
    Timestamp since, last;
    std::string reply;
    bool is_unused = false;  ///< permanent ones reached Settings::most_bounces: nothing is sent there any more
};

struct InboxReport {
    std::int64_t read = 0;  ///< mails looked at
    std::int64_t known = 0, answers = 0, bounces = 0, automatic = 0, unmatched = 0;
    bool is_unfinished = false;  ///< there are more; ask again
};

/// How the mailbox fares.
struct InboxHealth {
    bool has_mailbox = false;
    std::optional<Timestamp> last_run, last_success;
    std::string error;
};

struct InboxSettings {
    std::string url;  ///< imaps://host[:port] or imap://host[:port]; empty: no mailbox is read
    std::string user, password, ca_file;
    bool wants_tls = true;
    bool allows_private = false;  ///< it may be on this machine or in networks of ours
    std::string folder = "INBOX";
    std::string done_folder;  ///< where mails go that were read; empty: they are flagged
    std::chrono::seconds every{120};
    std::uint64_t most_bytes = std::uint64_t{16} << 20;  ///< of one mail
    int most_mails = 500;                                ///< of one round
};

/// Safe from any thread; one mail is handled at a time. Errors beside those named: the ledger's.
class Inbox {
  public:
    /// `room` must outlive it. Errors: Code::invalid for the url.
    static Result<std::unique_ptr<Inbox>> open(Notifications& room, InboxSettings settings);
    ~Inbox();

    /// Reads what is new in the mailbox. A mail's effects and the mark that it was read are one transaction, so a kill
    /// handles nothing twice and loses nothing. Errors: Code::invalid without a mailbox, and those of net::ImapClient.
    Result<InboxReport> check(std::function<bool()> const& is_cancelled = {});
    /// Takes one mail from a file. The same bytes again: the mail that is kept already.
    Result<InboxMail> take(std::string_view mail, access::Principal const& by);

    Result<InboxPage> list(InboxFilter const& filter, std::size_t limit, std::optional<InboxMailId> before = {});
    Result<std::int64_t> count(InboxFilter const& filter);
    /// Errors: Code::not_found.
    Result<InboxMail> show(InboxMailId id);
    /// Done by a person. Errors: Code::conflict when it does not wait, Code::invalid for a statement about nothing.
    Result<InboxMail> handle(InboxMailId id, Handling const& handling, access::Principal const& by);

    /// Those with the newest bounce first, at most 1,000.
    Result<std::vector<BouncedAddress>> bounces();
    /// The address is written to again. Errors: Code::not_found when nothing bounced there.
    Status clear_bounces(std::string_view address, access::Principal const& by);

    Result<InboxHealth> health();
    /// Reads the mailbox from time to time, on a thread of its own. Nothing without a mailbox.
    void start();
    void stop();
    /// Called after each mail that was taken, from the thread that took it.
    void on_change(std::function<void(InboxMailId)> listener);

    struct Impl;  ///< the room's own files see it

  private:
    explicit Inbox(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// One object, as the API and the commands give it; `with_body`: also the mail as it came.
void append(JsonWriter& json, InboxMail const& mail, bool with_body);

}  // namespace tocsin::notifications
