#pragma once
/// Rules: who is told what, when and how; what a rule set would have sent; snoozes, campaigns, escalations.
///
/// The text of the rules is docs/rules.md's matter. Each saved text is a version; the highest is in force. For who has
/// no rules the settings decide alone, as they do for what no rule takes.
#include "notifications/attachments.hpp"
#include "notifications/notifications.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::notifications {

/// A piece of what rules say: a stable code ("when.severity", "then.interval", "expected.one_of", "note.never_reached")
/// and what is put in, as it stands in a rule file ("high", "7d"). A console says it in its reader's language.
struct RuleSaying {
    std::string code;
    std::vector<std::string> values = {};
    friend bool operator==(RuleSaying const&, RuleSaying const&) = default;
};
/// For the command line, which speaks English. Several are joined by commas.
std::string english(RuleSaying const& saying);
std::string english(std::vector<RuleSaying> const& sayings);
/// Every code there is.
std::vector<std::string_view> rule_saying_codes();
class RuleTold;

/// What is wrong with a rule file, at one place.
struct RuleFault {
    std::size_t line = 0;
    std::string rule;     ///< its name, or "rule 3"; empty: of the file itself
    std::string field;    ///< "when.severity"
    RuleSaying expected;  ///< "expected.*"
};

/// One rule or escalation as a person reads it.
struct RuleInWords {
    std::string name;
    std::size_t line = 0;
    std::vector<RuleSaying> when;  ///< "when.*"; all must hold; none: everything
    std::vector<RuleSaying> then;  ///< "then.*"; none: as the settings say
    bool is_escalation = false;
};

struct RuleCheck {
    std::vector<RuleFault> faults;   ///< empty: it may be saved
    std::vector<RuleInWords> rules;  ///< in their order, the settings last; escalations behind
    std::vector<RuleSaying> notes;   ///< "note.*": what will not happen as written, and why: rules never reached,
                                     ///< channels missing
};

struct RuleVersion {
    std::int64_t version = 0;
    Timestamp at;
    std::string who, why;
    std::string text;  ///< empty in lists
    std::optional<std::int64_t> restores;
};

/// What a rule set tells of one day, one organisation or one rule.
struct RuleTally {
    std::int64_t messages = 0;   ///< that go out by themselves
    std::int64_t held = 0;       ///< that wait for somebody first; not in `messages`
    std::int64_t findings = 0;   ///< told in any of them, each time it is told
    std::int64_t reminders = 0;  ///< of the findings
    std::int64_t dropped = 0;    ///< findings that a rule leaves out
    std::int64_t quieted = 0;    ///< messages that waited for the end of quiet hours
    std::int64_t escalated = 0;  ///< messages to a level above
};
struct RuleTallies {
    RuleTally then, now;  ///< by the rules asked about; by the rules in force
};

struct SimulationRequest {
    std::optional<std::string> text = {};  ///< none: the rules in force, held against the settings alone
    int days = 30;                         ///< 1 to 90
    std::size_t most_organisations = 100;
};

/// What would have been sent. See docs/rules.md for what it can know and what not.
struct Simulation {
    Timestamp from, to;
    std::int64_t findings_seen = 0;  ///< looked at
    std::int64_t organisations_seen = 0;
    RuleTallies total;
    std::vector<std::pair<Timestamp, RuleTallies>> days;
    struct Organisation {
        std::int64_t id = 0;
        std::string name;
        RuleTallies tallies;
    };
    std::vector<Organisation> organisations;                   ///< where most changes first
    std::vector<std::pair<std::string, RuleTally>> rules;      ///< of the set asked about, in order
    std::vector<std::pair<std::string, RuleTally>> rules_now;  ///< of the set it is held against
    std::int64_t milliseconds = 0;
};

struct SnoozeTag;
using SnoozeId = Id<SnoozeTag>;
struct SnoozeDraft {
    std::int64_t organisation = 0;
    std::string identifier = {};  ///< of a class of findings, with `*`; empty: all that is the organisation's
    Timestamp until;              ///< at most 366 days from now
    std::string reason;           ///< 1 to 2000 bytes
};
struct Snooze : SnoozeDraft {
    SnoozeId id;
    std::string organisation_name;
    std::string who;
    Timestamp created;
};

