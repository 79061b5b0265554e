#include "reports/repair/survival.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <set>

namespace tocsin::reports {
namespace {

struct Case {
    int day;
    bool is_gone;
    int entered = Durations::from_start;
};

Durations durations_of(std::vector<Case> const& cases) {
    Durations durations;
    for (auto const& one : cases) durations.add(one.day, one.is_gone, one.entered);
    return durations;
}

// Weeks in remission. Source: Freireich et al., Blood 21 (1963); the figures that follow from it are printed in Cox and
// Oakes, "Analysis of Survival Data" (1984), and in Kleinbaum and Klein, "Survival Analysis", chapters 1 and 2.
std::vector<Case> const treated = {{6, true},   {6, true},   {6, true},   {6, false}, {7, true},   {9, false},
                                   {10, true},  {10, false}, {11, false}, {13, true}, {16, true},  {17, false},
                                   {19, false}, {20, false}, {22, true},  {23, true}, {25, false}, {32, false},
                                   {32, false}, {34, false}, {35, false}};
std::vector<Case> placebo() {
    std::vector<Case> cases;
    for (auto const week : {1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23})
        cases.push_back({week, true});
    return cases;
}

TEST(Survival, AgreesWithThePublishedLeukaemiaData) {
    auto const curve = curve_of(durations_of(treated));
    EXPECT_EQ(curve.size, 21);
    EXPECT_EQ(curve.gone, 9);
    struct Published {
        int week;
        int at_risk;
        double share, standard_error;
    };
    std::vector<Published> const published = {{6, 21, 0.857, 0.0764},  {7, 17, 0.807, 0.0869},  {10, 15, 0.753, 0.0963},
                                              {13, 12, 0.690, 0.1068}, {16, 11, 0.627, 0.1141}, {22, 7, 0.538, 0.1282},
                                              {23, 6, 0.448, 0.1346}};
    ASSERT_EQ(curve.steps.size(), published.size());
    for (std::size_t i = 0; i < published.size(); ++i) {
        EXPECT_EQ(curve.steps[i].day, published[i].week);
        EXPECT_EQ(curve.steps[i].at_risk, published[i].at_risk);
        EXPECT_NEAR(curve.steps[i].standing, published[i].share, 0.0005) << published[i].week;
        EXPECT_NEAR(curve.steps[i].standard_error, published[i].standard_error, 0.00006) << published[i].week;
    }
    // Bounds on the log(-log) scale, as SAS and Stata print them for these data at week 10.
    EXPECT_NEAR(curve.steps[2].low, 0.5032, 0.0005);
    EXPECT_NEAR(curve.steps[2].high, 0.8894, 0.0005);
    ASSERT_TRUE(curve.median());
    EXPECT_EQ(curve.median()->days, 23);
    EXPECT_EQ(curve.median()->low, 13);
    EXPECT_FALSE(curve.median()->high);
    EXPECT_EQ(curve_of(durations_of(placebo())).median()->days, 8);
}

TEST(Survival, TheLogRankTestAgreesWithThePublishedOne) {
    auto const result = compare(durations_of(treated), durations_of(placebo()));
    EXPECT_EQ(result.gone_a, 9);
    EXPECT_EQ(result.gone_b, 21);
    EXPECT_NEAR(result.expected_a, 19.25, 0.005);
    EXPECT_NEAR(result.expected_b, 10.75, 0.005);
    EXPECT_NEAR(result.chi_square, 16.79, 0.005);
    EXPECT_NEAR(result.p, 4.17e-5, 1e-6);
    ASSERT_TRUE(result.ratio);
    EXPECT_NEAR(result.ratio->value, std::exp((9 - 19.2505) / 6.2570), 0.001);  // Peto: (O - E) / V
    EXPECT_LT(result.ratio->high, 1);
}

TEST(Survival, SaysNothingWhereNothingWasFollowed) {
    Durations none;
    EXPECT_FALSE(curve_of(none).median());
    EXPECT_FALSE(curve_of(none).gone_within(7));
    Durations young;
    for (int i = 0; i < 10; ++i) young.add(5, false);
    EXPECT_FALSE(curve_of(young).gone_within(7));
    EXPECT_EQ(curve_of(young).gone_within(5)->value, 0);
    Durations all;
    for (int i = 0; i < 10; ++i) all.add(3, true);
    EXPECT_EQ(curve_of(all).gone_within(7)->value, 1);  // all are gone: there is nothing left to follow
    EXPECT_EQ(compare(none, young).p, 1);
}

TEST(Survival, DaysOnWhichOnlyOneSideIsThereSayNothingOfTheOther) {
    Durations late, early, early_alone;
    for (int i = 0; i < 40; ++i) {
        late.add(3 + i % 4, true, 2);  // there from the third day on
        early.add(4 + i % 8, true);
        early_alone.add(4 + i % 8, true);
    }
    for (int i = 0; i < 500; ++i) early_alone.add(1, true);  // gone before anybody was on the other side
    auto const with = compare(late, early_alone), without = compare(late, early);
    ASSERT_TRUE(with.ratio && without.ratio);
    EXPECT_NEAR(with.ratio->value, without.ratio->value, 1e-9);
    EXPECT_NEAR(with.p, without.p, 1e-12);
    EXPECT_EQ(with.ratio->low > 1, with.p < 0.05);
}

TEST(Survival, WhatLastsLongerThanIsCountedIsStillThere) {
    Durations long_ones;
    long_ones.add(Durations::most_days + 5, true);
    EXPECT_EQ(long_ones.gone(), 0);
    EXPECT_EQ(long_ones.days(), Durations::most_days + 1);
}

/// The definition, word for word.
std::vector<double> naive_curve(std::vector<Case> const& cases) {
    std::set<int> days;
    for (auto const& one : cases)
        if (one.is_gone && one.entered < one.day) days.insert(one.day);
    std::vector<double> shares;
    double share = 1;
    for (auto const day : days) {
        double at_risk = 0, gone = 0;
        for (auto const& one : cases) {
            if (one.entered >= one.day) continue;
            at_risk += one.day >= day && one.entered < day;
            gone += one.day == day && one.is_gone;
        }
        share *= 1 - gone / at_risk;
        shares.push_back(share);
    }
    return shares;
}

double naive_chi_square(std::vector<Case> const& a, std::vector<Case> const& b) {
    std::set<int> days;
    for (auto const* const cases : {&a, &b})
        for (auto const& one : *cases)
            if (one.is_gone && one.entered < one.day) days.insert(one.day);
    double difference = 0, variance = 0;
    for (auto const day : days) {
        auto const risk = [&](std::vector<Case> const& cases) {
            return static_cast<double>(std::ranges::count_if(
                cases, [&](Case const& one) { return one.entered < one.day && one.day >= day && one.entered < day; }));
        };
        auto const gone = [&](std::vector<Case> const& cases) {
            return static_cast<double>(std::ranges::count_if(
                cases, [&](Case const& one) { return one.entered < one.day && one.day == day && one.is_gone; }));
        };
        auto const n = risk(a) + risk(b), d = gone(a) + gone(b);
        difference += gone(a) - d * risk(a) / n;
        if (n > 1) variance += d * (risk(a) / n) * (risk(b) / n) * (n - d) / (n - 1);
    }
    return variance > 0 ? difference * difference / variance : 0;
}

rc::Gen<std::vector<Case>> some_cases() {
    return rc::gen::container<std::vector<Case>>(rc::gen::apply(
        [](int day, bool is_gone, int entered) { return Case{day, is_gone, entered}; }, rc::gen::inRange(0, 40),
        rc::gen::arbitrary<bool>(), rc::gen::oneOf(rc::gen::just(Durations::from_start), rc::gen::inRange(-1, 30))));
}

TEST(Survival, CountingByDaysEqualsTheDefinition) {
    EXPECT_TRUE(rc::check([] {
        auto const cases = *some_cases(), others = *some_cases();
        auto const expected = naive_curve(cases);
        auto const curve = curve_of(durations_of(cases));
        RC_ASSERT(curve.steps.size() == expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            RC_ASSERT(std::abs(curve.steps[i].standing - expected[i]) < 1e-9);
            RC_ASSERT(curve.steps[i].low <= curve.steps[i].standing + 1e-9);
            RC_ASSERT(curve.steps[i].high >= curve.steps[i].standing - 1e-9);
        }
        auto const result = compare(durations_of(cases), durations_of(others));
        RC_ASSERT(std::abs(result.chi_square - naive_chi_square(cases, others)) < 1e-6);
        auto both = durations_of(cases);
        both.add(durations_of(others));
        auto together = cases;
        together.insert(together.end(), others.begin(), others.end());
        RC_ASSERT(curve_of(both).steps.size() == naive_curve(together).size());
    }));
}

}  // namespace
}  // namespace tocsin::reports
