#include "api/rate_limit.hpp"

#include <gtest/gtest.h>

namespace tocsin::api {
namespace {

constexpr Timestamp start{1'000'000'000};

TEST(RateLimit, AllowsABurstThenSoManyASecond) {
    RateLimit limit({.burst = 3, .per_second = 1});
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.take("a", start));
    EXPECT_FALSE(limit.take("a", start));
    EXPECT_TRUE(limit.take("b", start));
    EXPECT_TRUE(limit.take("a", start + std::chrono::seconds(1)));
    EXPECT_FALSE(limit.take("a", start + std::chrono::seconds(1)));
}

TEST(RateLimit, NeverSavesUpMoreThanTheBurst) {
    RateLimit limit({.burst = 2, .per_second = 1});
    EXPECT_TRUE(limit.take("a", start));
    auto const later = start + std::chrono::hours(1);
    EXPECT_TRUE(limit.take("a", later));
    EXPECT_TRUE(limit.take("a", later));
    EXPECT_FALSE(limit.take("a", later));
}

TEST(RateLimit, LookingDoesNotTake) {
    RateLimit limit({.burst = 1, .per_second = 1});
    EXPECT_TRUE(limit.has_room("a", start));
    EXPECT_TRUE(limit.take("a", start));
    EXPECT_FALSE(limit.has_room("a", start));
}

TEST(RateLimit, AClockThatGoesBackGivesNothing) {
    RateLimit limit({.burst = 1, .per_second = 1});
    EXPECT_TRUE(limit.take("a", start));
    EXPECT_FALSE(limit.take("a", start - std::chrono::hours(1)));
}

TEST(RateLimit, ForgetsKeysBeforeItGrowsWithoutBound) {
    RateLimit limit({.burst = 1, .per_second = 1}, 100);
    for (int i = 0; i < 10'000; ++i) limit.take(std::to_string(i), start + std::chrono::seconds(i));
    EXPECT_TRUE(limit.take("another", start + std::chrono::hours(10)));
}

}  // namespace
}  // namespace tocsin::api
