#include "notifications/rules.hpp"

#include "notifications/rules/outgoing.hpp"

#include <algorithm>
#include <set>

namespace tocsin::notifications {
namespace {

constexpr std::size_t most_why = 2000;
constexpr std::size_t most_diff_lines = 4000;
constexpr std::chrono::hours longest_snooze{24 * 366};

Status check_length(std::string_view field, std::string_view text, std::size_t least, std::size_t most) {
    if (text.size() >= least && text.size() <= most && is_utf8(text)) return {};
    return fail(Code::invalid, fmt::format("{}: expected {} to {} bytes of text", field, least, most));
}

std::string version_details(std::int64_t version, std::string_view why, std::optional<std::int64_t> restores) {
    JsonWriter json;
    json.object().field("version", version).field("why", why).field_if("restores", restores).end();
    return std::move(json).text();
}

/// What a rule will not do as it is written.
void note_shortfalls(rules::RuleSet const& set, std::vector<RuleSaying>& notes) {
    bool is_all_taken = false;
    std::string by;
    for (auto const& rule : set.rules) {
        auto const line = std::to_string(rule.line);
        if (is_all_taken) notes.push_back({"note.never_reached", {rule.name, line, by}});
        if (!rule.then.channel.empty() && rule.then.channel != "mail")
            notes.push_back({"note.else_by_mail", {rule.name, line, rule.then.channel}});
        if (std::ranges::find(rule.then.attach, Attachment::stix) != rule.then.attach.end())
            notes.push_back({"note.stix_when_shared", {rule.name, line}});
        if (!is_all_taken && rule.when.is_empty()) {
            is_all_taken = true;
            by = rule.name;
        }
    }
}

/// Longest common subsequence, a line each.
std::string difference_of(std::vector<std::string_view> const& a, std::vector<std::string_view> const& b) {
    std::vector<std::vector<std::uint16_t>> common(a.size() + 1, std::vector<std::uint16_t>(b.size() + 1));
    for (auto i = a.size(); i-- > 0;)
        for (auto j = b.size(); j-- > 0;)
            common[i][j] = a[i] == b[j] ? static_cast<std::uint16_t>(common[i + 1][j + 1] + 1)
                                        : std::max(common[i + 1][j], common[i][j + 1]);
    std::string out;
    std::size_t i = 0, j = 0;
    while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && a[i] == b[j]) {
            out += fmt::format("  {}\n", a[i++]);
            ++j;
        } else if (j >= b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
            out += fmt::format("- {}\n", a[i++]);
        } else {
            out += fmt::format("+ {}\n", b[j++]);
        }
    }
    return out;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    return text.empty() ? std::vector<std::string_view>() : split(text, '\n');
}

RuleInWords words_of(rules::Escalation const& escalation) {
    RuleInWords words{escalation.name, escalation.line, escalation.when.words(), {}, true};
    for (auto const& step : escalation.steps)
        words.then.push_back({"then.step", {format_duration(step.after), step.to}});
    if (escalation.unanswered) words.then.push_back({"then.unanswered"});
    return words;
}

RuleInWords words_of(Settings const& settings) {
    return {"settings",
            0,
            {{"when.severity_or_none", {settings.least_severity}}},
            {{settings.hold ? "then.hold" : "then.send"},
             {"then.interval", {format_duration(settings.digest_interval)}},
             {"then.reminder", {format_duration(settings.reminder_interval)}}},
            false};
}

}  // namespace

void Rules::share_by(SharesWith shares_with) {
    house_.shares_with = std::move(shares_with);
}

Result<RuleVersion> Rules::current() {
    return house_.ledger.read([](store::Transaction& tx) { return rules::tables::latest(tx); });
}

Result<RuleCheck> Rules::check(std::string_view text) {
    RuleCheck check;
    if (!is_utf8(text)) return fail(Code::invalid, "text: expected UTF-8");
    auto const parsed = rules::parse_rules(text);
    for (auto const& fault : parsed.faults)
        check.faults.push_back({fault.line, fault.rule, fault.field, fault.expected});
    if (!check.faults.empty()) return check;
    for (auto const& rule : parsed.set.rules)
        check.rules.push_back({rule.name, rule.line, rule.when.words(), rule.then.words(), false});
    check.rules.push_back(words_of(house_.settings));
    for (auto const& escalation : parsed.set.escalations) check.rules.push_back(words_of(escalation));
    note_shortfalls(parsed.set, check.notes);
    return check;
}

