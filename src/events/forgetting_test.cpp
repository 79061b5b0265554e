#include "events/test_house.hpp"

#include <algorithm>
#include <map>

namespace tocsin::events {
namespace {

class ForgettingTest : public EngineTest {
  protected:
    /// One event an hour of each of those days of November, each on an address of its own day.
    void ingest_days(int from, int to) {
        for (int day = from; day <= to; ++day) {
            std::vector<std::string> lines;
            for (int hour = 0; hour < 24; ++hour)
                lines.push_back(
                    line(fmt::format("192.0.2.{}", day), fmt::format("2026-11-{:02}T{:02}:00:00Z", day, hour)));
            ingest(report(fmt::format("{}.jsonl", day), lines));
        }
    }
    std::vector<std::string> times() {
        std::vector<std::string> found;
        EXPECT_TRUE(events->scan(everything, EventFilter(), [&](std::span<StoredEvent const> some) {
            for (auto const& one : some) found.push_back(format_timestamp(one.time));
            return true;
        }));
        std::ranges::sort(found);
        return found;
    }
    /// Counts by day, as the screens ask for them, must be those of the events themselves.
    void expect_aggregates_agree() {
        std::map<std::string, std::int64_t> by_day;
        for (auto const& time : times()) ++by_day[time.substr(0, 10)];
        for (std::string const by : {"", "type", "country", "feed"}) {
            auto const counted =
                events->aggregate(everything, EventFilter(),
                                  {.by = by.empty() ? std::vector<std::string>() : std::vector{by}, .bucket = "day"});
            ASSERT_TRUE(counted) << counted.error().message;
            std::map<std::string, std::int64_t> told;
            for (auto const& group : counted->groups) told[group.key.front().substr(0, 10)] += group.count;
            EXPECT_EQ(told, by_day) << "by " << by;
        }
        EXPECT_EQ(events->count(everything, EventFilter()).value(), static_cast<std::int64_t>(times().size()));
    }
    std::vector<access::AuditEntry> audited() {
        return ledger
            ->read([](store::Transaction& tx) { return access::audit_entries(tx, {.what = "event", .limit = 100}); })
            .value();
    }
    static Timestamp day(int number) { return parse_timestamp(fmt::format("2026-11-{:02}", number)).value(); }
    std::size_t key_files() const {
        std::size_t count = 0;
        for (auto const& file : std::filesystem::directory_iterator(folder / "runs"))
            count += file.path().filename().string().starts_with("keys-") ? 1 : 0;
        return count;
    }

    access::Principal const me = access::command_principal();
};

TEST_F(ForgettingTest, RemovesWhatIsFromBeforeADayAndNothingElse) {
    ingest_days(10, 13);
    ingest(report("bad.jsonl", {"{no json"}));
    auto const before = parse_timestamp("2026-11-12T05:00:00Z").value();
    auto const plan = events->would_forget(before);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->before, day(12));
    EXPECT_EQ(plan->events, 48);
    EXPECT_EQ(plan->rejected, 0);  // it came on the 23rd
    EXPECT_EQ(times().size(), 96U);
    auto const done = events->forget_before(me, before);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->events, 48);
    EXPECT_TRUE(done->finished);
    EXPECT_EQ(times().front(), "2026-11-12T00:00:00Z");
    EXPECT_EQ(times().size(), 48U);
    EXPECT_EQ(events->oldest(everything).value(), day(12));
    expect_aggregates_agree();
    EXPECT_EQ(all_findings().size(), 4U);  // the record of the work stays
    EXPECT_EQ(events->report(everything, 1)->events, 24);
    EXPECT_TRUE(events->check()->empty());
    reopen();
    EXPECT_EQ(times().size(), 48U);
    expect_aggregates_agree();
    auto const again = ingest(folder / "10.jsonl");
    EXPECT_EQ(again.events, 0);
    EXPECT_EQ(again.redelivered, 1);
    auto const entries = audited();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].what, "event.forgotten");
    EXPECT_NE(entries[0].details.find("\"events\":48"), std::string::npos);
    EXPECT_EQ(entries[1].what, "event.forget");
}

