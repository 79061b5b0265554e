#include "reports/repair/trial.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tocsin::reports {
namespace {

Timestamp day(int number, int hour = 10) {
    return Timestamp::from_seconds(std::int64_t{20'000 + number} * 86'400 + hour * 3600);
}

/// Told on the day it was seen first; repaired so many days later, if at all.
events::Finding finding(std::int64_t organisation, int first, std::optional<int> days) {
    events::Finding one;
    one.id = "f";
    one.organisation = organisation;
    one.first_seen = day(first);
    one.last_seen = day(first + days.value_or(80) - 1);
    if (days) {
        one.repaired = day(first + *days, 0);
        one.state = events::FindingState::repaired;
    }
    return one;
}

Experiment experiment_of(std::int64_t wanted) {
    Experiment one;
    one.name = "x";
    one.wanted = wanted;
    one.started = day(0);
    return one;
}

Draw evenly(std::int64_t organisations) {
    Draw draw;
    for (std::int64_t i = 1; i <= organisations; ++i) draw.emplace(i, i % 2 == 0 ? Variant::a : Variant::b);
    return draw;
}

TEST(DrawOf, IsEvenInEachSectorAndTheSameForTheSameSeed) {
    EXPECT_TRUE(rc::check([] {
        auto const sizes = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 30));
        auto const seed = *rc::gen::arbitrary<std::uint64_t>();
        std::map<std::int64_t, std::string> sectors;
        for (std::size_t sector = 0; sector < sizes.size(); ++sector)
            for (int i = 0; i < sizes[sector]; ++i) sectors.emplace(std::ssize(sectors) + 1, std::to_string(sector));
        auto const drawn = draw(sectors, seed);
        RC_ASSERT(drawn == draw(sectors, seed));
        RC_ASSERT(drawn.size() == sectors.size());
        std::map<std::string, int> balance;
        int all = 0;
        for (auto const& [organisation, variant] : drawn) {
            auto const one = variant == Variant::a ? 1 : -1;
            balance[sectors.at(organisation)] += one;
            all += one;
        }
        RC_ASSERT(std::abs(all) <= 1);
        for (auto const& [sector, difference] : balance) RC_ASSERT(std::abs(difference) <= 1);
    }));
}

TEST(DrawOf, AnotherSeedDrawsOthers) {
    std::map<std::int64_t, std::string> sectors;
    for (std::int64_t i = 1; i <= 100; ++i) sectors.emplace(i, "");
    EXPECT_NE(draw(sectors, 1), draw(sectors, 2));
}

TEST(OrganisationsWanted, AreThoseOfTheTextbook) {
    // Two shares of 0.425 and 0.575, power 0.8, level 0.05: 171 in each (Fleiss, "Statistical Methods for Rates and
    // Proportions", formula 3.2 without correction gives 170.4).
    EXPECT_EQ(organisations_wanted(15), 171);
    EXPECT_EQ(organisations_wanted(50), 20);
    EXPECT_GT(organisations_wanted(5), 1500);
}

TEST(ShareOf, OneOwnerOfManyCountsAsOne) {
    std::vector<Cluster> each(100, {1, 0});
    for (std::size_t i = 0; i < 50; ++i) each[i].with = 1;
    auto const alone = share_of(each);  // a hundred owners of one thing
    ASSERT_TRUE(alone);
    EXPECT_NEAR(alone->value, 0.5, 1e-12);
    EXPECT_NEAR(alone->high - alone->value, 1.96 * std::sqrt(0.25 / 99), 0.001);
    std::vector<Cluster> const two{{50, 50}, {50, 0}};  // the same things, two owners
    EXPECT_GT(share_of(two)->high - share_of(two)->low, 1);
    EXPECT_FALSE(share_of({}));
}

TEST(Trial, GivesNoVerdictBeforeEnoughWereFollowed) {
    auto const experiment = experiment_of(20);
    auto const draw = evenly(60);
    Trial early(experiment, draw, day(20));
    Trial late(experiment, draw, day(90));
    for (auto const& [organisation, variant] : draw) {
        auto const one = finding(organisation, 1, variant == Variant::b ? std::optional(4) : std::nullopt);
        early.count(one, day(1));
        late.count(one, day(1));
    }
    auto const first = early.result();
    EXPECT_EQ(first.verdict, Verdict::not_enough);  // however large the difference
    EXPECT_EQ(first.variants[1].warned, 30);
    EXPECT_EQ(first.variants[1].followed, 0);
    EXPECT_NEAR(first.variants[1].within_7->value, 1, 1e-12);
    auto const second = late.result();
    EXPECT_EQ(second.verdict, Verdict::b_better);
    EXPECT_NEAR(second.difference->value, 1, 1e-12);
    EXPECT_EQ(second.variants[0].followed, 30);
}

TEST(Trial, CountsOnlyWhatWasToldWhileItRanToThoseDrawn) {
    auto experiment = experiment_of(20);
    experiment.stopped = day(10);
    auto const draw = evenly(2);
    Trial trial(experiment, draw, day(90));
    trial.count(finding(1, 1, 4), day(1));
    trial.count(finding(1, -5, 9), day(-5));   // before
    trial.count(finding(1, 12, 4), day(12));   // after
    trial.count(finding(3, 1, 4), day(1));     // not drawn
    trial.count(finding(2, 1, 4), day(5, 9));  // told when it was gone
    auto out = finding(2, 1, std::nullopt);
    out.state = events::FindingState::false_positive;
    trial.count(out, day(1));
    auto const result = trial.result();
    EXPECT_EQ(result.variants[1].findings, 1);
    EXPECT_EQ(result.variants[0].findings, 0);
}

TEST(Trial, SeldomFindsADifferenceWhereThereIsNone) {
    int found = 0;
    Random random(58);
    for (int run = 0; run < 200; ++run) {
        auto const experiment = experiment_of(100);
        auto const draw = evenly(240);
        Trial trial(experiment, draw, day(90));
        for (auto const& [organisation, variant] : draw) {
            auto const does_repair = random.chance(0.4);  // an owner repairs all or nothing
            auto const things = 1 + random.below(5);
            for (std::uint64_t i = 0; i < things; ++i)
                trial.count(finding(organisation, 1, does_repair ? std::optional(5) : std::nullopt), day(1));
        }
        found += trial.result().verdict != Verdict::no_difference;
    }
    EXPECT_LT(found, 24);  // one in twenty is meant; chance of more than this is under one in ten thousand
}

}  // namespace
}  // namespace tocsin::reports
