#include "events/events_store.hpp"
#include "events/within.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::events::store_sql {
namespace {

std::string only_rows(std::vector<std::int64_t> const& rows) {
    return rows.empty() ? std::string() : fmt::format(" AND j.id IN ({})", fmt::join(rows, ","));
}

std::int64_t median(std::vector<std::int64_t> numbers) {
    if (numbers.empty()) return 0;
    auto const middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
    std::nth_element(numbers.begin(), middle, numbers.end());
    return *middle;
}

/// Ten times more than the reports before it. `volumes`: the newest first; no habit is learnt from fewer than three.
bool is_flood(std::vector<std::int64_t> const& volumes) {
    constexpr std::size_t least_habit = 3;
    constexpr std::int64_t least_flood = 50;  // fewer events are no flood, whatever is usual
    if (volumes.size() <= least_habit || volumes.front() < least_flood) return false;
    return volumes.front() >= 10 * median({volumes.begin() + 1, volumes.end()});
}

/// What the last reports of a feed say about its habits.
Status add_habits(store::Transaction& ledger, Scope const& scope, FeedHealth& health, Timestamp now) {
    std::vector<std::int64_t> intervals;
    std::vector<std::int64_t> volumes;
    std::optional<std::int64_t> later;
    bool last_failed = false;
    CHECK(
        ledger.query("SELECT received, events + duplicates, state, newest FROM events_report WHERE feed = ? AND "
                     "state != ?" +
                         reports_within(scope, "events_report") + " ORDER BY received DESC, id DESC LIMIT 60",
                     {health.feed, ReportState::redelivered}, [&](store::Row const& row) {
                         auto const received = row.integer(0);
                         if (!health.last_report) {
                             health.last_report = Timestamp{received};
                             last_failed = row.integer(2) == static_cast<int>(ReportState::failed);
                             if (!row.is_null(3) && row.integer(3) > 0)
                                 health.delay = std::chrono::seconds((received - row.integer(3)) / 1'000'000);
                         }
                         if (later && *later - received > 60'000'000)  // reports of one batch count as one
                             intervals.push_back((*later - received) / 1'000'000);
                         later = received;
                         volumes.push_back(row.integer(1));
                     }));
    health.usual_events = median(volumes);
    if (!intervals.empty()) health.usual_interval = std::chrono::seconds(median(intervals));
    if (!health.last_report) return {};
    health.condition = is_flood(volumes) ? FeedCondition::flood : FeedCondition::good;
    if (last_failed) {
        health.condition = FeedCondition::failing;
    } else if (health.usual_interval) {
        auto const since = now - *health.last_report;
        if (since > *health.usual_interval * 4) {
            health.condition = FeedCondition::quiet;
        } else if (since > *health.usual_interval * 3 / 2) {
            health.condition = FeedCondition::late;
        }
    }
    return {};
}

}  // namespace

Result<std::vector<StoredRejectedRow>> rejected(store::Transaction& ledger, Scope const& scope, std::string_view feed,
                                                std::optional<std::int64_t> report, PageRequest const& page,
                                                std::string& next) {
    std::vector<StoredRejectedRow> found;
    auto const before = page.after.empty() ? std::optional(std::int64_t{1} << 62) : parse_int(page.after);
    if (!before) return fail(Code::invalid, "the cursor is not one of ours; start again from the first page");
    auto const limit = std::clamp<std::size_t>(page.limit, 1, 1000);
    CHECK(ledger.query(
        "SELECT j.id, r.feed, j.report, r.name, j.record, j.field, j.reason, j.raw, j.at, j.state FROM "
        "events_rejected j JOIN events_report r ON r.id = j.report WHERE j.id < ? AND (? = '' OR r.feed "
        "= ?) AND (? = 0 OR j.report = ?)" +
            reports_within(scope, "r") + " ORDER BY j.id DESC LIMIT ?",
        {*before, feed, feed, report.value_or(0), report.value_or(0), limit + 1}, [&](store::Row const& row) {
            found.push_back({row.integer(0), row.string(1), row.integer(2), row.string(3), row.integer(4),
                             row.string(5), row.string(6), row.string(7), row.time(8), row.string(9)});
        }));
    next.clear();
    if (found.size() > limit) {
        found.pop_back();
        next = std::to_string(found.back().id);
    }
    return found;
}

