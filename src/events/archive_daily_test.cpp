#include "events/archive_daily.hpp"

#include "events/test_house.hpp"

#include <algorithm>
#include <csignal>
#include <duckdb.h>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

namespace tocsin::events {
namespace {

Timestamp at(char const* text) {
    return parse_timestamp(text).value();
}

daily::Source of_filter(void (*ask)(EventFilter&)) {
    EventFilter filter;
    ask(filter);
    return daily::source_of(filter);
}

daily::Source of_groups(std::vector<std::string> const& by, std::string const& bucket, bool with_addresses = false) {
    AggregateRequest request;
    request.by = by;
    request.bucket = bucket;
    request.with_addresses = with_addresses;
    return daily::source_of(EventFilter(), request);
}

TEST(DailySource, WholeDaysByWhatIsCountedComeFromTheRollUp) {
    using F = EventFilter&;
    using Is = FieldCondition::Is;
    EXPECT_EQ(of_filter([](F) {}), daily::roll_up);
    EXPECT_EQ(of_filter([](F f) { f.from = at("2026-11-01T00:00:00Z"); }), daily::roll_up);
    EXPECT_EQ(of_filter([](F f) { f.to = at("2026-11-01T00:00:00Z"); }), daily::roll_up);
    EXPECT_EQ(of_filter([](F f) { f.organisations = {0, 1}, f.feeds = {"a/b"}, f.lane = Lane::own; }), daily::roll_up);
    EXPECT_EQ(of_filter([](F f) { f.conditions = {{"source.geolocation.cc", Is::contains, "X"}}; }), daily::roll_up);
    EXPECT_EQ(of_groups({"type", "country", "lane"}, "month"), daily::roll_up);
    EXPECT_EQ(of_groups({}, ""), daily::roll_up);
}

TEST(DailySource, AllElseComesFromTheEvents) {
    using F = EventFilter&;
    using Is = FieldCondition::Is;
    EXPECT_EQ(of_filter([](F f) { f.from = at("2026-11-01T00:00:01Z"); }), daily::each_event);
    EXPECT_EQ(of_filter([](F f) { f.to = at("2026-11-01T12:00:00Z"); }), daily::each_event);
    EXPECT_EQ(of_filter([](F f) { f.addresses = {AddressRange()}; }), daily::each_event);
    EXPECT_EQ(of_filter([](F f) { f.asns = {64496}; }), daily::each_event);
    EXPECT_EQ(of_filter([](F f) { f.ports = {23}; }), daily::each_event);
    EXPECT_EQ(of_filter([](F f) { f.domain = "a.example"; }), daily::each_event);
    EXPECT_EQ(of_filter([](F f) { f.report = 1; }), daily::each_event);
    EXPECT_EQ(of_filter([](F f) { f.finding = "1-0--"; }), daily::each_event);
    EXPECT_EQ(of_filter([](F f) { f.text = "x"; }), daily::each_event);
    EXPECT_EQ(of_filter([](F f) { f.conditions = {{"time.source", Is::present, ""}}; }), daily::each_event);
    EXPECT_EQ(of_filter([](F f) { f.conditions = {{"extra.a", Is::present, ""}}; }), daily::each_event);
    EXPECT_EQ(of_groups({}, "hour"), daily::each_event);
    EXPECT_EQ(of_groups({"type", "asn"}, ""), daily::each_event);
    EXPECT_EQ(of_groups({"network"}, ""), daily::each_event);
    EXPECT_EQ(of_groups({"type"}, "day", true), daily::each_event);
}

/// Owners, lanes and countries by the address.
class ManyOwners final : public Surroundings {
  public:
    void attribute(std::span<Subject const> subjects, std::span<Attribution> answers) const override {
        static constexpr std::array<std::string_view, 3> countries = {"XA", "XB", ""};
        for (std::size_t i = 0; i < subjects.size(); ++i) {
            auto const number = subjects[i].address.low;
            answers[i].organisation = static_cast<OrganisationNumber>(number % 4);
            answers[i].lane = static_cast<Lane>(number % 3);
            answers[i].country = countries[number % countries.size()];
        }
    }
};

class DailyTest : public EngineTest {
  protected:
    DailyTest() {
        owners = std::make_shared<ManyOwners>();
        segment_rows = 64;
        forget_rows = 50;
        fold_rows = 40;
        reopen();
    }

