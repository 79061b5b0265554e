#include "events/source_fetcher.hpp"
#include "events/source_health.hpp"
#include "events/test_house.hpp"
#include "net/kafka_test_cluster.hpp"

#include <gmock/gmock.h>

namespace tocsin::events {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

/// What a broker gives, and what came of it.
class Streaming : public EngineTest {
  protected:
    Streaming() {
        std::filesystem::create_directories(folder);
        directory.emplace(store::DataDirectory::open(folder).value());
        secrets.emplace(access::Secrets::open(*directory).value());
        sources = std::make_unique<Sources>(*ledger, *secrets, clock);
        catalogue = std::make_shared<FeedCatalogue const>(FeedCatalogue::open().value());
        FetcherDoors doors{.sources = sources.get(), .directory = folder, .clock = &clock};
        doors.accept = [this](auto const& read, std::string_view name, std::string_view feed) -> Result<Report> {
            TRY(auto report, events->accept(read, name, feed, ReportOrigin::source));
            ++accepted;
            if (fails_after) return fail(Code::io, "as if it were killed here");
            return report;
        };
        doors.feed = [this](std::string_view feed) { return catalogue->find(feed); };
        fetcher = std::make_unique<Fetcher>(std::move(doors));
    }
    Source add(std::string const& feed = "generic/idf", std::int64_t most_bytes = 1000) {
        Source draft{.name = "bus",
                     .kind = SourceKind::kafka,
                     .feed = feed,
                     .address = "kafka://" + cluster.address(),
                     .allows_private = true,
                     .most_bytes = most_bytes,
                     .queue = "events"};
        EXPECT_TRUE(complete_source(draft, false, *catalogue));
        auto made = sources->add(draft, "", access::command_principal());
        EXPECT_TRUE(made) << made.error().message;
        return *made;
    }
    std::int64_t count() {
        EXPECT_TRUE(events->process_pending([] { return false; }));
        return std::ssize(all_findings());
    }

    net::KafkaCluster cluster;
    std::optional<store::DataDirectory> directory;
    std::optional<access::Secrets> secrets;
    std::shared_ptr<FeedCatalogue const> catalogue;
    std::unique_ptr<Sources> sources;
    std::unique_ptr<Fetcher> fetcher;
    int accepted = 0;
    bool fails_after = false;
};

TEST_F(Streaming, MessagesBecomeOneReportAndAreTakenOnce) {
    // Of one partition: a look ends soon after the last message, and a busy broker's second one may come later than
    // that.
    for (int i = 0; i < 5; ++i) cluster.put(line("192.0.2." + std::to_string(i), "2026-11-20T00:00:00Z"), 0);
    auto const source = add();
    auto const dry = fetcher->run(source, {.is_dry = true});
    ASSERT_TRUE(dry) << dry.error().message;
    EXPECT_EQ(dry->items.size(), 5U);
    EXPECT_EQ(fetcher->run(source, {}).value().taken, 1);
    EXPECT_EQ(fetcher->run(source, {}).value().items.size(), 0U);
    EXPECT_EQ(count(), 5);
    auto const health = health_of(*sources, source, clock.now()).value();
    EXPECT_EQ(health.condition, SourceCondition::good);
    EXPECT_EQ(health.course.taken, 1);
}

TEST_F(Streaming, WhatComesAgainAfterAKillIsKnownAlthoughItComesInAnotherCompany) {
    for (int i = 0; i < 4; ++i) cluster.put(line("192.0.2." + std::to_string(i), "2026-11-20T00:00:00Z"), 0);
    auto const source = add();
    fails_after = true;
    EXPECT_FALSE(fetcher->run(source, {}));
    fails_after = false;
    cluster.put(line("192.0.2.9", "2026-11-20T00:00:00Z"), 0);
    auto const again = fetcher->run(source, {});
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(accepted, 2);
    auto const items = sources->items(source.id, 10).value();
    ASSERT_EQ(items.size(), 2U);  // the report of before is told of, too
    EXPECT_EQ(count(), 5);
    std::int64_t events_taken = 0;
    for (auto const& item : sources->items(source.id, 10).value()) events_taken += item.events;
    EXPECT_EQ(events_taken, 5);  // none was read a second time and found to be a duplicate
}

TEST_F(Streaming, ABadMessageIsKeptAsideAndTheRestIsTaken) {
    cluster.put(line("192.0.2.1", "2026-11-20T00:00:00Z"), 0);
    cluster.put("{ no JSON", 0);
    cluster.put(std::string(1500, 'x'), 0);
    cluster.put(line("192.0.2.2", "2026-11-20T00:00:00Z"), 0);
    auto const source = add();
    auto const done = fetcher->run(source, {});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->taken, 1);
    EXPECT_EQ(done->failed, 1);
    EXPECT_EQ(count(), 2);
    auto const health = health_of(*sources, source, clock.now()).value();
    EXPECT_EQ(health.condition, SourceCondition::failing);
    EXPECT_THAT(health.words, HasSubstr("1500 bytes"));
}

TEST_F(Streaming, WhatIsNoReportOfItsFeedIsAFile) {
    cluster.put("no,such,columns\n1,2,3\n", 0);
    auto const source = add("shadowserver/scan_telnet");
    auto const done = fetcher->run(source, {});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->failed, 1);
    auto const kept = folder / "aside" / std::to_string(source.id.value);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(kept), {}), 1);
    EXPECT_EQ(fetcher->run(source, {}).value().items.size(), 0U);
}

TEST_F(Streaming, IsListenedToUntilItIsPaused) {
    auto const source = add();
    fetcher->start();
    auto const wait_for = [&](auto is_so) {
        for (int i = 0; i < 400 && !is_so(); ++i) std::this_thread::sleep_for(50ms);
        return is_so();
    };
    EXPECT_TRUE(wait_for([&] { return sources->course(source.id).value().last_success.has_value(); }));
    EXPECT_EQ(fetcher->run(source, {}).error().code, Code::conflict);
    ASSERT_TRUE(sources->pause(source.id, true, access::command_principal()));
    fetcher->changed();
    EXPECT_TRUE(wait_for([&] { return fetcher->run(source, {}).has_value(); }));
    fetcher->stop();
}

SourceItem hour(int ago, std::int64_t events, Timestamp now) {
    return {.at = now - std::chrono::hours(ago), .state = "done", .events = events};
}

TEST(StreamHealth, IsJudgedByTheHour) {
    auto const now = parse_timestamp("2026-11-20T12:00:00Z").value();
    std::vector<SourceItem> hours;
    for (int ago = 0; ago < 9; ++ago) hours.push_back(hour(ago, 1000, now));
    hours.front().events = 3;  // it has only just begun
    auto const judged = [&](Timestamp at) {
        SourceCourse course;
        course.last_report = now;
        return judge_stream({.name = "bus", .kind = SourceKind::kafka}, course, {}, hours, at);
    };
    EXPECT_EQ(judged(now + 5min).condition, SourceCondition::good);
    EXPECT_EQ(judged(now + 5min).usual_events, 1000);
    EXPECT_EQ(judged(now + 100min).condition, SourceCondition::late);
    EXPECT_EQ(judged(now + 5h).condition, SourceCondition::quiet);
    hours.front().events = 20'000;
    EXPECT_EQ(judged(now + 5min).condition, SourceCondition::flood);
}

}  // namespace
}  // namespace tocsin::events
