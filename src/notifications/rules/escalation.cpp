#include "notifications/rules/outgoing.hpp"
#include "notifications/texts.hpp"

#include <algorithm>
#include <map>

/// Sends on what owners leave unanswered: to the level above, by rule and time.
namespace tocsin::notifications::rules {
namespace {

constexpr std::size_t most_listed = 1000;
constexpr std::size_t most_history = 20;

/// One step of one escalation for one organisation: a message, or the note that there is none.
struct Group {
    std::int64_t organisation = 0;
    std::size_t escalation = 0, step = 0;
    friend auto operator<=>(Group const&, Group const&) = default;
};

/// Who is next, or why nobody is.
struct Level {
    constituency::OrganisationId recipient;
    std::string recipient_name;
    std::string said;  ///< why nobody, or why somebody else
    std::vector<Addressees> groups;
};

class Escalating {
  public:
    Escalating(Notifications::Impl& house, access::Principal const& by, PlanRequest const& request, Plan& plan)
        : house_(house), by_(by), request_(request), plan_(plan), now_(house.clock.now()) {}

    Status run() {
        TRY(rules_, in_force(house_));
        if (rules_.set->escalations.empty()) return {};
        std::vector<Condition const*> conditions;
        for (auto const& one : rules_.set->escalations) conditions.push_back(&one.when);
        matcher_.emplace(std::move(conditions), rules_.people);
        maker_.emplace(house_, now_, house_.findings.watermark());
        TRY(snoozed_, Snoozed::load(house_, now_));
        TRY(suppressions_, house_.constituency.suppressions());
        CHECK(house_.ledger.read([&](store::Transaction& tx) -> Status {
            TRY(told_, ToldFindings::load(tx));
            TRY(steps_, tables::steps(tx));
            return {};
        }));
        CHECK(look());
        for (auto const& [group, lines] : groups_) CHECK(take_step(group, lines));
        return {};
    }

  private:
    Status look() {
        events::FindingFilter filter;
        filter.states = {events::FindingState::open};
        filter.organisations = request_.organisations;
        return house_.findings.scan(filter, [&](events::Finding const& finding) {
            if (finding.organisation != 0) look_at(finding);
            return true;
        });
    }

    /// Puts the finding to the steps that are due for it, of the first escalation it falls under.
    void look_at(events::Finding const& finding) {
        auto const which = matcher_->first(finding, now_);
        if (which >= rules_.set->escalations.size()) return;
        auto const& escalation = rules_.set->escalations[which];
        if (finding.said == events::Saying::not_ours || finding.said == events::Saying::false_positive) return;
        if (escalation.unanswered && finding.said) return;
        auto const* const told = told_.find(finding.id);
        if (told == nullptr || told->first_sent.micros == 0) return;
        if (snoozed_.find(finding.organisation, finding.identifier) != nullptr) return;
        if (!suppressions_->empty() && suppressions_->match({.address = finding.address.value_or(IpAddress{}),
                                                             .organisation = {finding.organisation},
                                                             .feed = finding.feed,
                                                             .identifier = finding.identifier,
                                                             .now = now_}))
            return;
        for (std::size_t step = 0; step < escalation.steps.size(); ++step) {
            if (now_ - told->first_sent < escalation.steps[step].after) return;
            auto const taken =
                steps_.find(tables::step_key(finding.id, finding.returns, escalation.name, escalation.steps[step].to));
            if (taken != steps_.end() && taken->second.was_sent) continue;
            groups_[{finding.organisation, which, step}].push_back(line_of(finding, true));
        }
    }

    Result<Level> level_of(std::int64_t organisation, Step const& step) {
        Level level;
        auto const* const facts = rules_.people->find(organisation);
        if (facts == nullptr) {
            level.said = "the organisation is not in the directory any more";
            return level;
        }
        for (std::size_t i = 1; i < facts->chain.size() && !level.recipient; ++i) {
            auto const* const above = rules_.people->find(facts->chain[i]);
            if (above != nullptr && (step.to == "parent" || above->kind == step.to))
                level = {{facts->chain[i]}, above->name, {}, {}};
        }
        if (!level.recipient) {
            level.said =
                fmt::format("no {} stands above {}", step.to == "parent" ? "organisation" : step.to, facts->name);
            return level;
        }
        TRY(auto contacts, house_.contacts_of(level.recipient));
        if (contacts.groups.empty()) {
            level.said = fmt::format("{}: {}", level.recipient_name, contacts.reason);
            level.recipient = {};
            return level;
        }
        if (contacts.recipient != level.recipient) {
            auto const* const instead = rules_.people->find(contacts.recipient.value);
            level.said = fmt::format("{} has no contact; {} above it was told instead", level.recipient_name,
                                     instead == nullptr ? std::string("the one") : instead->name);
            level.recipient = contacts.recipient;
            if (instead != nullptr) level.recipient_name = instead->name;
        }
        speak(contacts, language_);
        level.groups = std::move(contacts.groups);
        return level;
    }

