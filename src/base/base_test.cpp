#include "base/base.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tocsin {
namespace {

TEST(ParseIp, TakesBothFamiliesAndRefusesTheRest) {
    EXPECT_EQ(format_ip(*parse_ip("192.0.2.7")), "192.0.2.7");
    EXPECT_EQ(format_ip(*parse_ip("2001:DB8:0:0:0:0:0:1")), "2001:db8::1");
    EXPECT_EQ(format_ip(*parse_ip("::ffff:192.0.2.7")), "192.0.2.7");
    for (auto const* bad : {"", "1", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4.", "1.2.3.4 ", ":::", "1::2::3",
                            "12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "fe80::1%eth0", "[::1]", "::1.2.3"})
        EXPECT_FALSE(parse_ip(bad)) << bad;
}

RC_GTEST_PROP(ParseIp, AgreesWithTheSystem, (std::uint64_t high, std::uint64_t low, std::uint64_t mask)) {
    IpAddress address{high & mask, low & ~mask};
    if (address.is_v4()) return;
    std::string const text = format_ip(address);
    unsigned char bytes[16];
    RC_ASSERT(inet_pton(AF_INET6, text.c_str(), bytes) == 1);
    char canonical[64];
    inet_ntop(AF_INET6, bytes, canonical, sizeof canonical);
    RC_ASSERT(*parse_ip(text) == address);
    RC_ASSERT(*parse_ip(canonical) == address);
    if (text.find('.') == std::string::npos && std::string_view(canonical).find('.') == std::string_view::npos)
        RC_ASSERT(text == canonical);
}

RC_GTEST_PROP(Prefix, ContainsExactlyFirstToLast,
              (std::uint64_t high, std::uint64_t low, std::uint8_t bits, std::uint64_t other)) {
    auto const length = static_cast<std::uint8_t>(bits % 129);
    IpPrefix const prefix{masked({high, low}, length), length};
    IpAddress const probe{high ^ (other & 7), other};
    RC_ASSERT(prefix.contains(probe) == (probe >= prefix.first() && probe <= prefix.last()));
    RC_ASSERT(prefix.contains({high, low}));
}

TEST(Prefix, RoundTripsAsText) {
    for (auto const* text :
         {"192.0.2.0/24", "0.0.0.0/0", "198.51.100.7/32", "2001:db8::/32", "::/0", "2001:db8::1/128"})
        EXPECT_EQ(format_prefix(*parse_prefix(text)), text);
    EXPECT_FALSE(parse_prefix("192.0.2.1/24"));
    EXPECT_EQ(format_prefix(*parse_prefix("192.0.2.1/24", true)), "192.0.2.0/24");
    EXPECT_FALSE(parse_prefix("192.0.2.0/33"));
    EXPECT_FALSE(parse_prefix("192.0.2.0/"));
}

TEST(ParseTimestamp, ReadsTheFormsFeedsUse) {
    auto const want = parse_timestamp("2024-07-04T01:02:03Z")->micros;
    for (auto const* text : {"2024-07-04 01:02:03", "2024-07-04T01:02:03+00:00", "2024-07-04 01:02:03 UTC",
                             "2024-07-04 03:02:03+0200", "2024-07-03T20:02:03-05", "2024-07-04 01:02:03Z"}) {
        auto const got = parse_timestamp(text);
        ASSERT_TRUE(got) << text;
        EXPECT_EQ(got->micros, want) << text;
    }
    EXPECT_EQ(format_timestamp(*parse_timestamp("2024-07-04 01:02:03.1200")), "2024-07-04T01:02:03.12Z");
    for (auto const* bad :
         {"", "2024", "2024-13-01", "2024-02-30", "2024-07-04T25:00:00Z", "2024-07-04 01:02:03 CEST", "04.07.2024"})
        EXPECT_FALSE(parse_timestamp(bad)) << bad;
}

RC_GTEST_PROP(ParseTimestamp, RoundTrips, (std::uint64_t seed)) {
    Timestamp const time{static_cast<std::int64_t>(seed % 200'000'000'000'000'000ULL) - 50'000'000'000'000'000};
    RC_ASSERT(parse_timestamp(format_timestamp(time))->micros == time.micros);
}

RC_GTEST_PROP(Text, EncodingsRoundTrip, (std::string const& bytes)) {
    RC_ASSERT(*from_base64(to_base64(bytes)) == bytes);
    RC_ASSERT(*from_base64url(to_base64url(bytes)) == bytes);
    RC_ASSERT(*from_hex(to_hex(bytes)) == bytes);
    RC_ASSERT(*percent_decoded(percent_encoded(bytes)) == bytes);
    RC_ASSERT(is_utf8(repaired_utf8(bytes)));
}

TEST(CsvCell, NeverStartsAFormula) {
    auto const cell = [](std::string_view text) {
        std::string out;
        append_csv_cell(out, text);
        return out;
    };
    EXPECT_EQ(cell("=cmd()"), "\"'=cmd()\"");
    EXPECT_EQ(cell("@SUM(1)"), "\"'@SUM(1)\"");
    EXPECT_EQ(cell("-1.5"), "-1.5");
    EXPECT_EQ(cell("a\"b,c"), "\"a\"\"b,c\"");
}

TEST(JsonWriter, NestsAndEscapes) {
    JsonWriter json;
    json.object().field("a", "x\"\n\x01").key("b").array().value(1).value(true).null().end().field("c", 1.5).end();
    EXPECT_EQ(json.text(), R"({"a":"x\"\n\u0001","b":[1,true,null],"c":1.5})");
}

TEST(JsonWriter, SaysNullForWhatIsAbsent) {
    JsonWriter json;
    json.object()
        .field_or_null("a", std::optional<std::int64_t>())
        .field_or_null("b", std::optional<std::int64_t>(0))
        .field_or_null("c", "")
        .field_or_null("d", "x")
        .reference("e", 0, "nobody")
        .reference("f", 7, "Example")
        .end();
    EXPECT_EQ(json.text(), R"({"a":null,"b":0,"c":null,"d":"x","e":null,"f":{"id":7,"name":"Example"}})");
}

TEST(EnumWords, GoBothWaysAndSayNothingOfADamagedValue) {
    enum class Light { red, amber };
    constexpr std::array<std::string_view, 2> words{"red", "amber"};
    EXPECT_EQ(word_of(words, Light::amber), "amber");
    EXPECT_EQ(word_of(words, static_cast<Light>(200)), "");
    EXPECT_EQ(value_of<Light>(words, "red"), Light::red);
    EXPECT_EQ(value_of<Light>(words, "Red"), std::nullopt);
    EXPECT_EQ(value_of<Light>(words, ""), std::nullopt);
}

TEST(ParseDuration, KnowsItsUnits) {
    EXPECT_EQ(parse_duration("36h")->count(), 129600);
    EXPECT_FALSE(parse_duration("36"));
    EXPECT_FALSE(parse_duration("-1d"));
    EXPECT_EQ(format_duration(std::chrono::seconds(604800)), "7d");
}

}  // namespace
}  // namespace tocsin
