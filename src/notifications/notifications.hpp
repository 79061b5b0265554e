#pragma once
/// Notifications: from findings to a message an owner understands, and what came of it.
///
/// The way of a warning: plan() groups what is new per organisation and language, asks the gate, renders the message
/// and stores it (held or queued) in one transaction with the findings it covers; the sender takes what is queued,
/// marks it sending, hands it to the mail server (or to DATA/outbox), and marks what came of it. What happens when the
/// program dies in between is decided in docs/decisions/0007-never-twice-never-lost.md.
#include "access/access.hpp"
#include "base/base.hpp"
#include "constituency/constituency.hpp"
#include "events/events.hpp"
#include "gate/gate.hpp"
#include "net/net.hpp"
#include "notifications/letters.hpp"
#include "notifications/wording.hpp"
#include "store/store.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tocsin::notifications {

std::span<store::Migration const> migrations();

struct NotificationTag;
using NotificationId = Id<NotificationTag>;

/// held -> queued -> sending -> sent | failed; sending -> queued again after a temporary refusal; held, queued or
/// failed -> cancelled; sent, failed or cancelled -> queued by resend; sending -> held when nobody can know whether it
/// arrived, or when it must not leave in clear and can't be encrypted (Notification::error says so).
enum class State { held, queued, sending, sent, failed, cancelled };
std::string_view name_of(State state);
std::optional<State> parse_state(std::string_view text);

enum class LinkState { open, expired, revoked };
std::string_view name_of(LinkState state);

/// What an owner says about a finding.
enum class Statement { seen, repaired, not_ours, false_positive };
std::string_view name_of(Statement statement);
std::optional<Statement> parse_statement(std::string_view text);

/// Whether a message may leave in clear. `when_possible`: encrypted when there is a good key, else in clear.
enum class Encryption { when_possible, required, never };
std::string_view name_of(Encryption encryption);
std::optional<Encryption> parse_encryption(std::string_view text);

/// What was sent to whom, and what came of it: one line of a list.
struct Notification {
    NotificationId id;
    State state = State::held;
    std::int64_t organisation = 0;
    std::string organisation_name;
    std::vector<std::string> to;  ///< addresses it goes to
    std::string language;
    std::string tlp;  ///< "TLP:AMBER"
    std::string subject;
    std::int64_t findings = 0;
    Timestamp created;
    std::optional<Timestamp> sent;
    int attempts = 0;
    std::optional<Timestamp> next_attempt;  ///< while queued after a temporary refusal
    std::string error;                      ///< why it failed last, or what is uncertain; empty when all is well
    bool is_uncertain = false;              ///< the end of the message was sent and the answer was never seen
    LinkState link = LinkState::open;
    Timestamp link_expires;
    std::int64_t answers = 0;      ///< statements of the owner
    std::string channel = "mail";  ///< mail, webhook, mattermost, slack, matrix, sms, letter
    Encryption encryption = Encryption::when_possible;
    std::string sealed = {};  ///< "openpgp FINGERPRINT ..." as it left last; empty: in clear, or not sent yet
};

/// How a message leaves, or left, to one address.
struct SealedFor {
    std::string address;
    std::string kind;         ///< "openpgp", "smime"; empty: in clear
    std::string fingerprint;  ///< of the key it is encrypted to
    std::string trouble;      ///< why not, in words
};

struct File {
    std::string name;
    std::string type;
    std::string bytes;
};

/// One finding as it stood in the message; it does not change when the finding does.
struct Line {
    std::string finding;  ///< the finding's outside id
    bool is_reminder = false;
    std::string severity;  ///< critical, high, medium, low, info
    std::string feed;
    std::string taxonomy, type, identifier;
    std::string address, transport, domain, url, account;
    std::optional<std::int64_t> port, asn;
    Timestamp first_seen, last_seen;
    std::int64_t times = 0;
    std::int64_t returns = 0;  ///< how often it had been back again
    std::string tlp;           ///< CLEAR, GREEN, AMBER, AMBER+STRICT, RED
};

struct Answer {
    Timestamp at;
    std::optional<std::string> finding;  ///< none: about all of them
    Statement said = Statement::seen;
    std::string text;
};

/// One thing that happened to a notification: created, approved, queued, sent, failed, cancelled, revoked, opened,
/// downloaded, said, bounced, delayed, auto_replied, mail_unknown, mail_encrypted, posted.
struct Happening {
    Timestamp at;
    std::string what;
    std::string who;  ///< account, organisation or "server"
    std::string text;
};

