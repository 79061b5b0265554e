#pragma once
#include "constituency/notice_settings.hpp"
#include "notifications/attached.hpp"
#include "notifications/impl.hpp"
#include "notifications/rules/judge.hpp"
#include "notifications/rules/rules_store.hpp"

#include <optional>
#include <string>
#include <vector>

/// One message, cleared and rendered, and how it is stored: for digests, escalations and campaigns. Private to the
/// room.
namespace tocsin::notifications::rules {

struct Outgoing {
    gate::Cleared<Digest> digest;
    NewNotification fresh;
    tables::NewOutcome outcome;
    std::optional<Timestamp> not_before;  ///< the end of quiet hours
    std::string link;
    PlanItem item;
    std::string channel = "mail";            ///< of the addressees
    std::vector<NotAttached> short_of = {};  ///< of what was wanted
};

/// What a message is made of beside its digest.
struct Dress {
    Addressees const* to = nullptr;
    Delivery const* delivery = nullptr;
    Notice const* notice = nullptr;
    std::string_view source = "plan";
    std::string rules = {};  ///< that chose its findings, by line
    std::int64_t version = 0;
    bool is_urgent = false;         ///< quiet hours do not hold it up
    std::string zone = {};          ///< of the owner, for quiet hours
    std::optional<bool> hold = {};  ///< whatever the rules say
};

class Maker {
  public:
    Maker(Notifications::Impl& house, Timestamp now, std::int64_t watermark)
        : house_(house), now_(now), watermark_(watermark) {}

    /// Errors: Code::denied, with the gate's reason.
    Result<Outgoing> make(Digest digest, Dress const& dress) const;
    /// With the findings it covers, how it is delivered and, when it is queued, the disclosure.
    Status store(store::Transaction& tx, access::Principal const& by, Outgoing& one) const;

    Digest digest(constituency::OrganisationId organisation, std::string name, constituency::OrganisationId recipient,
                  std::string recipient_name) const;

  private:
    Result<AttachedPlan> attach(gate::Cleared<Digest> const& digest, Dress const& dress) const;

    Notifications::Impl& house_;
    Timestamp now_;
    std::int64_t watermark_;
};

/// The contacts of an organisation that have one of these roles, by language; those of contacts_of() when none has.
Result<Notifications::Impl::Contacts> contacts_with(Notifications::Impl& house,
                                                    constituency::OrganisationId organisation,
                                                    std::vector<constituency::ContactRole> const& roles);

/// Those who get what is delivered so of an organisation that wishes so (null: it has said nothing): a message to each
/// group. A rule's word on channel and language goes before the owner's.
Result<Notifications::Impl::Contacts> audience(Notifications::Impl& house, constituency::OrganisationId organisation,
                                               Delivery const& delivery, constituency::NoticeSettings const* wish);
/// The time between two digests. Where no rule decides, the owner's word goes before the settings'.
inline std::chrono::seconds interval_of(Delivery const& delivery, constituency::NoticeSettings const* wish) {
    return delivery.lane.empty() && wish != nullptr ? wish->digest_every.value_or(delivery.interval)
                                                    : delivery.interval;
}
/// Where no rule decides: the least severity that somebody who wishes so is told of.
inline std::string_view least_severity(Settings const& settings, constituency::NoticeSettings const* wish) {
    return wish == nullptr || wish->least_severity.empty() ? settings.least_severity : wish->least_severity;
}
/// Whether so much is enough for a message.
inline bool has_enough(Delivery const& delivery, std::int64_t findings, std::int64_t events) {
    if (findings == 0) return false;
    if (delivery.least_findings == 0 && delivery.least_events == 0) return true;
    return (delivery.least_findings > 0 && findings >= delivery.least_findings) ||
           (delivery.least_events > 0 && events >= delivery.least_events);
}
/// Whether a channel may carry what is to be delivered so: what must be encrypted is not read on the way.
bool may_carry(Delivery const& delivery, std::string_view channel);

/// Everything in one language: a group for each way of sealing remains.
void speak(Notifications::Impl::Contacts& contacts, std::string_view language);

/// The rules in force, made ready. `people` are loaded when a rule asks for them, or always.
struct InForce {
    std::int64_t version = 0;
    std::shared_ptr<RuleSet const> set;
    std::shared_ptr<People const> people;
};
Result<InForce> in_force(Notifications::Impl& house);

/// Snoozes in force, to be asked for each finding.
class Snoozed {
  public:
    static Result<Snoozed> load(Notifications::Impl& house, Timestamp now);
    /// Whether anything of it is.
    bool concerns(std::int64_t organisation) const { return by_organisation_.contains(organisation); }
    /// None: it is not snoozed.
    Snooze const* find(std::int64_t organisation, std::string_view identifier) const;
    static std::string reason(Snooze const& snooze);

  private:
    std::unordered_map<std::int64_t, std::vector<Snooze>> by_organisation_;
};

/// One person's approval of a held notification.
struct Approval {
    bool is_enough = true;
    std::string words;  ///< "2 of 2"; empty when one was enough
    std::optional<Timestamp> not_before;
};
/// Keeps it. Where two must approve, only people who signed in count. Errors: Code::denied for others; Code::conflict
/// when the same person has approved it already and another must.
Result<Approval> approve(store::Transaction& tx, access::Principal const& by, NotificationId id, Timestamp now);

/// Errors: Code::conflict for one that two should approve and did not.
Status check_approved(store::Transaction& tx, NotificationId id);

/// Sends on what owners leave unanswered, by the [[escalation]] tables. Adds to `plan`.
Status escalate(Notifications::Impl& house, access::Principal const& by, PlanRequest const& request, Plan& plan);

/// Writes what an interrupted campaign lacks; gives how many messages.
Result<std::int64_t> finish_campaigns(Notifications::Impl& house);

}  // namespace tocsin::notifications::rules
