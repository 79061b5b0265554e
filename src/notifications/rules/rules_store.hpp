#pragma once
#include "notifications/notification_store.hpp"
#include "notifications/rules.hpp"

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

/// The tables of the rules and what follows from them: all their SQL. Every function works inside the caller's
/// transaction. Private to the room.
namespace tocsin::notifications::rules::tables {

Result<RuleVersion> latest(store::Transaction& tx);
Result<RuleVersion> version(store::Transaction& tx, std::int64_t number);
Result<std::vector<RuleVersion>> versions(store::Transaction& tx, std::size_t limit);
Status insert(store::Transaction& tx, RuleVersion const& fresh);

struct NewOutcome {
    std::string_view source = "plan";
    std::string lane;
    std::string rules;
    std::int64_t version = 0;
    std::string channel = "mail", encryption = "when_possible";
    int approvals = 0;
    std::string quiet;
    std::string attach = "csv";  ///< text_of what is attached
};
Status insert(store::Transaction& tx, NotificationId id, NewOutcome const& outcome);
Result<std::optional<NewOutcome>> outcome(store::Transaction& tx, NotificationId id);
Result<std::vector<std::string>> approved_by(store::Transaction& tx, NotificationId id);
Status approve(store::Transaction& tx, NotificationId id, std::string_view who, Timestamp at);
/// Not before that time, while it is queued.
Status wait_until(store::Transaction& tx, NotificationId id, Timestamp at);

/// By organisation and lane: when the last digest was made since then that was not cancelled.
using Recent = std::map<std::pair<std::int64_t, std::string>, Timestamp>;
Result<Recent> recent_digests(store::Transaction& tx, Timestamp since);

Result<std::vector<Snooze>> snoozes(store::Transaction& tx, Timestamp now);
Result<SnoozeId> insert(store::Transaction& tx, Snooze const& fresh);
Result<bool> end_snooze(store::Transaction& tx, SnoozeId id, Timestamp now);

Result<CampaignId> insert(store::Transaction& tx, Campaign const& fresh);
Result<std::vector<Campaign>> campaigns(store::Transaction& tx, std::size_t limit);
Result<Campaign> campaign(store::Transaction& tx, CampaignId id);
Result<std::vector<CampaignId>> unfinished(store::Transaction& tx);
Status finish(store::Transaction& tx, CampaignId id, Timestamp at);
Result<std::unordered_set<std::int64_t>> owners_told(store::Transaction& tx, CampaignId id);
Status tell_owner(store::Transaction& tx, CampaignId id, std::int64_t organisation, std::string_view language,
                  NotificationId notification);

/// "finding returns escalation step" of what was sent, and of what was only noted, with what was said.
struct Taken {
    bool was_sent = false;
    std::int64_t recipient = 0;
    std::string said;
};
using Steps = std::unordered_map<std::string, Taken>;
std::string step_key(std::string_view finding, std::int64_t returns, std::string_view escalation,
                     std::string_view step);
Result<Steps> steps(store::Transaction& tx);
struct NewStep {
    std::string_view finding;
    std::int64_t returns = 0;
    std::string_view escalation, step;
    std::int64_t recipient = 0;
    NotificationId notification;
    Timestamp at;
    std::string_view said;
};
/// Takes the place of one that was only noted.
Status insert(store::Transaction& tx, NewStep const& step);
Result<std::vector<Escalated>> escalations(store::Transaction& tx, std::string_view finding);

/// Who was told of these findings so far, the oldest first, at most `most`.
struct ToldWhom {
    NotificationId id;
    Timestamp at;
    std::string whom;
    std::int64_t findings = 0;
    std::int64_t answers = 0;
};
Result<std::vector<ToldWhom>> told_of(store::Transaction& tx, std::span<Line const> lines, std::size_t most);

}  // namespace tocsin::notifications::rules::tables
