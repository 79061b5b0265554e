#include "notifications/rules/outgoing.hpp"
#include "notifications/texts.hpp"

#include <algorithm>
#include <map>
#include <set>

/// Campaigns: one extra message to everyone whom something concerns, by the ordinary sender.
namespace tocsin::notifications {
namespace rules {
namespace {

constexpr std::size_t lines_at_once = 200'000;
constexpr std::size_t messages_in_transaction = 64;
constexpr std::size_t most_listed = 1000;
constexpr std::size_t most_text_bytes = std::size_t{64} << 10;

/// Kinds that own what is warned about. Others only when the condition names their kind.
bool is_owner(Facts const& facts) {
    return facts.kind != "peer" && facts.kind != "feed_provider" && facts.kind != "national_cirt";
}

class Campaigning {
  public:
    Campaigning(Notifications::Impl& house, access::Principal const& by, Campaign const& campaign, bool dry_run)
        : house_(house), by_(by), campaign_(campaign), now_(house.clock.now()) {
        plan_.dry_run = dry_run;
    }

    Result<Plan> run() {
        TRY(when_, parse_condition(campaign_.when));
        TRY(people_, People::load(house_.constituency.directory()));
        TRY(rules_, in_force(house_));
        TRY(snoozed_, Snoozed::load(house_, now_));
        TRY(suppressions_, house_.constituency.suppressions());
        if (campaign_.id) {
            TRY(told_,
                house_.ledger.read([&](store::Transaction& tx) { return tables::owners_told(tx, campaign_.id); }));
        }
        maker_.emplace(house_, now_, house_.findings.watermark());
        matcher_.emplace(std::vector<Condition const*>{&when_}, people_);
        delivery_.lane = "campaign";
        delivery_.encryption = house_.settings.encryption;
        delivery_.approvals = campaign_.approvals;
        CHECK(count());
        for (auto next = counts_.begin(); next != counts_.end();) {
            std::map<std::int64_t, std::vector<Line>> chunk;
            std::int64_t lines = 0;
            while (next != counts_.end() &&
                   (chunk.empty() || lines + next->second <= static_cast<std::int64_t>(lines_at_once))) {
                chunk[next->first];
                lines += next->second;
                ++next;
            }
            CHECK(write_to(chunk));
        }
        if (!plan_.dry_run) CHECK(finish());
        return std::move(plan_);
    }

  private:
    bool is_meant(events::Finding const& finding) const {
        if (finding.organisation == 0 || finding.said == events::Saying::not_ours ||
            finding.said == events::Saying::false_positive || !matcher_->meets(0, finding, now_))
            return false;
        return suppressions_->empty() || !suppressions_->match({.address = finding.address.value_or(IpAddress{}),
                                                                .organisation = {finding.organisation},
                                                                .feed = finding.feed,
                                                                .identifier = finding.identifier,
                                                                .now = now_});
    }

    Status scan(std::function<void(events::Finding const&)> const& each) const {
        events::FindingFilter filter;
        filter.states = {events::FindingState::open};
        return house_.findings.scan(filter, [&](events::Finding const& finding) {
            if (is_meant(finding)) each(finding);
            return true;
        });
    }

    /// Who gets it, and how many findings go along.
    Status count() {
        CHECK(scan([&](events::Finding const& finding) { ++counts_[finding.organisation]; }));
        if (campaign_.everyone) {
            for (auto const& [id, facts] : people_->all()) {
                bool const is_in = (!when_.kinds.empty() || is_owner(facts)) &&
                                   meets_organisation(when_, id, &facts, *people_) &&
                                   (when_.countries.empty() ||
                                    std::ranges::find(when_.countries, facts.country) != when_.countries.end());
                if (is_in) counts_.try_emplace(id, 0);
            }
        }
        std::erase_if(counts_, [&](auto const& one) { return told_.contains(one.first); });
        return {};
    }

    Status write_to(std::map<std::int64_t, std::vector<Line>>& chunk) {
        CHECK(scan([&](events::Finding const& finding) {
            if (auto const of = chunk.find(finding.organisation); of != chunk.end())
                of->second.push_back(line_of(finding, false));
        }));
        std::vector<Outgoing> ready;
        for (auto& [id, lines] : chunk) {
            CHECK(make_ready(id, std::move(lines), ready));
            if (ready.size() >= messages_in_transaction) CHECK(store(ready));
        }
        return store(ready);
    }

