#include "events/parsers/values.hpp"

#include <gtest/gtest.h>

namespace tocsin::events {
namespace {

std::string checked(FieldKind kind, std::string_view text, std::size_t length = 0) {
    Arena arena;
    auto const value = checked_text(kind, length, text, arena);
    return value ? std::string(*value) : "(no)";
}

TEST(Values, HostNamesAreLowerCaseAsciiWithoutDotsAround) {
    EXPECT_EQ(checked(FieldKind::fqdn, " WWW.Example.ORG. "), "www.example.org");
    EXPECT_EQ(checked(FieldKind::fqdn, "bücher.example"), "xn--bcher-kva.example");
    EXPECT_EQ(checked(FieldKind::fqdn, "_dmarc.example"), "_dmarc.example");
    for (auto const* const wrong : {"192.0.2.1", "2001:db8::1", "a..b", "host:80", "a/b", "a b", ".", "", "x\x01y"})
        EXPECT_EQ(checked(FieldKind::fqdn, wrong), "(no)") << wrong;
    EXPECT_EQ(checked(FieldKind::fqdn, std::string(64, 'a') + ".example"), "(no)");
}

TEST(Values, UrlsNeedAHost) {
    EXPECT_EQ(checked(FieldKind::url, "hxxps://bad.example/x"), "https://bad.example/x");
    EXPECT_EQ(checked(FieldKind::url, "file:///etc/passwd"), "file://localhost/etc/passwd");
    for (auto const* const wrong : {"/only/a/path", "http://", "http:///x", "bad.example", "://x"})
        EXPECT_EQ(checked(FieldKind::url, wrong), "(no)") << wrong;
}

TEST(Values, KindsBringTextsIntoTheirForm) {
    EXPECT_EQ(checked(FieldKind::country, "xa"), "XA");
    EXPECT_EQ(checked(FieldKind::country, "--"), "(no)");
    EXPECT_EQ(checked(FieldKind::transport, "TCP"), "tcp");
    EXPECT_EQ(checked(FieldKind::transport, "carrier pigeon"), "(no)");
    EXPECT_EQ(checked(FieldKind::tlp, "tlp:amber+strict"), "AMBER+STRICT");
    EXPECT_EQ(checked(FieldKind::tlp, "white"), "CLEAR");
    EXPECT_EQ(checked(FieldKind::registry, "ripe-ncc"), "RIPE");
    EXPECT_EQ(checked(FieldKind::severity, "HIGH"), "high");
    EXPECT_EQ(checked(FieldKind::printable_lower, "Mirai"), "mirai");
    EXPECT_EQ(checked(FieldKind::printable_text, "é"), "(no)");
    EXPECT_EQ(checked(FieldKind::text, "12345", 4), "(no)");
}

TEST(Values, TimesInTheNotationsOfFeeds) {
    auto const loose = [](std::string_view text) {
        auto const time = parse_loose_time(text);
        return time ? format_timestamp(*time) : "(no)";
    };
    for (auto const* const same : {"2024-07-04 01:02:03", "2024-07-04T01:02:03+00:00", "Thu, 04 Jul 2024 01:02:03 GMT",
                                   "Thursday, 04-Jul-24 01:02:03 GMT", "Thu Jul  4 01:02:03 2024",
                                   "Jul  4 01:02:03 2024 GMT", "04 Jul 2024 03:02:03 +0200"})
        EXPECT_EQ(loose(same), "2024-07-04T01:02:03Z") << same;
    EXPECT_EQ(loose("2024-07-04 01:02:03.5 UTC"), "2024-07-04T01:02:03.5Z");
    for (auto const* const wrong : {"", "tomorrow", "Thu, 99 Jul 2024 01:02:03 GMT", "2024-13-01", "x,"})
        EXPECT_EQ(loose(wrong), "(no)") << wrong;
    EXPECT_EQ(format_timestamp(*parse_time_by("%d/%b/%Y:%H:%M:%S %z", "04/Jul/2024:03:02:03 +0200")),
              "2024-07-04T01:02:03Z");
    EXPECT_EQ(parse_time_by("%d.%m.%Y", "31.2.2024"), std::nullopt);
    EXPECT_EQ(format_timestamp(*parse_epoch("1720054923")), "2024-07-04T01:02:03Z");
    EXPECT_EQ(format_timestamp(*parse_epoch("1720054923250")), "2024-07-04T01:02:03.25Z");
    EXPECT_EQ(format_timestamp(*parse_epoch("1720054923.5")), "2024-07-04T01:02:03.5Z");
    EXPECT_EQ(parse_epoch("99999999999999999999"), std::nullopt);
}

TEST(Values, TheTimeReaderEqualsTheGeneralOne) {
    TimeReader reader;
    for (auto const* const text : {"2024-07-04 01:02:03", "2024-07-04 23:59:59", "2024-07-04 24:00:00",
                                   "2024-07-04 01:02:60", "2024-07-05 00:00:00", "2024-02-30 00:00:00",
                                   "2024-07-05 00:00:0x", "0000-00-00 00:00:00", "2024-07-05T00:00:01", "2024-07-05"}) {
        auto const expected = parse_timestamp(text);
        auto const got = reader.read(text);
        EXPECT_EQ(got.has_value(), expected.has_value()) << text;
        if (got && expected) EXPECT_EQ(*got, *expected) << text;
    }
}

TEST(Values, NumbersAndTruth) {
    EXPECT_EQ(parse_whole("+5"), 5);
    EXPECT_EQ(parse_whole(" 42 "), 42);
    EXPECT_EQ(parse_whole("-3"), -3);
    for (auto const* const wrong : {"", "4x", "--1", "+-1", "1.0", "99999999999999999999"})
        EXPECT_EQ(parse_whole(wrong), std::nullopt) << wrong;
    EXPECT_EQ(parse_real("1.50"), 1.5);
    EXPECT_EQ(parse_real("nan"), std::nullopt);
    EXPECT_EQ(parse_real("inf"), std::nullopt);
    EXPECT_EQ(parse_truth("Enabled"), true);
    EXPECT_EQ(parse_truth("0"), false);
    EXPECT_EQ(parse_truth("maybe"), std::nullopt);
}

TEST(Values, CveIdsOfATagAreSortedAndEachOnce) {
    EXPECT_EQ(cve_ids("telnet"), "");
    EXPECT_EQ(cve_ids("iot;cve-2023-2;CVE-2021-1;cve-2023-2"), "cve-2021-1;cve-2023-2");
    EXPECT_EQ(cve_ids("cve-abc-1;cve-2021-;xcve-2021-1"), "");
}

TEST(Values, JsonTextsEqualTheGeneralWriter) {
    for (std::string const text :
         {"", "plain", "exactly sixteen!", "longer than sixteen bytes, plain", "a \"quote\" in a longer text",
          "tab\tin a text of more than 16", "back\\slash", "ünï cödé text of some length", "\x01"}) {
        std::string fast, general;
        append_json_text(fast, text);
        append_json_string(general, text);
        EXPECT_EQ(fast, general);
    }
}

}  // namespace
}  // namespace tocsin::events
