#include "notifications/rules/rules_store.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace tocsin::notifications::rules::tables {
namespace {

constexpr char field_end = '\x1f', record_end = '\x1e';

std::string packed(std::vector<CampaignText> const& texts) {
    std::string out;
    for (auto const& one : texts) {
        for (auto const* const part : {&one.language, &one.subject, &one.text}) {
            for (auto const c : *part) out += c == field_end || c == record_end ? ' ' : c;
            out += field_end;
        }
        out.back() = record_end;
    }
    return out;
}

std::vector<CampaignText> unpacked(std::string_view text) {
    std::vector<CampaignText> texts;
    for (auto const record : split(text, record_end)) {
        auto const parts = split(record, field_end);
        if (parts.size() == 3) texts.push_back({std::string(parts[0]), std::string(parts[1]), std::string(parts[2])});
    }
    return texts;
}

RuleVersion version_from(store::Row const& row, bool with_text) {
    RuleVersion version;
    version.version = row.integer(0);
    version.at = row.time(1);
    version.who = row.string(2);
    version.why = row.string(3);
    if (!row.is_null(4)) version.restores = row.integer(4);
    if (with_text) version.text = row.string(5);
    return version;
}

constexpr std::string_view campaign_columns =
    "c.id, c.name, c.created, c.who, c.condition, c.everyone, c.identifier, c.approvals, c.finished, count(DISTINCT "
    "o.organisation), count(n.id), count(*) FILTER (WHERE n.state = 'held'), count(*) FILTER (WHERE n.state = "
    "'queued' OR n.state = 'sending'), count(*) FILTER (WHERE n.state = 'sent'), count(*) FILTER (WHERE n.state = "
    "'failed'), count(*) FILTER (WHERE n.answers > 0), c.texts FROM notification_campaign c LEFT JOIN "
    "notification_campaign_owner o ON o.campaign = c.id LEFT JOIN notification n ON n.id = o.notification";

Campaign campaign_from(store::Row const& row, bool with_texts) {
    Campaign campaign;
    campaign.id = row.id<CampaignTag>(0);
    campaign.name = row.string(1);
    campaign.created = row.time(2);
    campaign.who = row.string(3);
    campaign.when = row.string(4);
    campaign.everyone = row.truth(5);
    campaign.identifier = row.string(6);
    campaign.approvals = static_cast<int>(row.integer(7));
    campaign.finished = row.time_if(8);
    campaign.owners = row.integer(9);
    campaign.messages = row.integer(10);
    campaign.held = row.integer(11);
    campaign.queued = row.integer(12);
    campaign.sent = row.integer(13);
    campaign.failed = row.integer(14);
    campaign.answered = row.integer(15);
    if (with_texts) campaign.texts = unpacked(row.text(16));
    return campaign;
}

Status done(Result<std::int64_t> const& result) {
    if (!result) return std::unexpected(result.error());
    return {};
}

}  // namespace

// ---- versions

Result<RuleVersion> latest(store::Transaction& tx) {
    TRY(auto found, tx.one("SELECT version, at, who, why, restores, text FROM notification_rules ORDER BY version DESC "
                           "LIMIT 1",
                           {}, [](store::Row const& row) { return version_from(row, true); }));
    return found ? *std::move(found) : RuleVersion();
}

Result<RuleVersion> version(store::Transaction& tx, std::int64_t number) {
    if (number == 0) return RuleVersion();
    TRY(auto found, tx.one("SELECT version, at, who, why, restores, text FROM notification_rules WHERE version = ?",
                           {number}, [](store::Row const& row) { return version_from(row, true); }));
    if (!found) return fail(Code::not_found, fmt::format("there is no version {} of the rules", number));
    return *std::move(found);
}

Result<std::vector<RuleVersion>> versions(store::Transaction& tx, std::size_t limit) {
    std::vector<RuleVersion> all;
    CHECK(tx.query("SELECT version, at, who, why, restores FROM notification_rules ORDER BY version DESC LIMIT ?",
                   {limit}, [&](store::Row const& row) { all.push_back(version_from(row, false)); }));
    return all;
}

Status insert(store::Transaction& tx, RuleVersion const& fresh) {
    return done(
        tx.run("INSERT INTO notification_rules (version, at, who, why, text, restores) VALUES (?, ?, ?, ?, ?, ?)",
               {fresh.version, fresh.at, fresh.who, fresh.why, fresh.text, fresh.restores}));
}

// ---- outcomes

Status insert(store::Transaction& tx, NotificationId id, NewOutcome const& outcome) {
    return done(
        tx.run("INSERT INTO notification_outcome (notification, source, lane, rules, version, channel, encryption, "
               "approvals, quiet, attach) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {id, outcome.source, outcome.lane, outcome.rules, outcome.version, outcome.channel, outcome.encryption,
                outcome.approvals, outcome.quiet, outcome.attach}));
}