    Status make_ready(std::int64_t id, std::vector<Line> lines, std::vector<Outgoing>& ready) {
        auto const* const facts = people_->find(id);
        auto const count = static_cast<std::int64_t>(lines.size());
        if (facts == nullptr) return left_out(id, count, "the organisation is not in the directory any more");
        auto const* const snooze = snoozed_.find(id, lines.empty() ? std::string_view() : lines.front().identifier);
        if (snooze != nullptr) return left_out(id, count, Snoozed::reason(*snooze));
        TRY(auto const contacts, house_.contacts_of({id}));
        if (contacts.groups.empty()) return left_out(id, count, contacts.reason);
        if (lines.empty() && contacts.recipient.value != id)
            return left_out(id, count, "no contact of its own, and no finding to pass on");
        auto const* const above = people_->find(contacts.recipient.value);
        sort_lines(lines);
        for (auto const& group : contacts.groups) {
            auto digest =
                maker_->digest({id}, facts->name, contacts.recipient, above == nullptr ? facts->name : above->name);
            digest.lines = lines;
            auto const notice = notice_of(group.language);
            auto made = maker_->make(std::move(digest), {.to = &group,
                                                         .delivery = &delivery_,
                                                         .notice = &notice,
                                                         .source = "campaign",
                                                         .rules = "campaign " + campaign_.name,
                                                         .version = rules_.version});
            if (!made) return left_out(id, count, made.error().message);
            ready.push_back(*std::move(made));
        }
        return {};
    }

    Notice notice_of(std::string_view language) const {
        if (!campaign_.identifier.empty()) {
            auto const note = note_for(campaign_.identifier, "", language);
            return {.subject = note.title, .greeting = {}, .text = note.text, .html = note.html};
        }
        auto const* chosen = &campaign_.texts.front();
        for (auto const& one : campaign_.texts)
            if (one.language == "en") chosen = &one;
        for (auto const& one : campaign_.texts)
            if (one.language == language) chosen = &one;
        auto const note = parse_note("# " + chosen->subject + "\n\n" + chosen->text);
        return {.subject = chosen->subject, .greeting = {}, .text = note.text, .html = note.html};
    }

    /// Messages, and that their owners have them: one transaction. An owner's messages stay together.
    Status store(std::vector<Outgoing>& ready) {
        if (!plan_.dry_run && !ready.empty()) {
            TRY(auto const done, house_.ledger.write([&](store::Transaction& tx) -> Result<bool> {
                for (auto& one : ready) {
                    CHECK(maker_->store(tx, by_, one));
                    CHECK(tables::tell_owner(tx, campaign_.id, one.item.organisation, one.item.language, one.item.id));
                }
                return true;
            }));
            (void)done;
        }
        for (auto& one : ready) {
            ++plan_.notifications;
            plan_.findings += one.item.findings;
            if (!plan_.dry_run) house_.changed(one.item.id);
            if (plan_.items.size() < most_listed) plan_.items.push_back(std::move(one.item));
        }
        ready.clear();
        return {};
    }

    Status finish() {
        return house_.ledger.write([&](store::Transaction& tx) -> Status {
            CHECK(tables::finish(tx, campaign_.id, house_.clock.now()));
            CHECK(access::audit(tx, by_, house_.clock.now(),
                                {.what = "campaign.made",
                                 .kind = "campaign",
                                 .id = std::to_string(campaign_.id.value),
                                 .details = fmt::format(R"({{"notifications":{}}})", plan_.notifications)}));
            return {};
        });
    }

    Status left_out(std::int64_t id, std::int64_t findings, std::string reason) {
        if (plan_.left_out.size() >= most_listed) return {};
        auto const* const facts = people_->find(id);
        plan_.left_out.push_back(
            {id, facts == nullptr ? fmt::format("#{}", id) : facts->name, findings, std::move(reason)});
        return {};
    }

