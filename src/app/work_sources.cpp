#include "app/work_sources.hpp"

#include "events/events.hpp"
#include "intelligence/intelligence.hpp"
#include "notifications/notifications.hpp"

#include <algorithm>

namespace tocsin::app {
namespace {

using access::Principal;
using Count = readiness::Staffing::Count;

/// For how many of those days there are records: since the first entry of the audit log.
Result<std::int64_t> days_known(Instance& instance, std::int64_t days) {
    auto const now = instance.clock().now();
    TRY(auto const before, instance.ledger().read([&](store::Transaction& tx) {
        return access::audit_entries(tx, {.until = now - std::chrono::days(days), .limit = 1});
    }));
    if (!before.empty()) return days;
    TRY(auto const first, instance.ledger().read([](store::Transaction& tx) {
        return access::audit_entries(tx, {.before = 2, .limit = 1});
    }));
    if (first.empty()) return 0;
    return std::clamp<std::int64_t>((now - first.front().at).count() / 86'400'000'000 + 1, 1, days);
}

Timestamp since(Instance& instance, std::int64_t days) {
    return instance.clock().now() - std::chrono::days(days);
}

Result<std::int64_t> warnings(Instance& instance, Principal const&, std::int64_t days) {
    TRY(auto* const room, instance.notifications());
    return room->count({.from = since(instance, days)});
}

Result<std::int64_t> answers(Instance& instance, Principal const&, std::int64_t days) {
    TRY(auto* const room, instance.notifications());
    return room->count({.answered = true, .from = since(instance, days)});
}

/// Those that wait for a person now: how many were decided is not kept by day.
Result<std::int64_t> matches(Instance& instance, Principal const& by, std::int64_t) {
    TRY(auto* const known, instance.intelligence());
    return known->count_matches({.state = intelligence::MatchState::held}, gate::Recipient::team(by));
}

/// Reports with rows that could not be read.
Result<std::int64_t> rejected(Instance& instance, Principal const& by, std::int64_t days) {
    TRY(auto* const events, instance.events());
    auto const scope = instance.gate().scope<events::StoredEvent>(gate::Recipient::team(by));
    auto const from = since(instance, days);
    std::int64_t count = 0;
    std::string after, next;
    do {
        TRY(auto const page, events->reports(scope, "", std::nullopt, {.after = after, .limit = 1000}, next));
        for (auto const& report : page) {
            if (report.received < from) return count;
            if (report.rejected > 0) ++count;
        }
        after = next;
    } while (!next.empty());
    return count;
}

/// Acts of that name in the audit log.
Result<std::int64_t> acts(Instance& instance, std::string_view what, std::int64_t days) {
    std::int64_t count = 0, before = 0;
    for (;;) {
        TRY(auto const entries, instance.ledger().read([&](store::Transaction& tx) {
            return access::audit_entries(
                tx, {.what = std::string(what), .from = since(instance, days), .before = before, .limit = 1000});
        }));
        count += std::ssize(entries);
        if (entries.size() < 1000) return count;
        before = entries.back().number;
    }
}

Result<std::int64_t> proposals(Instance& instance, Principal const&, std::int64_t days) {
    return acts(instance, "proposal.add", days);
}
Result<std::int64_t> recalls(Instance& instance, Principal const&, std::int64_t days) {
    return acts(instance, "recall.add", days);
}

}  // namespace

void provide_work(Instance& instance, readiness::Staffing& staffing) {
    using Source = Result<std::int64_t> (*)(Instance&, Principal const&, std::int64_t);
    constexpr std::pair<std::string_view, Source> sources[] = {{"warnings", warnings},   {"answers", answers},
                                                               {"matches", matches},     {"rejected", rejected},
                                                               {"proposals", proposals}, {"recalls", recalls}};
    for (auto const& [kind, source] : sources)
        staffing.provide(kind, [&instance, ask = source](Principal const& by, std::int64_t days) -> Result<Count> {
            TRY(auto const known, days_known(instance, days));
            TRY(auto const counted, ask(instance, by, days));
            return Count{.counted = counted, .days = known};
        });
}

}  // namespace tocsin::app
