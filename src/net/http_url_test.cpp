#include "net/http_client.hpp"

#include <gtest/gtest.h>

namespace tocsin::net {
namespace {

TEST(HttpUrl, ResolvesReferencesAndComparesOrigins) {
    auto const base = "https://taxii.example:8443/root/collections/?x=1";
    for (auto const& [reference, expected] : {std::pair{"/api/", "https://taxii.example:8443/api/"},
                                              {"objects/", "https://taxii.example:8443/root/collections/objects/"},
                                              {"../x", "https://taxii.example:8443/root/x"},
                                              {"//other.example/y#part", "https://other.example/y"},
                                              {"http://a.example", "http://a.example/"}}) {
        auto const url = resolved_url(base, reference);
        ASSERT_TRUE(url) << reference;
        EXPECT_EQ(*url, expected);
    }
    EXPECT_FALSE(resolved_url(base, "javascript:alert(1)"));
    EXPECT_TRUE(is_same_origin("https://A.example/", "https://a.example:443/x"));
    EXPECT_FALSE(is_same_origin("https://a.example/", "http://a.example/"));
    EXPECT_FALSE(is_same_origin("https://a.example/", "https://a.example:444/"));
    EXPECT_FALSE(is_same_origin("nonsense", "nonsense"));
}

TEST(Authorization, IsMadeOrRefused) {
    EXPECT_EQ(*basic_authorization("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    EXPECT_EQ(*bearer_authorization("mF_9.B5f-4.1JqM="), "Bearer mF_9.B5f-4.1JqM=");
    EXPECT_FALSE(basic_authorization("a:b", "c"));
    EXPECT_FALSE(basic_authorization("a", "c\r\n"));
    for (auto const* const bad : {"", "=", "a b", "a\r\n", "a=b"}) EXPECT_FALSE(bearer_authorization(bad)) << bad;
}

TEST(HttpDate, AllThreeFormsAreReadAndOneIsWritten) {
    auto const time = Timestamp::from_seconds(784'111'777);
    for (auto const* const text :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
        EXPECT_EQ(parse_http_date(text), time) << text;
    EXPECT_EQ(format_http_date(time), "Sun, 06 Nov 1994 08:49:37 GMT");
    for (std::int64_t seconds = -2'000'000'000; seconds < 4'000'000'000; seconds += 86'400 * 37 + 4'321)
        EXPECT_EQ(parse_http_date(format_http_date(Timestamp::from_seconds(seconds))),
                  Timestamp::from_seconds(seconds));
    for (auto const* const text : {"", "tomorrow", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
                                   "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 00 Nov 1994 08:49:37 GMT", "1 2 3 4 5 6 7"})
        EXPECT_FALSE(parse_http_date(text)) << text;
}

TEST(RetryAfter, TakesSecondsAndDatesWithinReason) {
    auto const now = *parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
    for (auto const& [text, seconds] :
         std::vector<std::pair<std::string, std::optional<int>>>{{"120", 120},
                                                                 {" 0 ", 0},
                                                                 {"Sun, 06 Nov 1994 08:50:37 GMT", 60},
                                                                 {"Sun, 06 Nov 1994 08:00:00 GMT", 0},
                                                                 {"99999999999999999999", 7 * 86'400},
                                                                 {"Sun, 06 Nov 2094 08:49:37 GMT", 7 * 86'400},
                                                                 {"-5", std::nullopt},
                                                                 {"soon", std::nullopt},
                                                                 {"", std::nullopt}}) {
        HttpReply reply;
        reply.headers = {{"retry-after", text}};
        auto const wait = retry_after(reply, now);
        ASSERT_EQ(wait.has_value(), seconds.has_value()) << text;
        if (seconds) EXPECT_EQ(wait->count(), *seconds) << text;
    }
}

}  // namespace
}  // namespace tocsin::net