TEST_F(ForgettingTest, RejectedRowsGoByTheTimeTheyCame) {
    ingest(report("bad.jsonl", {"{no json", "{nor this"}));
    clock.set(parse_timestamp("2026-12-24T10:00:00Z").value());
    ingest(report("worse.jsonl", {"{nor that"}));
    EXPECT_EQ(events->would_forget(clock.now())->rejected, 2);
    EXPECT_EQ(events->forget_before(me, clock.now())->rejected, 2);
    std::string next;
    auto const left = events->rejected(everything, "", std::nullopt, {}, next);
    ASSERT_EQ(left->size(), 1U);
    EXPECT_EQ(left->front().raw, "{nor that");
}

TEST_F(ForgettingTest, TheFutureIsNotForgotten) {
    auto const done = events->forget_before(me, clock.now() + std::chrono::hours(48));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::invalid);
    EXPECT_TRUE(events->forgettings()->empty());
}

TEST_F(ForgettingTest, KeysOfForgottenDaysGoAndThoseWithinAWindowStay) {
    for (int number = 10; number <= 12; ++number) {
        std::vector<std::string> lines;
        for (int i = 0; i < 9000; ++i)
            lines.push_back(line(fmt::format("10.{}.{}.{}", number, i / 250, i % 250),
                                 fmt::format("2026-11-{:02}T01:00:00Z", number)));
        ingest(report(fmt::format("{}.jsonl", number), lines));
    }
    EXPECT_EQ(key_files(), 3U);
    ASSERT_TRUE(events->forget_before(me, day(12)));
    EXPECT_EQ(key_files(), 2U);  // the 11th may still be within the window of the 12th
    reopen();
    EXPECT_EQ(events->count(everything, EventFilter()).value(), 9000);
    EXPECT_TRUE(events->check()->empty());
    // a row of a day that is left is still known, one of a forgotten day is new
    auto const old_and_new = ingest(
        report("again.jsonl", {line("10.10.0.1", "2026-11-10T01:00:00Z"), line("10.12.0.1", "2026-11-12T01:00:00Z")}));
    EXPECT_EQ(old_and_new.events, 1);
    EXPECT_EQ(old_and_new.duplicates, 1);
}

TEST_F(ForgettingTest, WhatWasInterruptedIsFinishedByTheNextProcess) {
    forget_rows = 24;
    reopen();
    ingest_days(10, 15);
    int asked = 0;
    auto const stopped = events->forget_before(me, day(15), [&] { return ++asked > 3; });
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, Code::unavailable);
    EXPECT_EQ(times().size(), 72U);  // three steps of a day each
    expect_aggregates_agree();
    reopen();
    ASSERT_FALSE(events->forgettings()->front().finished);
    EXPECT_EQ(events->forgettings()->front().events, 72);
    ASSERT_TRUE(events->finish_forgetting());
    EXPECT_EQ(times().size(), 24U);
    EXPECT_TRUE(events->forgettings()->front().finished);
    EXPECT_EQ(events->forgettings()->front().events, 120);
    expect_aggregates_agree();
    ASSERT_TRUE(events->finish_forgetting());  // nothing is left to do
    EXPECT_EQ(audited().size(), 2U);
}

TEST_F(ForgettingTest, NewEventsComeInBetweenTheSteps) {
    forget_rows = 24;
    reopen();
    ingest_days(10, 14);
    bool once = false;
    auto const done = events->forget_before(me, day(15), [&] {
        if (!std::exchange(once, true)) ingest_days(16, 16);
        return false;
    });
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->events, 120);
    EXPECT_EQ(times().size(), 24U);
    EXPECT_EQ(times().front(), "2026-11-16T00:00:00Z");
    expect_aggregates_agree();
}

}  // namespace
}  // namespace tocsin::events
