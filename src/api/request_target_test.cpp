#include "api/request_target.hpp"

#include <gtest/gtest.h>

namespace tocsin::api {
namespace {

TEST(RequestTarget, SplitsPathAndQuery) {
    auto const target = parse_request_target("/api/v1/events?feed=a%2Fb&q=two+words&filter=x%3D1&filter=y&&empty=");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/api/v1/events");
    ASSERT_EQ(target->query.size(), 5U);
    EXPECT_EQ(target->value("feed"), "a/b");
    EXPECT_EQ(target->value("q"), "two words");
    EXPECT_EQ(target->query[2].second, "x=1");
    EXPECT_EQ(target->value("empty"), "");
    EXPECT_FALSE(target->value("absent"));
}

TEST(RequestTarget, LeavesThePathEscapedSoThatASlashInANameStaysInIt) {
    EXPECT_EQ(parse_request_target("/feeds/a%2Fb/reports")->path, "/feeds/a%2Fb/reports");
}

TEST(RequestTarget, RefusesWhatIsNoText) {
    for (auto const* wrong : {"", "api", "*", "http://x/", "/?a=%", "/?a=%zz", "/?a=%ff", "/?a=%00", "/?%c3%28=1"}) {
        EXPECT_FALSE(parse_request_target(wrong)) << wrong;
    }
}

TEST(RequestTarget, HasLimits) {
    EXPECT_EQ(parse_request_target("/" + std::string(9000, 'a')).error().code, Code::limit);
    std::string many = "/?";
    for (int i = 0; i < 200; ++i) many += "a=1&";
    EXPECT_EQ(parse_request_target(many).error().code, Code::limit);
}

}  // namespace
}  // namespace tocsin::api