    Notifications::Impl& house_;
    access::Principal const& by_;
    Campaign const& campaign_;
    Timestamp now_;
    Condition when_;
    std::shared_ptr<People const> people_;
    InForce rules_;
    Snoozed snoozed_;
    std::shared_ptr<constituency::SuppressionTable const> suppressions_;
    std::unordered_set<std::int64_t> told_;
    std::optional<Maker> maker_;
    std::optional<Matcher> matcher_;
    Delivery delivery_;
    std::map<std::int64_t, std::int64_t> counts_;
    Plan plan_;
};

Status check_texts(std::vector<CampaignText> const& texts) {
    std::set<std::string> languages;
    for (auto const& one : texts) {
        if (!constituency::is_language(one.language))
            return fail(Code::invalid,
                        fmt::format("texts: expected ar, zh, en, fr, ru or es, found \"{}\"", one.language));
        if (!languages.insert(one.language).second)
            return fail(Code::invalid, fmt::format("texts.{}: expected each language once", one.language));
        if (one.subject.empty() || one.subject.size() > 300 || one.subject.find_first_of("\r\n") != std::string::npos)
            return fail(Code::invalid,
                        fmt::format("texts.{}.subject: expected one line of 1 to 300 bytes", one.language));
        if (one.text.empty() || one.text.size() > most_text_bytes || !is_utf8(one.text) || !is_utf8(one.subject))
            return fail(Code::invalid,
                        fmt::format("texts.{}.text: expected 1 to {} bytes of text", one.language, most_text_bytes));
    }
    return {};
}

Status check(CampaignDraft const& draft) {
    if (draft.name.empty() || draft.name.size() > 200 || !is_utf8(draft.name))
        return fail(Code::invalid, "name: expected 1 to 200 bytes");
    TRY(auto const when, parse_condition(draft.when));
    if (when.is_empty() && !draft.everyone)
        return fail(Code::invalid, "when: expected a condition, or everyone: a campaign says whom it is for");
    if (draft.approvals && (*draft.approvals < 0 || *draft.approvals > 2))
        return fail(Code::invalid, "approval: expected none, one or two");
    if (draft.identifier.empty() == draft.texts.empty())
        return fail(Code::invalid,
                    "texts: expected texts by language, or an identifier whose remediation note is sent");
    if (!draft.identifier.empty() && note_for(draft.identifier, "", "en").title == note_for("", "", "en").title)
        return fail(Code::invalid, fmt::format("identifier: expected one that has a remediation note, found \"{}\"",
                                               draft.identifier));
    return check_texts(draft.texts);
}

}  // namespace

Result<std::int64_t> finish_campaigns(Notifications::Impl& house) {
    TRY(auto const left, house.ledger.read([](store::Transaction& tx) { return tables::unfinished(tx); }));
    std::int64_t made = 0;
    for (auto const id : left) {
        TRY(auto const campaign, house.ledger.read([&](store::Transaction& tx) { return tables::campaign(tx, id); }));
        auto const by = access::server_principal();
        TRY(auto const plan, Campaigning(house, by, campaign, false).run());
        made += plan.notifications;
    }
    return made;
}

}  // namespace rules

Result<CampaignMade> Rules::make(access::Principal const& by, CampaignDraft const& draft) {
    CHECK(rules::check(draft));
    std::scoped_lock const lock(house_.plan_mutex);
    Campaign campaign{.id = {},
                      .name = draft.name,
                      .who = by.who,
                      .when = draft.when,
                      .identifier = draft.identifier,
                      .everyone = draft.everyone,
                      .approvals = draft.approvals.value_or(house_.settings.hold ? 1 : 0),
                      .created = house_.clock.now(),
                      .finished = {},
                      .texts = draft.texts};
    if (!draft.dry_run) {
        auto const id = house_.ledger.write([&](store::Transaction& tx) -> Result<CampaignId> {
            TRY(auto const made, rules::tables::insert(tx, campaign));
            JsonWriter json;
            json.object().field("name", draft.name).field("when", draft.when).field("everyone", draft.everyone).end();
            CHECK(access::audit(tx, by, campaign.created,
                                {.what = "campaign.make",
                                 .kind = "campaign",
                                 .id = std::to_string(made.value),
                                 .details = std::move(json).text()}));
            return made;
        });
        if (!id && id.error().code == Code::conflict)
            return fail(Code::conflict, fmt::format("name: there is a campaign \"{}\" already; nobody gets it twice. "
                                                    "Give another one another name",
                                                    draft.name));
        TRY(campaign.id, id);
    }
    TRY(auto plan, rules::Campaigning(house_, by, campaign, draft.dry_run).run());
    if (!draft.dry_run && plan.notifications > 0) house_.sender->wake();
    return CampaignMade{campaign.id, std::move(plan)};
}

Result<std::vector<Campaign>> Rules::campaigns(std::size_t limit) {
    limit = std::clamp<std::size_t>(limit, 1, 1000);
    return house_.ledger.read([&](store::Transaction& tx) { return rules::tables::campaigns(tx, limit); });
}

Result<Campaign> Rules::campaign(CampaignId id) {
    return house_.ledger.read([&](store::Transaction& tx) { return rules::tables::campaign(tx, id); });
}

}  // namespace tocsin::notifications
