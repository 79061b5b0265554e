#include "api/due.hpp"

#include "notifications/inbox.hpp"

#include <algorithm>
#include <utility>

namespace tocsin::api {

namespace {

constexpr std::size_t most_of_a_kind = 20;
constexpr std::size_t most_due = 100;
constexpr auto time_to_find_a_contact = std::chrono::hours(24);
constexpr auto time_to_read = std::chrono::hours(24);
constexpr auto time_to_forget = std::chrono::hours(48);

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
    add_feeds(health, all);
    CHECK(add_retention(call, all));
    CHECK(add_readiness(call, all));
    std::ranges::sort(all, std::ranges::less(), &DueThing::at);
    if (all.size() > most_due) all.resize(most_due);
    return all;
}

}  // namespace tocsin::api