/// One notification with everything about it.
struct Detail {
    Notification notification;
    std::string message_id;
    std::string text;  ///< the rendered message as plain text
    std::string html;
    std::vector<File> files;
    std::vector<Line> lines;
    std::vector<Answer> answers;
    std::vector<Happening> timeline;
    std::string gate;                ///< why the gate let it pass, in words
    std::string link;                ///< the owner's page; empty unless asked for by somebody who may act
    std::vector<SealedFor> sealing;  ///< by the keys as they are now
    std::string held_back;           ///< why it must not leave by them, and what to do; empty: it may
};

struct Filter {
    std::vector<State> states = {};  ///< empty: all
    std::vector<std::int64_t> organisations = {};
    std::optional<bool> answered = {};
    std::optional<Timestamp> from = {}, to = {};  ///< created: from, before
    std::string text = {};                        ///< part of the subject or an address
    std::string finding = {};                     ///< covers this finding
};

/// The last word about a finding to its owner.
struct LastWarning {
    NotificationId id;            ///< the newest notification about it that is not cancelled
    State state = State::held;    ///< of that one
    std::optional<Timestamp> at;  ///< when the last one was sent, whichever it was; none: its owner was not warned yet
};

/// What was told to owners within a time, for reports.
struct WarnedWithin {
    std::int64_t warnings = 0;                         ///< made in that time, and sent
    std::int64_t organisations = 0;                    ///< that got one of them
    std::int64_t answered = 0;                         ///< of them, that the owner said something to
    std::unordered_map<std::string, Timestamp> first;  ///< by finding: when it was first told to its owner, ever
};

/// Something that a person should do by a time.
struct Due {
    enum class What {
        approval,     ///< a held warning waits for a person, for a day at most
        second,       ///< ... and for a second one: the first has approved it
        uncertain,    ///< whether it arrived is not known: a person decides
        undelivered,  ///< it failed for good within the last 30 days: no contact took it
        unanswered,   ///< its link expires within 14 days and the owner has said nothing
    };
    What what = What::approval;
    NotificationId id;
    std::int64_t organisation = 0;
    std::string organisation_name;
    std::string subject;
    std::int64_t findings = 0;
    Timestamp at;
};
std::string_view name_of(Due::What what);

struct Page {
    std::vector<Notification> items;     ///< newest first
    std::optional<NotificationId> next;  ///< give it as `before` to go on
};

struct PlanRequest {
    std::vector<std::int64_t> organisations = {};  ///< only these; all when empty
    bool dry_run = false;                          ///< nothing is stored
    std::optional<bool> hold = {};                 ///< the setting decides when missing
    bool ignore_interval = false;  ///< also organisations that had a digest within Settings::digest_interval
};

struct PlanItem {
    std::int64_t organisation = 0;
    std::string organisation_name;
    std::vector<std::string> to;
    std::string language;
    std::int64_t findings = 0;
    std::string subject;
    NotificationId id;     ///< none in a dry run
    std::string decision;  ///< of the gate, in words
};
struct LeftOut {
    std::int64_t organisation = 0;  ///< 0: findings without an owner
    std::string organisation_name;
    std::int64_t findings = 0;
    std::string reason;  ///< no contact, do-not-contact, refused by the gate...
};
struct Plan {
    bool dry_run = false;
    std::int64_t notifications = 0;
    std::int64_t findings = 0;
    std::vector<PlanItem> items;    ///< the first 1,000
    std::vector<LeftOut> left_out;  ///< the first 1,000
};

/// What a round of the sender did.
struct SendReport {
    std::int64_t sent = 0, failed = 0, later = 0, uncertain = 0;
    std::int64_t held = 0;          ///< must not leave as they are; a person has to do something
    std::string trouble;            ///< why the mail server can't be used; empty when it can
    std::optional<Timestamp> next;  ///< when the next one is due

    std::int64_t all() const { return sent + failed + later + uncertain + held; }
};

/// Ways besides mail; see notifications/channels.hpp.
struct ChannelSettings {
    std::vector<IpPrefix> reachable = {};  ///< networks of ours that a webhook may be in
    std::string ca_file = {};              ///< PEM; empty: the system's
    bool letters = false;                  ///< owners without another way get a letter
    std::string sms_url = {};              ///< of the gateway, with {to}, {text}, {key}; empty: none
    std::string sms_body = {};             ///< the same
    std::string sms_type = "application/x-www-form-urlencoded";
    std::string sms_authorization = {};  ///< the header's value
    int most_sms_parts = 3;
};

