#include "readiness/staffing.hpp"

#include "readiness/test_house.hpp"

#include <numeric>

namespace tocsin::readiness {
namespace {

Roster always(int servers) {
    Roster roster;
    roster.fill(servers);
    return roster;
}

/// The mean wait in a line of `servers` with `load`, told by Erlang C and played through.
struct Held {
    int servers;
    double load;
};

TEST(Staffing, TheLineOfAnMMcQueueIsTheOneOfErlangC) {
    // The share of things that wait at all decides both: P(wait > 0) = C, and waits are exponential beyond it, so that
    // the wait that 95 of 100 stay below is ln(C / 0.05) / (c / s - a).
    for (auto const& [servers, load] : {Held{1, 0.5}, Held{1, 0.8}, Held{2, 0.7}, Held{3, 0.9}, Held{8, 0.85}}) {
        constexpr double minutes = 10;
        auto const erlangs = servers * load;
        auto const per_day = erlangs * 1440 / minutes;
        auto const outcome = play({{.id = "x", .per_day = per_day, .minutes = minutes}}, always(servers), 3000, 58);
        auto const mean = *erlang_c_wait(servers, erlangs);
        auto const waits = mean * (servers - erlangs);  // Erlang's C
        auto const most = std::max(0.0, std::log(waits / 0.05) / (servers - erlangs)) * minutes / 60;
        EXPECT_NEAR(outcome.load, load, 0.02) << servers;
        EXPECT_NEAR(outcome.most_hours, most, most * 0.08 + 0.01) << servers << " at " << load;
        auto const median = waits <= 0.5 ? 0 : std::log(waits / 0.5) / (servers - erlangs) * minutes / 60;
        EXPECT_NEAR(outcome.median_hours, median, median * 0.1 + 0.01) << servers << " at " << load;
        EXPECT_NEAR(outcome.offered, load, 1e-9);
    }
}

TEST(Staffing, ErlangsFormulaGivesThePublishedValues) {
    EXPECT_NEAR(*erlang_c_wait(1, 0.5), 1.0, 1e-12);      // M/M/1: rho / (1 - rho)
    EXPECT_NEAR(*erlang_c_wait(2, 1.0), 1.0 / 3, 1e-12);  // C = 1/3
    EXPECT_FALSE(erlang_c_wait(2, 2.0));
}

TEST(Staffing, TheSameSeedGivesTheSameAndMorePeopleNeverWaitLonger) {
    StaffingQuestion question{.work = assumed_work(), .people = 4, .hours = Hours::extended};
    for (auto& kind : question.work) kind.per_day = 3;
    auto const once = simulate(question), twice = simulate(question);
    ASSERT_TRUE(once) << once.error().message;
    ASSERT_EQ(once->size(), 3U);
    JsonWriter one, two;
    append(one, question, *once);
    append(two, question, *twice);
    EXPECT_EQ(std::move(one).text(), std::move(two).text());
    EXPECT_EQ(once->at(0).people, 4);
    EXPECT_EQ(once->at(1).people, 6);
    EXPECT_EQ(once->at(2).people, 3);
    EXPECT_LE(once->at(1).most_hours, once->at(0).most_hours);
    EXPECT_LE(once->at(0).most_hours, once->at(2).most_hours);
    EXPECT_LT(once->at(1).load, once->at(2).load);
}

TEST(Staffing, MoreThanCanBeDoneIsSaid) {
    auto const outcome = play({{.id = "x", .per_day = 200, .minutes = 10}}, always(1), 60, 1);
    EXPECT_TRUE(outcome.is_overloaded());
    EXPECT_GT(outcome.left, 1000);
    EXPECT_GT(outcome.load, 0.99);
    EXPECT_GT(outcome.median_hours, 24);
}

TEST(Staffing, ARosterHoldsWhatThePeopleHaveAndNoMore) {
    for (auto const hours : {Hours::office, Hours::extended, Hours::always})
        for (std::int64_t people = 1; people < 30; ++people) {
            auto const roster = roster_of(people, hours, {});
            auto const given = std::accumulate(roster.begin(), roster.end(), 0);
            EXPECT_LE(given, static_cast<double>(people) * 24 + 1e-6);
            EXPECT_GT(given, static_cast<double>(people) * 24 - 1 - 1e-6);
        }
    auto const office = roster_of(5, Hours::office, {.hours_a_week = 40, .share = 0.6});
    EXPECT_EQ(office[8], 0);
    EXPECT_EQ(office[9], 3);
    EXPECT_EQ(office[17], 0);
    EXPECT_EQ(office[5 * 24 + 10], 0);
}

TEST(Staffing, WhatComesAtNightWaitsForTheMorning) {
    Roster day{};
    for (std::size_t hour = 0; hour < day.size(); ++hour)
        if (hour % 24 >= 9 && hour % 24 < 17) day[hour] = 5;
    auto const outcome = play({{.id = "x", .per_day = 5, .minutes = 1}}, day, 728, 3);
    // Sixteen of twenty-four hours are night: the wait is spread evenly over up to 16 hours for two thirds of them.
    EXPECT_NEAR(outcome.median_hours, 4, 0.8);
    EXPECT_NEAR(outcome.most_hours, 14.8, 0.8);
}

TEST(Staffing, LiveFiguresStandBesideAssumptionsAndWhatDoesNotFitIsNamed) {
    House house;
    house.room->staffing.provide("answers", [](access::Principal const&, std::int64_t days) -> Result<Staffing::Count> {
        return Staffing::Count{.counted = 2 * days, .days = days};
    });
    house.room->staffing.provide(
        "matches", [](access::Principal const&, std::int64_t) -> Result<Staffing::Count> { return Staffing::Count{}; });
    auto const work = house.room->staffing.work(house.us);
    ASSERT_TRUE(work);
    for (auto const& kind : *work) {
        EXPECT_EQ(kind.is_live, kind.id == "answers") << kind.id;
        EXPECT_EQ(kind.per_day, kind.id == "answers" ? 2 : 0) << kind.id;
        EXPECT_GT(kind.minutes, 0) << kind.id;
    }
    StaffingQuestion question{.work = *work, .people = 2, .minus = 2};
    EXPECT_TRUE(simulate(question).error().message.starts_with("minus:"));
    question.minus = 1;
    question.assumptions.share = 7;
    EXPECT_TRUE(simulate(question).error().message.starts_with("share:"));
    question.assumptions.share = 0.5;
    question.work[0].minutes = 0;
    EXPECT_TRUE(simulate(question).error().message.starts_with("work."));
}

}  // namespace
}  // namespace tocsin::readiness