struct CampaignTag;
using CampaignId = Id<CampaignTag>;
/// Words of a campaign in one language; `text` is Markdown as in remediation notes.
struct CampaignText {
    std::string language, subject, text;
};
struct CampaignDraft {
    std::string name;                      ///< unique: who asks twice for one campaign gets Code::conflict
    std::string when = {};                 ///< as in a rule file; whose open findings meet it gets the message
    bool everyone = false;                 ///< all owners with contacts; their findings that meet `when` go along
    std::string identifier = {};           ///< the text is this identifier's remediation note
    std::vector<CampaignText> texts = {};  ///< else these; English, or the first, for a language that is not there
    std::optional<int> approvals = {};     ///< 0: sent at once; 1 or 2 people first; none: as the settings say
    bool dry_run = false;
};
struct Campaign {
    CampaignId id;
    std::string name, who, when, identifier;
    bool everyone = false;
    int approvals = 0;
    Timestamp created;
    std::optional<Timestamp>
        finished;  ///< none: it is still being written, or was interrupted and will be gone on with
    std::int64_t owners = 0, messages = 0;
    std::int64_t held = 0, queued = 0, sent = 0, failed = 0, answered = 0;  ///< of the messages
    std::vector<CampaignText> texts = {};                                   ///< when one is shown
};
struct CampaignMade {
    CampaignId id;  ///< none in a dry run
    Plan plan;
};

/// One step taken, or not taken, of an escalation.
struct Escalated {
    std::string escalation, step;
    std::int64_t recipient = 0;
    std::string recipient_name;
    std::optional<NotificationId> notification;
    Timestamp at;
    std::string said;  ///< why nobody, or somebody else, was told
};

/// Safe from any thread. Errors beside those named: the ledger's, Code::not_found.
class Rules {
  public:
    /// The room must outlive it: Notifications::rules().
    explicit Rules(Notifications::Impl& house) : house_(house) {}

    /// Who may have STIX attached. Without it nobody; before anything is planned or sent.
    void share_by(SharesWith shares_with);

    /// The text in force; version 0 with an empty text when there is none.
    Result<RuleVersion> current();
    Result<RuleCheck> check(std::string_view text);
    /// Saves it as the next version. `base`: the version it was made from; Code::conflict when another came meanwhile.
    /// Errors: Code::invalid with every fault, a line each.
    Result<RuleVersion> set(access::Principal const& by, std::string_view text, std::string_view why,
                            std::optional<std::int64_t> base = {});
    /// Newest first.
    Result<std::vector<RuleVersion>> versions(std::size_t limit = 100);
    Result<RuleVersion> version(std::int64_t number);
    /// From one version's text to another's, a line each: "  same", "- gone", "+ new".
    Result<std::string> difference(std::int64_t from, std::int64_t to);
    /// Puts the text of an earlier version back, as a version of its own; none: of the one before the last.
    Result<RuleVersion> undo(access::Principal const& by, std::optional<std::int64_t> to, std::string_view why);
    /// Sends and stores nothing. Errors: Code::invalid with the faults of the text.
    Result<Simulation> simulate(SimulationRequest const& request);

    /// Those in force, the soonest to end first.
    Result<std::vector<Snooze>> snoozes();
    Result<Snooze> snooze(access::Principal const& by, SnoozeDraft const& draft);
    Status end_snooze(access::Principal const& by, SnoozeId id);

    /// One extra message to everyone it concerns, stored before this returns (but for a dry run). After a kill the rest
    /// is written by the next plan or start. Snoozed owners are left out, and listed.
    Result<CampaignMade> make(access::Principal const& by, CampaignDraft const& draft);
    Result<std::vector<Campaign>> campaigns(std::size_t limit = 100);
    Result<Campaign> campaign(CampaignId id);

    /// Under which rule findings were told (rule_told.hpp).
    Result<std::unique_ptr<RuleTold>> told();

    /// How a finding was escalated, oldest first.
    Result<std::vector<Escalated>> escalations(std::string_view finding);

  private:
    Notifications::Impl& house_;
};

/// How a notification is to be delivered, as the rules decided when it was made: for what delivers.
struct DeliveryWanted {
    std::string channel = "mail";              ///< mail, webhook, chat, sms, letter
    std::string encryption = "when_possible";  ///< when_possible, required, never
    std::string source = "plan";               ///< plan, escalation, campaign
    std::vector<std::string> rules = {};       ///< that chose its findings
    int approvals = 0;
    std::vector<std::string> approved_by = {};
};
/// Inside the caller's transaction; the defaults for what was made before there were rules.
Result<DeliveryWanted> delivery_wanted(store::Transaction& tx, NotificationId id);

/// As JSON, the same for the API and the command line.
void append(JsonWriter& json, RuleFault const& fault);
void append(JsonWriter& json, RuleCheck const& check);
void append(JsonWriter& json, RuleVersion const& version);
void append(JsonWriter& json, Simulation const& simulation);
void append(JsonWriter& json, Snooze const& snooze);
void append(JsonWriter& json, Campaign const& campaign);
void append(JsonWriter& json, CampaignMade const& made);
void append(JsonWriter& json, Escalated const& step);

}  // namespace tocsin::notifications