    std::size_t below(std::size_t end) { return random() % end; }
    template <class T>
    T one_of(std::vector<T> const& all) {
        return all[below(all.size())];
    }

    /// Every event has a port: a question about it asks for the same and is answered from the events.
    void random_report(std::string const& name) {
        std::vector<std::string> lines;
        for (std::size_t i = 0, end = 1 + below(150); i < end; ++i)
            lines.push_back(fmt::format(
                R"({{"source.ip":"192.0.2.{}","source.port":{},"time.source":"{}T{:02}:{:02}:00Z",)"
                R"("classification.type":"{}","classification.taxonomy":"{}","classification.identifier":"{}",)"
                R"("protocol.transport":"{}"{}{}}})",
                below(256), 1 + below(9000), one_of(days), one_of<int>({0, 0, 11, 23}), one_of<int>({0, 30, 59}),
                one_of<std::string>({"vulnerable-system", "infected-system", "scanner"}),
                one_of<std::string>({"vulnerable", "malicious-code"}), one_of<std::string>({"open-a", "open-b"}),
                one_of<std::string>({"tcp", "udp"}),
                one_of<std::string>({"", R"(,"severity":"low")", R"(,"severity":"critical")"}),
                one_of<std::string>({"", R"(,"tlp":"CLEAR")", R"(,"tlp":"RED")", R"(,"tlp":"AMBER")"})));
        ingest(report(name, lines));
    }

    EventFilter random_filter() {
        EventFilter filter;
        if (below(3) == 0) filter.from = at(one_of(days).c_str());
        if (below(3) == 0) filter.to = at(one_of(days).c_str());
        if (below(4) == 0) filter.organisations = {static_cast<OrganisationNumber>(below(4)), 2};
        if (below(5) == 0) filter.types = {one_of<std::string>({"scanner", "infected-system", "no-such"})};
        if (below(5) == 0) filter.taxonomies = {"vulnerable"};
        if (below(6) == 0) filter.identifiers = {"open-a"};
        if (below(6) == 0) filter.transports = {"udp"};
        if (below(6) == 0) filter.feeds = {one_of<std::string>({"generic/idf", "other/feed"})};
        if (below(5) == 0) filter.countries = {one_of<std::string>({"XA", "XB"})};
        if (below(6) == 0) filter.severities = {"low"};
        if (below(5) == 0) filter.lane = static_cast<Lane>(below(3));
        if (below(8) == 0) filter.conditions.push_back({"tlp", FieldCondition::Is::unequal, "RED"});
        if (below(8) == 0) filter.conditions.push_back({"source.geolocation.cc", FieldCondition::Is::contains, "a"});
        return filter;
    }

    AggregateRequest random_request() {
        std::vector<std::string> names = {"feed",         "taxonomy", "type",     "identifier", "transport",
                                          "organisation", "country",  "severity", "lane"};
        std::ranges::shuffle(names, random);
        names.resize(below(4));
        AggregateRequest request;
        request.by = names;
        request.bucket = one_of<std::string>({"", "day", "week", "month"});
        request.limit = 10'000;
        return request;
    }

    static std::vector<std::pair<std::vector<std::string>, std::int64_t>> sorted(Aggregate const& aggregate) {
        std::vector<std::pair<std::vector<std::string>, std::int64_t>> all;
        for (auto const& group : aggregate.groups) all.emplace_back(group.key, group.count);
        std::ranges::sort(all);
        return all;
    }

    void expect_same_answers(int times) {
        auto const outsider = gate.scope<StoredEvent>(gate::Recipient::constituent(gate::OrganisationId(1), "One"));
        for (int i = 0; i < times && !HasFailure(); ++i) {
            auto const& scope = below(2) == 0 ? everything : outsider;
            auto const request = random_request();
            auto const filter = random_filter();
            auto by_event = filter;
            by_event.conditions.push_back({"source.port", FieldCondition::Is::greater, "0"});
            ASSERT_EQ(daily::source_of(filter, request), daily::roll_up);
            ASSERT_EQ(daily::source_of(by_event, request), daily::each_event);
            auto const told = events->aggregate(scope, filter, request);
            auto const true_one = events->aggregate(scope, by_event, request);
            ASSERT_TRUE(told) << told.error().message;
            ASSERT_TRUE(true_one) << true_one.error().message;
            EXPECT_EQ(sorted(*told), sorted(*true_one));
            EXPECT_EQ(told->total, true_one->total);
            EXPECT_EQ(events->count(scope, filter).value(), events->count(scope, by_event).value());
            auto const extent = events->extent(scope, filter).value();
            auto const true_extent = events->extent(scope, by_event).value();
            EXPECT_EQ(extent.count, true_extent.count);
            EXPECT_EQ(extent.strictest, true_extent.strictest);
        }
        auto const faults = events->check();
        ASSERT_TRUE(faults) << faults.error().message;
        for (auto const& fault : *faults) ADD_FAILURE() << fault;
    }

