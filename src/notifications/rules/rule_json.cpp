#include "notifications/rules.hpp"

/// What the rules tell, as JSON.
namespace tocsin::notifications {
namespace {

void append(JsonWriter& json, RuleTally const& tally) {
    json.object()
        .field("messages", tally.messages)
        .field("held", tally.held)
        .field("findings", tally.findings)
        .field("reminders", tally.reminders)
        .field("dropped", tally.dropped)
        .field("quieted", tally.quieted)
        .field("escalated", tally.escalated)
        .end();
}

void append_tallies(JsonWriter& json, RuleTallies const& tallies) {
    json.key("then");
    append(json, tallies.then);
    json.key("now");
    append(json, tallies.now);
}

void append_rules(JsonWriter& json, std::string_view key, std::vector<std::pair<std::string, RuleTally>> const& rules) {
    json.key(key).array();
    for (auto const& [name, tally] : rules) {
        json.object().field("name", name).key("tally");
        append(json, tally);
        json.end();
    }
    json.end();
}

void append(JsonWriter& json, PlanItem const& item) {
    json.object().reference("organisation", item.organisation, item.organisation_name).key("to").array();
    for (auto const& address : item.to) json.value(address);
    json.end()
        .field("language", item.language)
        .field("findings", item.findings)
        .field("subject", item.subject)
        .field_or_null("id", item.id ? std::optional(item.id.value) : std::nullopt)
        .field("decision", item.decision)
        .end();
}

void append_saying(JsonWriter& json, RuleSaying const& saying) {
    json.object().field("code", saying.code).key("values").array();
    for (auto const& value : saying.values) json.value(value);
    json.end().field("text", english(saying)).end();
}

void append_sayings(JsonWriter& json, std::string_view key, std::vector<RuleSaying> const& sayings) {
    json.key(key).array();
    for (auto const& saying : sayings) append_saying(json, saying);
    json.end();
}

}  // namespace

void append(JsonWriter& json, RuleFault const& fault) {
    json.object()
        .field("line", std::uint64_t{fault.line})
        .field_or_null("rule", fault.rule)
        .field_or_null("field", fault.field)
        .key("expected");
    append_saying(json, fault.expected);
    json.end();
}

void append(JsonWriter& json, RuleCheck const& check) {
    json.object().field("good", check.faults.empty()).key("faults").array();
    for (auto const& fault : check.faults) append(json, fault);
    json.end().key("rules").array();
    for (auto const& rule : check.rules) {
        json.object().field("name", rule.name).field("line", std::uint64_t{rule.line});
        append_sayings(json, "when", rule.when);
        append_sayings(json, "then", rule.then);
        json.field("escalation", rule.is_escalation).end();
    }
    json.end();
    append_sayings(json, "notes", check.notes);
    json.end();
}

void append(JsonWriter& json, RuleVersion const& version) {
    json.object()
        .field("version", version.version)
        .field_or_null("at", version.version == 0 ? std::nullopt : std::optional(version.at))
        .field_or_null("by", version.who)
        .field_or_null("why", version.why)
        .field_or_null("restores", version.restores)
        .field("text", version.text)
        .end();
}

void append(JsonWriter& json, Simulation const& simulation) {
    json.object()
        .field("from", simulation.from)
        .field("to", simulation.to)
        .field("findings_seen", simulation.findings_seen)
        .field("organisations_seen", simulation.organisations_seen)
        .field("milliseconds", simulation.milliseconds)
        .key("total")
        .object();
    append_tallies(json, simulation.total);
    json.end().key("days").array();
    for (auto const& [day, tallies] : simulation.days) {
        json.object().field("from", day);
        append_tallies(json, tallies);
        json.end();
    }
    json.end().key("organisations").array();
    for (auto const& one : simulation.organisations) {
        json.object().reference("organisation", one.id, one.name);
        append_tallies(json, one.tallies);
        json.end();
    }
    json.end();
    append_rules(json, "rules", simulation.rules);
    append_rules(json, "rules_now", simulation.rules_now);
    json.end();
}

void append(JsonWriter& json, Snooze const& snooze) {
    json.object()
        .field("id", snooze.id.value)
        .reference("organisation", snooze.organisation, snooze.organisation_name)
        .field_or_null("identifier", snooze.identifier)
        .field("until", snooze.until)
        .field("reason", snooze.reason)
        .field("by", snooze.who)
        .field("created", snooze.created)
        .end();
}

void append(JsonWriter& json, Campaign const& campaign) {
    json.object()
        .field("id", campaign.id.value)
        .field("name", campaign.name)
        .field("by", campaign.who)
        .field("created", campaign.created)
        .field_or_null("finished", campaign.finished)
        .field("when", campaign.when)
        .field("everyone", campaign.everyone)
        .field_or_null("identifier", campaign.identifier)
        .field("approvals", campaign.approvals)
        .field("owners", campaign.owners)
        .field("messages", campaign.messages)
        .field("held", campaign.held)
        .field("queued", campaign.queued)
        .field("sent", campaign.sent)
        .field("failed", campaign.failed)
        .field("answered", campaign.answered)
        .key("texts")
        .array();
    for (auto const& text : campaign.texts)
        json.object().field("language", text.language).field("subject", text.subject).field("text", text.text).end();
    json.end().end();
}

void append(JsonWriter& json, CampaignMade const& made) {
    json.object()
        .field_or_null("campaign", made.id ? std::optional(made.id.value) : std::nullopt)
        .field("dry_run", made.plan.dry_run)
        .field("notifications", made.plan.notifications)
        .field("findings", made.plan.findings)
        .key("items")
        .array();
    for (auto const& item : made.plan.items) append(json, item);
    json.end().key("left_out").array();
    for (auto const& left : made.plan.left_out)
        json.object()
            .reference("organisation", left.organisation, left.organisation_name)
            .field("findings", left.findings)
            .field("reason", left.reason)
            .end();
    json.end().end();
}

void append(JsonWriter& json, Escalated const& step) {
    json.object()
        .field("escalation", step.escalation)
        .field("step", step.step)
        .reference("recipient", step.recipient, step.recipient_name)
        .field_or_null("notification", step.notification ? std::optional(step.notification->value) : std::nullopt)
        .field("at", step.at)
        .field_or_null("said", step.said)
        .end();
}

}  // namespace tocsin::notifications
