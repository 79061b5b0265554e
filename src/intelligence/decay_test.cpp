#include "intelligence/decay.hpp"

#include <gtest/gtest.h>

namespace tocsin::intelligence {
namespace {

using formats::ObservableKind;

Timestamp time_of(std::string_view text) {
    return *parse_timestamp(text);
}
Timestamp const start = time_of("2026-11-01T00:00:00Z");

Timestamp days(int count) {
    return start + std::chrono::days(count);
}

DecayQuestion address(int confidence = -1) {
    return {.kinds = {ObservableKind::ip}, .confidence = confidence, .since = start};
}

TEST(Decay, AnAddressOfWhomNobodySaysIsWorthThirtyDays) {
    auto const standing = standing_of(address());
    EXPECT_NEAR(static_cast<double>((standing.until - days(30)).count()), 0, 1e6);
    EXPECT_NEAR(score_at(standing, standing.until), least_score(), 0.01);
    EXPECT_DOUBLE_EQ(score_at(standing, start), standing.base);
}

TEST(Decay, ADomainLastsLongerAndAHashLongest) {
    auto domain = address(), hash = address();
    domain.kinds = {ObservableKind::ip, ObservableKind::domain};
    hash.kinds = {ObservableKind::sha256, ObservableKind::ip};
    EXPECT_GT(standing_of(domain).until, standing_of(address()).until);
    EXPECT_GT(standing_of(hash).until, standing_of(domain).until);
}

TEST(Decay, WhoIsMoreConfidentIsBelievedLonger) {
    Timestamp before;
    for (int confidence = 1; confidence <= 100; ++confidence) {
        auto const until = standing_of(address(confidence)).until;
        EXPECT_GE(until, before);
        before = until;
    }
    EXPECT_EQ(standing_of(address(10)).until, start) << "below the threshold from the beginning";
}

TEST(Decay, TheScoreOnlyFalls) {
    auto const standing = standing_of(address(80));
    double before = 101;
    for (int day = 0; day < 200; ++day) {
        auto const score = score_at(standing, days(day));
        EXPECT_LE(score, before);
        EXPECT_GE(score, 0);
        EXPECT_EQ(score > least_score(), days(day) < standing.until) << day;
        before = score;
    }
}

TEST(Decay, ASightingMakesItFresh) {
    auto question = address();
    question.signs = {{days(20), true, 0}, {days(10), true, 0}};
    auto const standing = standing_of(question);
    EXPECT_EQ(standing.fresh, days(20));
    EXPECT_GT(standing.until, days(49));
    question.signs = {{days(-5), true, 0}};
    EXPECT_EQ(standing_of(question).until, standing_of(address()).until) << "seen before it was said";
}

TEST(Decay, WhatIsCalledWrongIsNotMatchedAndSaysWhy) {
    auto question = address();
    question.signs = {{days(3), false, weight_of_opinion("strongly-disagree")}};
    auto const standing = standing_of(question);
    EXPECT_EQ(standing.until, days(3));
    EXPECT_NE(english(standing.reasons.back()).find("not matched"), std::string::npos);
    question.valid_until = days(300);
    EXPECT_EQ(standing_of(question).until, days(3)) << "whatever its author says";
}

TEST(Decay, ItsAuthorsWordOnHowLongItIsValidCounts) {
    auto question = address();
    question.valid_until = days(400);
    auto const standing = standing_of(question);
    EXPECT_EQ(standing.until, days(400));
    EXPECT_DOUBLE_EQ(score_at(standing, days(400)), 0);
}

}  // namespace
}  // namespace tocsin::intelligence