Result<RuleVersion> Rules::set(access::Principal const& by, std::string_view text, std::string_view why,
                               std::optional<std::int64_t> base) {
    CHECK(check_length("why", why, 1, most_why));
    if (!is_utf8(text)) return fail(Code::invalid, "text: expected UTF-8");
    auto const parsed = rules::parse_rules(text);
    if (!parsed.faults.empty()) return fail(Code::invalid, "rules: " + rules::text_of(parsed.faults));
    return house_.ledger.write([&](store::Transaction& tx) -> Result<RuleVersion> {
        TRY(auto const last, rules::tables::latest(tx));
        if (base && *base != last.version)
            return fail(Code::conflict, fmt::format("the rules were changed meanwhile: version {} is in force, yours "
                                                    "was made from {}; look at the difference and save again",
                                                    last.version, *base));
        if (last.text == text) return fail(Code::conflict, "nothing is different from the rules in force");
        RuleVersion fresh{.version = last.version + 1,
                          .at = house_.clock.now(),
                          .who = by.who,
                          .why = std::string(why),
                          .text = std::string(text),
                          .restores = {}};
        CHECK(rules::tables::insert(tx, fresh));
        CHECK(access::audit(tx, by, fresh.at,
                            {.what = "rules.set",
                             .kind = "rules",
                             .id = std::to_string(fresh.version),
                             .details = version_details(fresh.version, why, {})}));
        return fresh;
    });
}

Result<std::vector<RuleVersion>> Rules::versions(std::size_t limit) {
    limit = std::clamp<std::size_t>(limit, 1, 1000);
    return house_.ledger.read([&](store::Transaction& tx) { return rules::tables::versions(tx, limit); });
}

Result<RuleVersion> Rules::version(std::int64_t number) {
    return house_.ledger.read([&](store::Transaction& tx) { return rules::tables::version(tx, number); });
}

Result<std::string> Rules::difference(std::int64_t from, std::int64_t to) {
    TRY(auto const a, version(from));
    TRY(auto const b, version(to));
    auto const before = lines_of(a.text), after = lines_of(b.text);
    if (before.size() > most_diff_lines || after.size() > most_diff_lines)
        return fail(Code::limit, fmt::format("the difference of texts of over {} lines is not made", most_diff_lines));
    return difference_of(before, after);
}

Result<RuleVersion> Rules::undo(access::Principal const& by, std::optional<std::int64_t> to, std::string_view why) {
    CHECK(check_length("why", why, 1, most_why));
    return house_.ledger.write([&](store::Transaction& tx) -> Result<RuleVersion> {
        TRY(auto const last, rules::tables::latest(tx));
        if (last.version == 0) return fail(Code::conflict, "no rules were ever saved: there is nothing to undo");
        auto const number = to.value_or(last.version - 1);
        TRY(auto const old, rules::tables::version(tx, number));
        RuleVersion fresh{.version = last.version + 1,
                          .at = house_.clock.now(),
                          .who = by.who,
                          .why = std::string(why),
                          .text = old.text,
                          .restores = number};
        CHECK(rules::tables::insert(tx, fresh));
        CHECK(access::audit(tx, by, fresh.at,
                            {.what = "rules.undo",
                             .kind = "rules",
                             .id = std::to_string(fresh.version),
                             .details = version_details(fresh.version, why, number)}));
        return fresh;
    });
}

// ---- snoozes

Result<std::vector<Snooze>> Rules::snoozes() {
    return house_.ledger.read([&](store::Transaction& tx) { return rules::tables::snoozes(tx, house_.clock.now()); });
}

Result<Snooze> Rules::snooze(access::Principal const& by, SnoozeDraft const& draft) {
    auto const now = house_.clock.now();
    CHECK(check_length("reason", draft.reason, 1, most_why));
    CHECK(check_length("identifier", draft.identifier, 0, 300));
    if (draft.until <= now || draft.until > now + longest_snooze)
        return fail(Code::invalid, "until: expected a time from now on, at most 366 days ahead");
    TRY(auto const organisation, house_.constituency.directory().organisation({draft.organisation}));
    return house_.ledger.write([&](store::Transaction& tx) -> Result<Snooze> {
        Snooze fresh;
        static_cast<SnoozeDraft&>(fresh) = draft;
        fresh.organisation_name = organisation.name;
        fresh.who = by.who;
        fresh.created = now;
        TRY(fresh.id, rules::tables::insert(tx, fresh));
        JsonWriter json;
        json.object().field("organisation", draft.organisation).field("identifier", draft.identifier);
        json.field("until", draft.until).field("reason", draft.reason).end();
        CHECK(access::audit(tx, by, now,
                            {.what = "snooze.add",
                             .kind = "snooze",
                             .id = std::to_string(fresh.id.value),
                             .details = std::move(json).text()}));
        return fresh;
    });
}

Status Rules::end_snooze(access::Principal const& by, SnoozeId id) {
    return house_.ledger.write([&](store::Transaction& tx) -> Status {
        TRY(auto const ended, rules::tables::end_snooze(tx, id, house_.clock.now()));
        if (!ended) return fail(Code::not_found, fmt::format("there is no snooze {} in force", id.value));
        CHECK(access::audit(tx, by, house_.clock.now(),
                            {.what = "snooze.remove", .kind = "snooze", .id = std::to_string(id.value)}));
        return {};
    });
}

Result<std::vector<Escalated>> Rules::escalations(std::string_view finding) {
    TRY(auto all, house_.ledger.read([&](store::Transaction& tx) { return rules::tables::escalations(tx, finding); }));
    for (auto& one : all) {
        if (!one.recipient_name.empty() || one.recipient == 0) continue;
        if (auto const of = house_.constituency.directory().organisation({one.recipient}))
            one.recipient_name = of->name;
    }
    return all;
}

}  // namespace tocsin::notifications