    Status take_step(Group const& group, std::vector<Line> const& lines) {
        auto const& escalation = rules_.set->escalations[group.escalation];
        auto const& step = escalation.steps[group.step];
        language_ = escalation.language;
        TRY(auto const level, level_of(group.organisation, step));
        std::vector<Line> fresh, told;
        for (auto const& line : lines) (is_told(line, escalation, step, level) ? told : fresh).push_back(line);
        auto const skip = [&](std::vector<Line> const& some, std::string const& said) {
            if (some.empty()) return Status();
            left_out(group.organisation, static_cast<std::int64_t>(some.size()),
                     fmt::format("escalation \"{}\", {}: {}", escalation.name, step.to, said));
            return note(some, escalation, step, said);
        };
        CHECK(skip(told, fmt::format("{} was told of it by an earlier step", level.recipient_name)));
        if (level.groups.empty()) return skip(fresh, level.said);
        return fresh.empty() ? Status() : send(group, std::move(fresh), level);
    }

    /// A level that stood in for another has it already.
    bool is_told(Line const& line, Escalation const& escalation, Step const& step, Level const& level) const {
        return std::ranges::any_of(escalation.steps, [&](Step const& other) {
            if (other == step || !level.recipient) return false;
            auto const taken = steps_.find(tables::step_key(line.finding, line.returns, escalation.name, other.to));
            return taken != steps_.end() && taken->second.was_sent && taken->second.recipient == level.recipient.value;
        });
    }

    /// Nobody is told, and that is on record: once, until another reason comes.
    Status note(std::vector<Line> const& lines, Escalation const& escalation, Step const& step, std::string_view said) {
        if (request_.dry_run) return {};
        std::vector<Line const*> fresh;
        for (auto const& line : lines) {
            auto const taken = steps_.find(tables::step_key(line.finding, line.returns, escalation.name, step.to));
            if (taken == steps_.end() || taken->second.said != said) fresh.push_back(&line);
        }
        if (fresh.empty()) return {};
        return house_.ledger.write([&](store::Transaction& tx) -> Status {
            for (auto const* const line : fresh)
                CHECK(tables::insert(tx, {.finding = line->finding,
                                          .returns = line->returns,
                                          .escalation = escalation.name,
                                          .step = step.to,
                                          .recipient = 0,
                                          .notification = {},
                                          .at = now_,
                                          .said = said}));
            return {};
        });
    }

    Status send(Group const& group, std::vector<Line> lines, Level const& level) {
        auto const& escalation = rules_.set->escalations[group.escalation];
        auto const& step = escalation.steps[group.step];
        auto const* const facts = rules_.people->find(group.organisation);
        sort_lines(lines);
        TRY(auto const history,
            house_.ledger.read([&](store::Transaction& tx) { return tables::told_of(tx, lines, most_history); }));
        Delivery delivery{.lane = escalation.name};
        delivery.encryption = house_.settings.encryption;
        delivery.approvals = escalation.approvals.value_or(house_.settings.hold ? 1 : 0);
        delivery.is_by_rule = escalation.approvals.has_value();
        std::vector<Outgoing> made;
        for (auto const& addressees : level.groups) {
            auto digest = maker_->digest({group.organisation}, facts->name, level.recipient, level.recipient_name);
            digest.lines = lines;
            auto const notice = notice_of(facts->name, level, lines, history, addressees.language);
            Dress const dress{.to = &addressees,
                              .delivery = &delivery,
                              .notice = &notice,
                              .source = "escalation",
                              .rules = escalation.name,
                              .version = rules_.version,
                              .hold = request_.hold};
            auto one = maker_->make(std::move(digest), dress);
            if (!one) {  // the gate refuses all of it: on record like a level without a contact
                left_out(group.organisation, static_cast<std::int64_t>(lines.size()), one.error().message);
                return note(lines, escalation, step, one.error().message);
            }
            made.push_back(*std::move(one));
        }
        if (!request_.dry_run) CHECK(store(made, escalation, step, level, history));
        for (auto& one : made) {
            ++plan_.notifications;
            plan_.findings += one.item.findings;
            if (!request_.dry_run) house_.changed(one.item.id);
            if (plan_.items.size() < most_listed) plan_.items.push_back(std::move(one.item));
        }
        return {};
    }