Result<std::optional<NewOutcome>> outcome(store::Transaction& tx, NotificationId id) {
    return tx.one(
        "SELECT source, lane, rules, version, channel, encryption, approvals, quiet, attach FROM notification_outcome "
        "WHERE "
        "notification = ?",
        {id}, [](store::Row const& row) {
            auto const source = row.text(0);
            return NewOutcome{.source = source == "escalation" ? "escalation"
                                        : source == "campaign" ? "campaign"
                                                               : "plan",
                              .lane = row.string(1),
                              .rules = row.string(2),
                              .version = row.integer(3),
                              .channel = row.string(4),
                              .encryption = row.string(5),
                              .approvals = static_cast<int>(row.integer(6)),
                              .quiet = row.string(7),
                              .attach = row.string(8)};
        });
}

Result<std::vector<std::string>> approved_by(store::Transaction& tx, NotificationId id) {
    std::vector<std::string> who;
    CHECK(tx.query("SELECT who FROM notification_approval WHERE notification = ? ORDER BY at, who", {id},
                   [&](store::Row const& row) { who.push_back(row.string(0)); }));
    return who;
}

Status approve(store::Transaction& tx, NotificationId id, std::string_view who, Timestamp at) {
    return done(tx.run("INSERT INTO notification_approval (notification, who, at) VALUES (?, ?, ?)", {id, who, at}));
}

Status wait_until(store::Transaction& tx, NotificationId id, Timestamp at) {
    return done(tx.run("UPDATE notification SET next_attempt = ? WHERE id = ? AND state = 'queued'", {at, id}));
}

Result<Recent> recent_digests(store::Transaction& tx, Timestamp since) {
    Recent recent;
    CHECK(tx.query(
        "SELECT n.organisation, coalesce(o.lane, ''), max(n.created) FROM notification n LEFT JOIN "
        "notification_outcome o ON o.notification = n.id WHERE n.created > ? AND n.state <> 'cancelled' AND "
        "coalesce(o.source, 'plan') = 'plan' GROUP BY n.organisation, coalesce(o.lane, '')",
        {since},
        [&](store::Row const& row) { recent.emplace(std::pair(row.integer(0), row.string(1)), row.time(2)); }));
    return recent;
}

// ---- snoozes

Result<std::vector<Snooze>> snoozes(store::Transaction& tx, Timestamp now) {
    std::vector<Snooze> all;
    CHECK(
        tx.query("SELECT id, organisation, organisation_name, identifier, until, reason, who, created FROM "
                 "notification_snooze WHERE until > ? AND removed IS NULL ORDER BY until, id",
                 {now}, [&](store::Row const& row) {
                     Snooze one;
                     one.id = row.id<SnoozeTag>(0);
                     one.organisation = row.integer(1);
                     one.organisation_name = row.string(2);
                     one.identifier = row.string(3);
                     one.until = row.time(4);
                     one.reason = row.string(5);
                     one.who = row.string(6);
                     one.created = row.time(7);
                     all.push_back(std::move(one));
                 }));
    return all;
}

Result<SnoozeId> insert(store::Transaction& tx, Snooze const& fresh) {
    TRY(auto const id,
        tx.insert("INSERT INTO notification_snooze (organisation, organisation_name, identifier, until, reason, who, "
                  "created) VALUES (?, ?, ?, ?, ?, ?, ?)",
                  {fresh.organisation, fresh.organisation_name, fresh.identifier, fresh.until, fresh.reason, fresh.who,
                   fresh.created}));
    return SnoozeId{id};
}

Result<bool> end_snooze(store::Transaction& tx, SnoozeId id, Timestamp now) {
    TRY(auto const changed,
        tx.run("UPDATE notification_snooze SET removed = ? WHERE id = ? AND removed IS NULL AND until > ?",
               {now, id, now}));
    return changed == 1;
}

// ---- campaigns

Result<CampaignId> insert(store::Transaction& tx, Campaign const& fresh) {
    auto const texts = packed(fresh.texts);
    TRY(auto const id,
        tx.insert("INSERT INTO notification_campaign (name, created, who, condition, everyone, identifier, texts, "
                  "approvals) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                  {fresh.name, fresh.created, fresh.who, fresh.when, fresh.everyone, fresh.identifier, texts,
                   fresh.approvals}));
    return CampaignId{id};
}

Result<std::vector<Campaign>> campaigns(store::Transaction& tx, std::size_t limit) {
    std::vector<Campaign> all;
    CHECK(tx.query(fmt::format("SELECT {} GROUP BY c.id ORDER BY c.id DESC LIMIT ?", campaign_columns), {limit},
                   [&](store::Row const& row) { all.push_back(campaign_from(row, false)); }));
    return all;
}

Result<Campaign> campaign(store::Transaction& tx, CampaignId id) {
    TRY(auto found, tx.one(fmt::format("SELECT {} WHERE c.id = ? GROUP BY c.id", campaign_columns), {id},
                           [](store::Row const& row) { return campaign_from(row, true); }));
    if (!found) return fail(Code::not_found, fmt::format("there is no campaign {}", id.value));
    return *std::move(found);
}

Result<std::vector<CampaignId>> unfinished(store::Transaction& tx) {
    std::vector<CampaignId> ids;
    CHECK(tx.query("SELECT id FROM notification_campaign WHERE finished IS NULL ORDER BY id", {},
                   [&](store::Row const& row) { ids.push_back(row.id<CampaignTag>(0)); }));
    return ids;
}