/// Everything has a default but what says who we are.
struct Settings {
    std::string team_name = "Tocsin";
    std::string team_email = "cirt@localhost";
    std::string public_url;  ///< stands before "/o/..." in the links
    net::SmtpOptions smtp;   ///< empty url: .eml files in DATA/outbox
    bool hold = true;        ///< a person releases each warning
    std::string country;     ///< ours; findings elsewhere go to that country's national CIRT
    std::string default_language = "en";
    std::string least_severity = "low";                                   ///< findings below it are not warned about
    std::chrono::seconds digest_interval = std::chrono::hours(20);        ///< between two digests to an organisation
    std::chrono::seconds reminder_interval = std::chrono::hours(24 * 7);  ///< a finding that is still open comes again
    std::chrono::seconds link_life = std::chrono::hours(24 * 90);
    std::chrono::seconds settle_time{60};   ///< after the last news from ingest before a plan is made
    std::chrono::seconds first_retry{300};  ///< doubled each time, at most 8 h, give or take a fifth
    int most_attempts = 12;                 ///< temporary refusals before the next contact is tried, or none
    std::string postman;  ///< our own program, to start postmen from; empty: mail is sent from this process
    int connections = 2;  ///< to the mail server at a time
    int per_domain = 0;   ///< messages a minute to one domain; 0: no bound
    ChannelSettings channels;
    std::string answer_address;  ///< where answers and bounces are read (see Inbox); empty: mails carry no token
    std::string sub_address;     ///< between that address and a token, "+"; empty: tokens stand in the subjects
    int most_bounces = 3;        ///< permanent ones before an address is used no more; 0: no bound
    std::string const& answers_to() const { return answer_address.empty() ? team_email : answer_address; }
    Encryption encryption = Encryption::when_possible;  ///< of warnings, where no rule says otherwise
    std::string signing = "when_encrypted";             ///< or openpgp, smime: what leaves in clear is signed, too
    WordingOf wording = {};                             ///< none: the usual words for everybody
    struct Dkim {
        std::string domain, selector, key_file;  ///< all empty: the relay signs, or nobody
    };
    Dkim dkim = {};
};

/// What this room asks of the events. `findings_of` binds it to the room, whatever its findings are marked (see
/// gate::HouseWork): each warning made of them is cleared for the one it goes to. Tests bind something smaller.
struct Findings {
    /// Every matching finding in order of address; false from `each` stops.
    std::function<Status(events::FindingFilter const&, std::function<bool(events::Finding const&)> const& each)> scan;
    std::function<std::int64_t()> watermark;
    std::function<Status(events::StatementRequest const&)> say;
    /// Events::scan_briefly. Empty: `scan` is asked instead.
    std::function<Status(events::FindingFilter const&,
                         std::span<std::function<bool(events::FindingBrief const&)> const> each)>
        scan_briefly = {};
};
/// `room` opens the events when something is asked of them: listing warnings does not need the archive.
Findings findings_of(std::function<Result<events::Events*>()> room);

class Rules;

/// Safe from any thread. Errors beside those named: the ledger's; Code::not_found for an id that names nothing.
class Notifications {
  public:
    /// Settles what an earlier process left in `sending` (docs/decisions/0007-never-twice-never-lost.md). No thread
    /// runs and nothing is sent until start() or send_due(). The rooms must outlive this one.
    static Result<std::unique_ptr<Notifications>> open(store::Ledger& ledger, store::DataDirectory const& directory,
                                                       access::Secrets const& secrets,
                                                       constituency::Constituency& constituency, gate::Gate const& gate,
                                                       Findings findings, Clock const& clock, Settings settings);
    /// Stops the sender: messages whose end was not sent yet are queued again.
    ~Notifications();

    /// Makes digests of what is new since the last one, and of what is still open after the reminder interval.
    /// One plan at a time; a second one waits. Each organisation's notifications are stored in one transaction with
    /// the findings they cover.
    Result<Plan> plan(access::Principal const& by, PlanRequest const& request);

    /// Newest first; at most `limit` (1 to 1,000), older than `before` when given.
    Result<Page> list(Filter const& filter, std::size_t limit, std::optional<NotificationId> before = {});
    Result<std::int64_t> count(Filter const& filter);
    /// `most_lines` bounds `lines`.
    Result<Detail> show(NotificationId id, std::size_t most_lines = 500);
    Result<File> attachment(NotificationId id, std::string_view name);
    /// The whole message in clear (.eml), for the team; the field X-Tocsin-Encryption tells how it leaves.
    Result<std::string> message(NotificationId id);