    /// Messages, steps, and a line in the record of what the owner was sent: one transaction.
    Status store(std::vector<Outgoing>& made, Escalation const& escalation, Step const& step, Level const& level,
                 std::vector<tables::ToldWhom> const& history) {
        TRY(auto const done, house_.ledger.write([&](store::Transaction& tx) -> Result<bool> {
            for (auto& one : made) CHECK(maker_->store(tx, by_, one));
            auto const& first = made.front();
            for (auto const& line : first.digest->lines)
                CHECK(tables::insert(tx, {.finding = line.finding,
                                          .returns = line.returns,
                                          .escalation = escalation.name,
                                          .step = step.to,
                                          .recipient = level.recipient.value,
                                          .notification = first.item.id,
                                          .at = now_,
                                          .said = level.said}));
            for (auto const& told : history)
                CHECK(notifications::tables::happened(
                    tx, told.id, now_, "escalated", by_.who,
                    fmt::format("to {} (notification {}), by \"{}\"", level.recipient_name, first.item.id.value,
                                escalation.name)));
            CHECK(access::audit(tx, by_, now_,
                                {.what = "notification.escalate",
                                 .kind = "notification",
                                 .id = std::to_string(first.item.id.value),
                                 .details = fmt::format(R"({{"recipient":{},"findings":{}}})", level.recipient.value,
                                                        first.digest->lines.size())}));
            return true;
        }));
        (void)done;
        for (auto const& line : made.front().digest->lines)
            steps_[tables::step_key(line.finding, line.returns, escalation.name, step.to)] = {
                true, level.recipient.value, level.said};
        for (auto const& told : history) house_.changed(told.id);
        return {};
    }

    /// Why this comes to somebody above, and what was told to whom when.
    Notice notice_of(std::string const& owner, Level const& level, std::vector<Line> const& lines,
                     std::vector<tables::ToldWhom> const& history, std::string_view language) const {
        auto const& texts = Texts::of(language);
        auto const count = texts.plural("findings", static_cast<std::int64_t>(lines.size()));
        Notice notice;
        notice.subject = filled(texts.get("escalation.subject"), {{"organisation", owner}, {"count", count}});
        notice.greeting =
            texts.fill("escalation.greeting", {{"recipient", level.recipient_name}, {"organisation", owner}});
        auto const intro = texts.fill("escalation.intro", {{"organisation", owner}});
        std::string text = intro, html = fmt::format("<p>{}</p>", html_escaped(intro));
        if (!level.said.empty()) {
            auto const instead = texts.fill("escalation.instead", {{"recipient", level.recipient_name}});
            text += "\n\n" + instead;
            html += fmt::format("\n<p>{}</p>", html_escaped(instead));
        }
        text += fmt::format("\n\n{}:\n", texts.get("escalation.so_far"));
        html += fmt::format("\n<p>{}:</p>\n<ul>", html_escaped(texts.get("escalation.so_far")));
        for (auto const& told : history) {
            auto const key = told.answers > 0 ? "escalation.told_answered" : "escalation.told";
            auto const line = texts.fill(key, {{"date", format_date(told.at)},
                                               {"recipient", told.whom},
                                               {"count", texts.plural("findings", told.findings)}});
            text += fmt::format("* {}\n", line);
            html += fmt::format("<li>{}</li>", html_escaped(line));
        }
        notice.text = std::string(trimmed(text));
        notice.html = html + "</ul>";
        return notice;
    }

    void left_out(std::int64_t organisation, std::int64_t findings, std::string reason) {
        if (plan_.left_out.size() >= most_listed) return;
        auto const* const facts = rules_.people->find(organisation);
        plan_.left_out.push_back({organisation, facts == nullptr ? fmt::format("#{}", organisation) : facts->name,
                                  findings, std::move(reason)});
    }

    Notifications::Impl& house_;
    access::Principal const& by_;
    PlanRequest const& request_;
    Plan& plan_;
    Timestamp now_;
    InForce rules_;
    std::optional<Matcher> matcher_;
    std::optional<Maker> maker_;
    Snoozed snoozed_;
    std::shared_ptr<constituency::SuppressionTable const> suppressions_;
    ToldFindings told_;
    tables::Steps steps_;
    std::string language_;
    std::map<Group, std::vector<Line>> groups_;
};

}  // namespace

Status escalate(Notifications::Impl& house, access::Principal const& by, PlanRequest const& request, Plan& plan) {
    return Escalating(house, by, request, plan).run();
}

}  // namespace tocsin::notifications::rules