Status finish(store::Transaction& tx, CampaignId id, Timestamp at) {
    return done(tx.run("UPDATE notification_campaign SET finished = ? WHERE id = ? AND finished IS NULL", {at, id}));
}

Result<std::unordered_set<std::int64_t>> owners_told(store::Transaction& tx, CampaignId id) {
    std::unordered_set<std::int64_t> owners;
    CHECK(tx.query("SELECT organisation FROM notification_campaign_owner WHERE campaign = ?", {id},
                   [&](store::Row const& row) { owners.insert(row.integer(0)); }));
    return owners;
}

Status tell_owner(store::Transaction& tx, CampaignId id, std::int64_t organisation, std::string_view language,
                  NotificationId notification) {
    return done(
        tx.run("INSERT INTO notification_campaign_owner (campaign, organisation, language, notification) VALUES (?, "
               "?, ?, ?)",
               {id, organisation, language, notification}));
}

// ---- escalations

std::string step_key(std::string_view finding, std::int64_t returns, std::string_view escalation,
                     std::string_view step) {
    return fmt::format("{} {} {} {}", finding, returns, step, escalation);
}

Result<Steps> steps(store::Transaction& tx) {
    Steps all;
    CHECK(
        tx.query("SELECT finding, returns, escalation, step, notification, recipient, said FROM "
                 "notification_escalation",
                 {}, [&](store::Row const& row) {
                     all.emplace(step_key(row.text(0), row.integer(1), row.text(2), row.text(3)),
                                 Taken{!row.is_null(4), row.integer(5), row.string(6)});
                 }));
    return all;
}

Status insert(store::Transaction& tx, NewStep const& step) {
    CHECK(
        tx.run("DELETE FROM notification_escalation WHERE finding = ? AND returns = ? AND escalation = ? AND step = ? "
               "AND notification IS NULL",
               {step.finding, step.returns, step.escalation, step.step}));
    return done(tx.run(
        "INSERT INTO notification_escalation (finding, returns, escalation, step, recipient, notification, at, said) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        {step.finding, step.returns, step.escalation, step.step, step.recipient, step.notification, step.at,
         step.said}));
}

Result<std::vector<Escalated>> escalations(store::Transaction& tx, std::string_view finding) {
    std::vector<Escalated> all;
    CHECK(
        tx.query("SELECT e.escalation, e.step, e.recipient, coalesce(n.recipient_name, ''), e.notification, e.at, "
                 "e.said FROM notification_escalation e LEFT JOIN notification n ON n.id = e.notification WHERE "
                 "e.finding = ? ORDER BY e.at, e.returns",
                 {finding}, [&](store::Row const& row) {
                     Escalated one{.escalation = row.string(0),
                                   .step = row.string(1),
                                   .recipient = row.integer(2),
                                   .recipient_name = row.string(3),
                                   .notification = {},
                                   .at = row.time(5),
                                   .said = row.string(6)};
                     if (!row.is_null(4)) one.notification = row.id<NotificationTag>(4);
                     all.push_back(std::move(one));
                 }));
    return all;
}

Result<std::vector<ToldWhom>> told_of(store::Transaction& tx, std::span<Line const> lines, std::size_t most) {
    std::map<NotificationId, ToldWhom> told;
    for (auto const& line : lines) {
        CHECK(
            tx.query("SELECT n.id, n.sent, n.recipient_name, n.answers FROM notified_finding f JOIN notification n "
                     "ON n.id = f.notification WHERE f.finding = ? AND n.sent IS NOT NULL",
                     {line.finding}, [&](store::Row const& row) {
                         auto& one = told[row.id<NotificationTag>(0)];
                         one.id = row.id<NotificationTag>(0);
                         one.at = row.time(1);
                         one.whom = row.string(2);
                         one.answers = row.integer(3);
                         ++one.findings;
                     }));
    }
    std::vector<ToldWhom> all;
    for (auto& [id, one] : told) all.push_back(std::move(one));
    std::ranges::sort(all, {}, [](auto const& one) { return std::pair(one.at, one.id); });
    if (all.size() > most)
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(most / 2),
                  all.end() - static_cast<std::ptrdiff_t>(most - most / 2));
    return all;
}

}  // namespace tocsin::notifications::rules::tables

namespace tocsin::notifications {

Result<DeliveryWanted> delivery_wanted(store::Transaction& tx, NotificationId id) {
    DeliveryWanted wanted;
    TRY(auto const outcome, rules::tables::outcome(tx, id));
    if (!outcome) return wanted;
    wanted.channel = outcome->channel;
    wanted.encryption = outcome->encryption;
    wanted.source = outcome->source;
    for (auto const rule : split(outcome->rules, '\n'))
        if (!rule.empty()) wanted.rules.emplace_back(rule);
    wanted.approvals = outcome->approvals;
    TRY(wanted.approved_by, rules::tables::approved_by(tx, id));
    return wanted;
}

}  // namespace tocsin::notifications