    void random_removal() {
        if (below(2) == 0) {
            ASSERT_TRUE(events->forget_before(me, at(one_of(days).c_str())));
            return;
        }
        EventFilter filter;
        auto const first = IpAddress::v4(0xc0000200U + static_cast<std::uint32_t>(below(256)));
        filter.addresses = {{first, first}};
        auto const erased = events->erase(me, filter, "asked for");
        ASSERT_TRUE(erased) << erased.error().message;
    }

    /// SQL on the archive while nobody has it open.
    std::int64_t sql(std::string const& text) {
        events.reset();
        duckdb_database database = nullptr;
        EXPECT_EQ(duckdb_open((folder / "archive.duckdb").c_str(), &database), DuckDBSuccess);
        std::int64_t number = 0;
        {
            auto const connection = duck::Connection::open(database).value();
            auto const answer = connection->number(text);
            EXPECT_TRUE(answer) << answer.error().message;
            if (answer) number = *answer;
        }
        duckdb_close(&database);
        return number;
    }

    std::mt19937 random{20261126};
    access::Principal const me = access::command_principal();
    std::vector<std::string> const days = {"1969-12-30", "1969-12-31", "1970-01-01", "2026-02-28", "2026-03-01",
                                           "2026-11-01", "2026-11-02", "2026-11-08", "2026-11-09"};
};

TEST_F(DailyTest, TheRollUpAnswersAsTheEventsDo) {
    for (int round = 0; round < 12 && !HasFailure(); ++round) {
        random_report(fmt::format("{}.jsonl", round));
        if (below(3) == 0) random_removal();
        if (below(4) == 0) reopen();
        expect_same_answers(12);
    }
    EXPECT_GT(sql("SELECT count(*) FROM daily WHERE id = 0"), 0);  // some were folded
}

TEST_F(DailyTest, AKillAtAnyMomentLeavesThemTheSame) {
    for (int round = 0; round < 8 && !HasFailure(); ++round) {
        auto const pause = std::chrono::milliseconds(below(150));
        auto const seed = random();
        events.reset();
        ledger.reset();
        auto const child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            random.seed(static_cast<unsigned>(seed));
            open();
            for (int i = 0;; ++i) {
                random_report(fmt::format("{}-{}.jsonl", round, i));
                if (i % 3 == 2) random_removal();
            }
        }
        ::usleep(static_cast<useconds_t>(200'000 + pause.count() * 1000));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        EXPECT_EQ(sql("SELECT (SELECT count(*) FROM events) - (SELECT sum(events)::BIGINT FROM daily)"), 0);
        open();
        expect_same_answers(10);
    }
    EXPECT_GT(events->count(everything, EventFilter()).value(), 0);
}

TEST_F(DailyTest, AnArchiveWithoutItIsCountedAtOpenOnce) {
    for (auto const* name : {"a.jsonl", "b.jsonl", "c.jsonl"}) random_report(name);
    auto const count = events->count(everything, EventFilter()).value();
    sql("DROP TABLE daily");
    reopen();
    EXPECT_EQ(events->count(everything, EventFilter()).value(), count);
    expect_same_answers(20);
}

TEST_F(DailyTest, WhatAnOlderProgramAppendedIsCountedAtOpen) {
    for (auto const* name : {"a.jsonl", "b.jsonl"}) random_report(name);
    sql("DELETE FROM daily WHERE time = (SELECT min(time) FROM daily)");
    reopen();
    expect_same_answers(20);
}

TEST_F(DailyTest, DoctorSeesADifference) {
    random_report("a.jsonl");
    sql("UPDATE daily SET severity = 9 WHERE rowid = (SELECT min(rowid) FROM daily)");
    reopen();
    auto const faults = events->check();
    ASSERT_TRUE(faults);
    ASSERT_EQ(faults->size(), 1U);
    EXPECT_NE(faults->front().find("daily counts differ"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::events