Result<std::vector<std::pair<std::string, std::int64_t>>> rejected_reasons(store::Transaction& ledger,
                                                                           Scope const& scope, std::string_view feed) {
    std::vector<std::pair<std::string, std::int64_t>> found;
    CHECK(
        ledger.query("SELECT j.field || CASE WHEN j.field = '' THEN '' ELSE ': ' END || j.reason, count(*) AS n FROM "
                     "events_rejected j JOIN events_report r ON r.id = j.report WHERE j.state = 'kept' AND (? = '' OR "
                     "r.feed = ?)" +
                         reports_within(scope, "r") + " GROUP BY 1 ORDER BY n DESC, 1 LIMIT 50",
                     {feed, feed}, [&](store::Row const& row) { found.emplace_back(row.string(0), row.integer(1)); }));
    return found;
}

Result<std::vector<KeptRow>> kept_rows(store::Transaction& ledger, std::int64_t report, std::int64_t after,
                                       std::vector<std::int64_t> const& only, std::size_t limit) {
    std::vector<KeptRow> found;
    CHECK(ledger.query(
        "SELECT j.id, j.report, j.record, j.header, j.raw FROM events_rejected j WHERE j.report = ? AND "
        "j.state = 'kept' AND j.id > ?" +
            only_rows(only) + " ORDER BY j.id LIMIT ?",
        {report, after, limit}, [&](store::Row const& row) {
            found.push_back({row.integer(0), row.integer(1), row.integer(2), row.string(3), row.string(4)});
        }));
    return found;
}

Result<std::vector<std::int64_t>> reports_with_kept_rows(store::Transaction& ledger, std::string_view feed,
                                                         std::optional<std::int64_t> report) {
    std::vector<std::int64_t> found;
    CHECK(
        ledger.query("SELECT DISTINCT j.report FROM events_rejected j JOIN events_report r ON r.id = j.report WHERE "
                     "j.state = 'kept' AND (? = '' OR r.feed = ?) AND (? = 0 OR j.report = ?) ORDER BY 1",
                     {feed, feed, report.value_or(0), report.value_or(0)},
                     [&](store::Row const& row) { found.push_back(row.integer(0)); }));
    return found;
}

Result<std::int64_t> discard(store::Transaction& ledger, std::string_view feed, std::optional<std::int64_t> report,
                             std::vector<std::int64_t> const& rows) {
    return ledger.run(
        "UPDATE events_rejected AS j SET state = 'discarded' WHERE state = 'kept' AND report IN (SELECT id "
        "FROM events_report WHERE ? = '' OR feed = ?) AND (? = 0 OR report = ?)" +
            only_rows(rows),
        {feed, feed, report.value_or(0), report.value_or(0)});
}

Result<std::vector<FeedHealth>> feed_health(store::Transaction& ledger, Scope const& scope, std::string_view feed,
                                            Timestamp now) {
    auto const within = reports_within(scope, "r");
    std::vector<FeedHealth> all;
    CHECK(ledger.query(
        "SELECT feed, count(*), sum(events), sum(duplicates), sum(rejected) FROM events_report r WHERE state "
        "!= ? AND (? = '' OR feed = ?)" +
            within + " GROUP BY feed ORDER BY feed",
        {ReportState::redelivered, feed, feed}, [&](store::Row const& row) {
            FeedHealth health;
            health.feed = row.string(0);
            health.reports = row.integer(1);
            health.events = row.integer(2);
            health.duplicates = row.integer(3);
            health.rejected = row.integer(4);
            all.push_back(std::move(health));
        }));
    CHECK(
        ledger.query("SELECT r.feed, count(*) FROM events_rejected j JOIN events_report r ON r.id = j.report WHERE "
                     "j.state = 'kept' AND (? = '' OR r.feed = ?)" +
                         within + " GROUP BY r.feed",
                     {feed, feed}, [&](store::Row const& row) {
                         auto const of = std::ranges::find(all, row.text(0), &FeedHealth::feed);
                         if (of != all.end()) of->kept = row.integer(1);
                     }));
    auto const today = now.day();
    for (auto& health : all) {
        CHECK(add_habits(ledger, scope, health, now));
        for (int back = 13; back >= 0; --back) health.volume.emplace_back(Timestamp::from_day(today - back), 0);
        constexpr std::int64_t day = 86'400'000'000;
        CHECK(ledger.query("SELECT received / ?, sum(events) FROM events_report r WHERE feed = ? AND received >= ?" +
                               within + " GROUP BY 1",
                           {day, health.feed, Timestamp::from_day(today - 13)}, [&](store::Row const& row) {
                               auto const place = row.integer(0) - (today - 13);
                               if (place >= 0 && place < 14)
                                   health.volume[static_cast<std::size_t>(place)].second = row.integer(1);
                           }));
    }
    return all;
}

}  // namespace tocsin::events::store_sql
