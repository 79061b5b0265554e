#include "api/due.hpp"

#include "constituency/claims.hpp"
#include "constituency/notice_settings.hpp"
#include "notifications/inbox.hpp"
#include "notifications/key_watch.hpp"

#include <algorithm>
#include <utility>

namespace tocsin::api {

namespace {

constexpr std::size_t most_of_a_kind = 20;
constexpr std::size_t most_due = 100;
constexpr auto time_to_find_a_contact = std::chrono::hours(24);
constexpr auto time_to_read = std::chrono::hours(24);
constexpr auto time_to_forget = std::chrono::hours(48);
constexpr auto time_to_decide = std::chrono::days(3);  // a claim of somebody who waits for it
constexpr auto keys_ending_within = std::chrono::days(30);
constexpr auto checks_within = std::chrono::days(14);        // of contacts
constexpr auto checks_overdue_for = std::chrono::days(366);  // older ones are nobody's work any more

Status add_warnings(Call const& call, std::vector<DueThing>& all) {
    TRY(auto const due, call.doors().notifications->due(most_of_a_kind));
    for (auto const& one : due)
        all.push_back({notifications::name_of(one.what), "notification", std::to_string(one.id.value), one.subject,
                       one.findings, one.at});
    return {};
}

/// What owners wrote is read within a day. Only for those who may read it.
Status add_mails(Call const& call, std::vector<DueThing>& all) {
    auto* const inbox = call.doors().inbox;
    if (inbox == nullptr || !call.caller.may(access::Role::analyst)) return {};
    TRY(auto const page, inbox->list({.waits = true}, most_of_a_kind));
    for (auto const& mail : page.items)
        all.push_back({"mail",
                       "mail",
                       std::to_string(mail.id.value),
                       mail.subject.empty() ? mail.sender : mail.subject,
                       {},
                       mail.taken + time_to_read});
    return {};
}

/// What an owner claims is decided within three days.
Status add_claims(Call const& call, std::vector<DueThing>& all) {
    if (!call.caller.may(access::Role::analyst)) return {};
    constituency::Claims claims(call.doors().constituency->directory());
    constituency::ClaimQuery query{.organisation = {}, .state = constituency::ClaimState::open, .limit = 1000};
    TRY(auto open, claims.claims(query));
    std::ranges::reverse(open);  // the oldest first
    if (open.size() > most_of_a_kind) open.resize(most_of_a_kind);
    for (auto const& claim : open)
        all.push_back({"claim",
                       "resource_claim",
                       std::to_string(claim.id.value),
                       fmt::format("{} ({})", claim.value, claim.organisation_name),
                       {},
                       claim.created + time_to_decide});
    return {};
}

/// Owners who say that a finding is not theirs, or no fault: somebody rules on it within a day.
Status add_answers(Call const& call, Situation const& situation, Names const& names, std::vector<DueThing>& all) {
    if (!call.caller.may(access::Role::analyst)) return {};
    std::size_t count = 0;
    for (auto const& [organisation, disputed] : situation.disputed_of) {
        if (++count > most_of_a_kind) break;
        TRY(auto const said, call.doors().events->statements(scope_of(call), disputed.example));
        auto at = call.now();
        for (auto const& one : said)
            if (!one.by_team) at = one.at;
        all.push_back({"answer", "page",
                       fmt::format("/findings?state=open&said=not_ours,false_positive&organisation={}", organisation),
                       names.organisation(organisation), disputed.count, at + time_to_read});
    }
    return {};
}

/// Contacts that nobody has confirmed: those whose time is over are not written to any more.
Status add_checks(Call const& call, std::vector<DueThing>& all) {
    if (!call.caller.may(access::Role::analyst)) return {};
    TRY(auto const contacts, constituency::contacts_to_check(*call.doors().ledger, call.now() - checks_overdue_for,
                                                             call.now() + checks_within, most_of_a_kind));
    for (auto const& one : contacts)
        all.push_back({"contact_check",
                       "organisation",
                       std::to_string(one.organisation.value),
                       fmt::format("{} ({})", one.email.empty() ? one.name : one.email, one.organisation_name),
                       {},
                       one.expires});
    return {};
}

/// Keys for mail that end within a month, or have ended: what is encrypted to them is not read, or does not leave.
void add_keys(Call const& call, std::vector<DueThing>& all) {
    auto const* const watch = call.doors().key_watch;
    if (watch == nullptr || !call.caller.may(access::Role::analyst)) return;
    std::size_t count = 0;
    for (auto const& one : watch->ending(keys_ending_within)) {
        if (++count > most_of_a_kind) break;
        bool const is_ours = !one.contact;
        all.push_back({is_ours ? "own_key" : "contact_key", is_ours ? "setting" : "organisation",
                       is_ours ? "mail.keys" : std::to_string(one.organisation.value),
                       is_ours ? fmt::format("{} {}", net::name_of(one.kind), one.fingerprint)
                               : fmt::format("{} ({})", one.email, one.organisation_name),
                       std::nullopt, one.at});
    }
}

void add_feeds(std::vector<events::FeedHealth> const& health, std::vector<DueThing>& all) {
    for (auto const& feed : health) {
        if (feed.condition != events::FeedCondition::quiet && feed.condition != events::FeedCondition::late) continue;
        if (auto const expected = feed.expected())
            all.push_back({"quiet_feed", "feed", feed.feed, feed.feed, std::nullopt, *expected});
    }
}

/// Old events that should be gone: the server removes them by itself; two days late, something hinders it.
Status add_retention(Call const& call, std::vector<DueThing>& all) {
    auto const days = call.doors().keep_days;
    if (days == 0) return {};
    TRY(auto const oldest, call.doors().events->oldest(scope_of(call)));
    if (!oldest) return {};
    auto const at = *oldest + std::chrono::days(days) + time_to_forget;
    if (at < call.now()) all.push_back({"retention", "setting", "archive.keep_days", format_date(*oldest), {}, at});
    return {};
}

/// Who did not answer a test in time, and assessments that are to be looked through again: within a week, or overdue.
Status add_readiness(Call const& call, std::vector<DueThing>& all) {
    auto* const readiness = call.doors().readiness;
    if (readiness == nullptr || !call.caller.may(access::Role::analyst)) return {};
    TRY(auto const silent, readiness->reachability.unanswered(most_of_a_kind));
    for (auto const& test : silent)
        all.push_back({"unreached", "reachability", std::to_string(test.target.value), test.name, {}, test.deadline});
    TRY(auto const schedules, readiness->evaluations.schedules());
    std::size_t count = 0;
    for (auto const& one : schedules) {
        if (one.next > call.now() + std::chrono::days(7) || ++count > most_of_a_kind) break;
        all.push_back({"evaluation",
                       "assessment",
                       std::to_string(one.assessment.value),
                       fmt::format("{} ({})", one.title, readiness::name_of(one.kind)),
                       {},
                       one.next});
    }
    return {};
}

}  // namespace

Result<std::vector<DueThing>> Unreachable::get(Call const& call, std::shared_ptr<Situation const> const& situation,
                                               Names const& names) {
    auto& directory = call.doors().constituency->directory();
    std::lock_guard const lock(mutex_);
    auto const generation = directory.generation();
    if (std::exchange(generation_, generation) != generation) kept_.clear();
    if (auto const known = std::ranges::find(kept_, situation, &Kept::situation); known != kept_.end())
        return known->due;
    std::vector<DueThing> found;
    for (auto const& [id, open] : situation->open_of) {
        if (id == 0) continue;
        auto const recipients = directory.recipients_for(constituency::OrganisationId{id});
        if (!recipients && recipients.error().code == Code::not_found) continue;  // it was removed
        if (!recipients) return std::unexpected(recipients.error());
        if (recipients->contacts.empty())
            found.push_back({"no_contact", "organisation", std::to_string(id), names.organisation(id), open.count,
                             open.since + time_to_find_a_contact});
    }
    std::ranges::sort(found, std::ranges::greater(), &DueThing::count);
    if (found.size() > most_of_a_kind) found.resize(most_of_a_kind);
    if (kept_.size() == most_kept) kept_.erase(kept_.begin());
    kept_.push_back({situation, found});
    return found;
}

Result<std::vector<DueThing>> all_due(Call const& call, Unreachable& unreachable,
                                      std::shared_ptr<Situation const> const& situation,
                                      std::vector<events::FeedHealth> const& health, Names const& names) {
    TRY(auto all, unreachable.get(call, situation, names));
    CHECK(add_warnings(call, all));
    CHECK(add_mails(call, all));
    CHECK(add_answers(call, *situation, names, all));
    CHECK(add_claims(call, all));
    CHECK(add_checks(call, all));
    add_keys(call, all);
    add_feeds(health, all);
    CHECK(add_retention(call, all));
    CHECK(add_readiness(call, all));
    std::ranges::sort(all, std::ranges::less(), &DueThing::at);
    if (all.size() > most_due) all.resize(most_due);
    return all;
}

}  // namespace tocsin::api