    /// Queues held ones. Gives how many changed; those in another state are left alone. All or nothing. Of one that two
    /// must approve the first approval is kept, and the second queues it. Errors: Code::conflict when the same person
    /// approves twice.
    Result<std::int64_t> approve(access::Principal const& by, std::span<NotificationId const> ids);
    /// Stops held, queued and failed ones. Their findings count as not notified again.
    Result<std::int64_t> cancel(access::Principal const& by, std::span<NotificationId const> ids,
                                std::string_view reason);
    /// Queues sent, failed and cancelled ones again: same message, same Message-ID, so that receivers can recognise it.
    Result<std::int64_t> resend(access::Principal const& by, std::span<NotificationId const> ids,
                                std::string_view reason);
    /// Closes the owner's link for good.
    Result<std::int64_t> revoke_link(access::Principal const& by, std::span<NotificationId const> ids,
                                     std::string_view reason);

    /// When these findings were told to their owners; those never told are missing. At most 1,000 at a time.
    Result<std::map<std::string, LastWarning, std::less<>>> last_warnings(std::span<std::string const> findings);
    /// What was told in warnings made from `from` on and before `before`.
    Result<WarnedWithin> warned(Timestamp from, Timestamp before);
    /// What a person should do, the soonest first, at most `limit` of each kind.
    Result<std::vector<Due>> due(std::size_t limit = 20);

    /// Takes findings out of every message: their lines and answers go, what was rendered goes, held and queued ones
    /// are cancelled. What happened when stays on record. Mails that were sent are not called back. Gives how many were
    /// changed. Errors: Code::conflict while one of them is being sent.
    Result<std::int64_t> erase_findings(access::Principal const& by, std::span<std::string const> findings);
    /// Puts "erased" where this address stood: recipients, timelines, messages left as files in DATA/outbox. Held and
    /// queued ones lose the recipient; without another they are cancelled.
    Result<std::int64_t> erase_address(access::Principal const& by, std::string_view address);

    /// Sends what is due now and returns when nothing is.
    Result<SendReport> send_due(std::function<bool()> const& is_stopping = {});
    /// Starts the sender and, after ingest has settled, the planner, on threads of their own.
    void start();
    void stop();
    /// Ingest has stored something: plan when it has settled. Cheap.
    void news();
    /// Called after every change of a notification, from the thread that made it; for the console's live view.
    void on_change(std::function<void(NotificationId)> listener);

    /// Answers GET, HEAD and POST on /o/{token} and /o/{token}/findings.csv: the owner's page, its form, its CSV. Never
    /// says whether a token ever was good: all bad ones get the same 404. A request's body may have 1 MiB.
    net::HttpResponse owner_page(net::HttpRequest const& request);
    /// The path of the owner's link: "/o/...". Only for the team.
    Result<std::string> link_of(NotificationId id);

    /// Where GnuPG works when a key is looked at (sealing.hpp).
    std::filesystem::path mail_work() const;
    /// Round trip with the mail server, or a write in the outbox; for `doctor`. "" when well.
    std::string mail_trouble();

    /// Rules, snoozes, campaigns, escalations: notifications/rules.hpp.
    Rules& rules();

    struct Impl;  ///< the room's own files see it

  private:
    friend class Inbox;     // notifications/inbox.hpp
    friend class Channels;  // notifications/channels.hpp
    explicit Notifications(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Erases a contact: in the directory, its history and kept imports, and its addresses in all notifications. Works for
/// one that is removed already, and again after a kill. Gives how many notifications were changed.
Result<std::int64_t> erase_contact(constituency::Directory& directory, Notifications& notifications,
                                   constituency::ContactId id, access::Principal const& by);
/// Erases events by a filter (events::Events::erase), and takes the findings that go out of all notifications first.
Result<events::Erasure> erase_events(events::Events& events, Notifications& notifications,
                                     events::EventFilter const& filter, std::string_view reason,
                                     access::Principal const& by);

/// How to repair: the note of an identifier, else of its RSIT type, else the general one, as Markdown (paragraphs,
/// lists, `code`, **strong**) in that language or English.
std::string remediation(std::string_view identifier, std::string_view type, std::string_view language);

/// The process that hands mail to the server and outlives ours by one answer
/// (docs/decisions/0007-never-twice-never-lost.md): main() calls run_postman when its only word is postman_word, and
/// ends with what it gives.
inline constexpr std::string_view postman_word = "--postman";
int run_postman();

}  // namespace tocsin::notifications
