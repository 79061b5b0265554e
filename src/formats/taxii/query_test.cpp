#include "formats/taxii/query.hpp"

#include "formats/taxii/time.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tocsin::formats::taxii {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Query good(std::string_view text, Filtered resource = Filtered::objects) {
    auto const query = parse_query(text, resource);
    EXPECT_TRUE(query) << text << ": " << (query ? "" : query.error().message);
    return query ? *query : Query();
}

std::string fault(std::string_view text, Filtered resource = Filtered::objects) {
    auto const query = parse_query(text, resource);
    if (query) return "";
    EXPECT_EQ(query.error().code, Code::invalid);
    return query.error().message;
}

TEST(TaxiiQuery, TakesEveryFilterRawAndPercentEncoded) {
    auto const query = good(
        "added_after=2026-11-26T10:00:00.000001Z&limit=7&next=a%2Bb&match[id]=indicator--1,malware--2&"
        "match%5Btype%5D=x-ours,indicator,indicator&match%5bversion%5d=first,2026-01-01T00%3A00%3A00.5Z,last&"
        "match[spec_version]=2.1%2C2.0&&unknown=1&match[other]=x");
    EXPECT_EQ(query.added_after, Timestamp{*parse_timestamp("2026-11-26T10:00:00.000001Z")});
    EXPECT_EQ(query.limit, 7U);
    EXPECT_EQ(query.next, "a+b");
    EXPECT_THAT(query.ids, ElementsAre("indicator--1", "malware--2"));
    EXPECT_THAT(query.types, ElementsAre("indicator", "x-ours"));
    EXPECT_THAT(query.spec_versions, ElementsAre("2.0", "2.1"));
    EXPECT_TRUE(query.version.first && query.version.last && !query.version.all);
    EXPECT_THAT(query.version.exact, ElementsAre(*parse_timestamp("2026-01-01T00:00:00.5Z")));
}

TEST(TaxiiQuery, NothingAskedIsTheDefault) {
    EXPECT_EQ(good(""), Query());
    EXPECT_EQ(good("&&x=1"), Query());
    EXPECT_TRUE(good("").version.is_default());
}

TEST(TaxiiQuery, LimitsAreWholeNumbersFromOneAndNeverOverflow) {
    EXPECT_EQ(good("limit=1").limit, 1U);
    EXPECT_EQ(good("limit=0010").limit, 10U);
    EXPECT_EQ(good("limit=4294967295").limit, 4294967295U);
    for (auto const* const large : {"limit=4294967296", "limit=9999999999", "limit=99999999999999999999999999"})
        EXPECT_EQ(good(large).limit, 4294967295U) << large;
    for (auto const* const bad :
         {"limit=", "limit", "limit=0", "limit=00", "limit=-1", "limit=abc", "limit=1.0", "limit=+1", "limit=%201",
          "limit=1e3", "limit=0x10", "limit=1&limit=1", "limit=1&limit=2"})
        EXPECT_THAT(fault(bad), HasSubstr("limit")) << bad;
}

TEST(TaxiiQuery, AddedAfterHasAnyPrecisionAndOneForm) {
    auto const at = [](std::string_view text) { return good("added_after=" + std::string(text)).added_after->micros; };
    auto const base = parse_timestamp("2026-11-26T10:00:00Z")->micros;
    EXPECT_EQ(at("2026-11-26T10:00:00Z"), base);
    EXPECT_EQ(at("2026-11-26T10:00:00.1Z"), base + 100'000);
    EXPECT_EQ(at("2026-11-26T10:00:00.123456Z"), base + 123'456);
    EXPECT_EQ(at("2026-11-26T10:00:00.123456789Z"), base + 123'456);
    EXPECT_EQ(at("2026-11-26T10%3A00%3A00.000Z"), base);
    for (auto const* const bad :
         {"", "2026", "2026-11-26", "2026-11-26T10:00:00", "2026-11-26 10:00:00Z", "2026-11-26t10:00:00z",
          "2026-11-26T10:00:00+00:00", "2026-13-26T10:00:00Z", "2026-02-30T10:00:00Z", "2026-11-26T25:00:00Z",
          "2026-11-26T10:00:00.Z", "2026-11-26T10:00:00.1x2Z", "2026-11-26T10:00:00.123456789012345678901234567890123Z",
          "yesterday", "1764151200", "2026-11-26T10:00:00Z,2026-11-26T10:00:00Z"})
        EXPECT_THAT(fault("added_after=" + std::string(bad)), HasSubstr("added_after")) << bad;
    EXPECT_THAT(fault("added_after=2026-11-26T10:00:00Z&added_after=2026-11-26T10:00:00Z"), HasSubstr("once"));
}

TEST(TaxiiQuery, MatchIsAFieldInBracketsOnce) {
    for (auto const* const bad :
         {"match=x", "match[type=x", "match[type]x=x", "match[]=x", "match[[type]]=x", "match[type]",
          "match[type]=", "match[type]=a,,b", "match[type]=,", "match[type]=a&match[type]=b",
          "match[type]=a&match%5Btype%5D=a", "match[id]=%00", "match[other]=x&match[other]=x"})
        EXPECT_THAT(fault(bad), HasSubstr("match")) << bad;
    EXPECT_THAT(good("match[type]=x-whatever-9").types, ElementsAre("x-whatever-9"));
}

TEST(TaxiiQuery, VersionsAreWordsOrInstants) {
    EXPECT_EQ(good("match[version]=2026-01-01T00:00:00Z").version,
              good("match[version]=2026-01-01T00:00:00.000Z").version);
    EXPECT_TRUE(good("match[version]=all").version.all);
    for (auto const* const bad : {"all,last", "first,all", "all,all", "newest", "Last", "2026-01-01", "2.1", ""})
        EXPECT_THAT(fault("match[version]=" + std::string(bad)), HasSubstr("match[version]")) << bad;
    for (auto const* const bad : {"all", "2.", ".1", "2..1", "v2.1", "2.1,", "12345678901234567"})
        EXPECT_THAT(fault("match[spec_version]=" + std::string(bad)), HasSubstr("match[spec_version]")) << bad;
}

TEST(TaxiiQuery, FiltersThatAResourceDoesNotHaveAreIgnoredButNotWithDelete) {
    EXPECT_EQ(good("match[id]=x&match[type]=y", Filtered::object), Query());
    EXPECT_EQ(good("match[version]=nonsense", Filtered::versions), Query());
    EXPECT_THAT(good("match[spec_version]=2.1", Filtered::versions).spec_versions, ElementsAre("2.1"));
    for (auto const* const bad :
         {"match[id]=x", "match[type]=x", "match[other]=x", "limit=1", "next=x", "added_after=2026-01-01T00:00:00Z"})
        EXPECT_THAT(fault(bad, Filtered::delete_object), HasSubstr("DELETE")) << bad;
    EXPECT_TRUE(good("match[version]=all&match[spec_version]=2.1&x=1", Filtered::delete_object).version.all);
}

TEST(TaxiiQuery, BrokenEncodingsAndEndlessQueriesAreMalformed) {
    for (auto const* const bad : {"next=%", "next=%zz", "%ff=1", "next=%ff", "match%5=1"})
        EXPECT_NE(fault(bad), "") << bad;
    std::string many;
    for (int i = 0; i < 201; ++i) many += fmt::format("&p{}=1", i);
    EXPECT_THAT(fault(many), HasSubstr("200 parameters"));
    EXPECT_THAT(fault(std::string(40'000, 'x')), HasSubstr("longer"));
    std::string values = "match[type]=a";
    for (int i = 0; i < 1000; ++i) values += ",a";
    EXPECT_THAT(fault(values), HasSubstr("1000 values"));
    EXPECT_THAT(fault("next=" + std::string(1025, 'x')), HasSubstr("next"));
}

/// A query made of what a client may ask.
Query random_query() {
    auto const text =
        rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("az-09 +&=%[]#?/"))));
    auto const instant = rc::gen::map(rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000'000),
                                      [](std::int64_t micros) { return Timestamp{micros}; });
    Query query;
    if (*rc::gen::arbitrary<bool>()) query.added_after = *instant;
    if (*rc::gen::arbitrary<bool>()) query.limit = *rc::gen::inRange<std::uint32_t>(1, 0xffff'ffff);
    if (*rc::gen::arbitrary<bool>()) query.next = *text;
    auto const texts = rc::gen::container<std::set<std::string>>(text);
    auto const list = [&] {
        auto const set = *texts;
        return std::vector<std::string>(set.begin(), set.end());
    };
    query.ids = list();
    query.types = list();
    query.version.first = *rc::gen::arbitrary<bool>();
    query.version.last = *rc::gen::arbitrary<bool>();
    auto const times = *rc::gen::container<std::set<Timestamp>>(instant);
    query.version.exact.assign(times.begin(), times.end());
    if (query.version.is_default()) query.version.all = *rc::gen::arbitrary<bool>();
    return query;
}

RC_GTEST_PROP(TaxiiQuery, WhatIsWrittenIsReadAsItWas, ()) {
    auto const query = random_query();
    auto const again = parse_query(write_query(query), Filtered::objects);
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == query);
}

TEST(TaxiiQuery, TheSameFiltersHaveTheSameText) {
    EXPECT_EQ(filters_text(good("match[type]=b,a&match[id]=x&limit=3&next=n")),
              filters_text(good("match[id]=x&match[type]=a,b,a")));
    EXPECT_NE(filters_text(good("match[type]=a")), filters_text(good("match[id]=a")));
    EXPECT_EQ(write_query(good("limit=5&match[type]=a b")), "limit=5&match%5Btype%5D=a%20b");
}

TEST(TaxiiTime, HasSixDigitsAlways) {
    EXPECT_EQ(format_time(*parse_timestamp("2026-11-26T10:00:00Z")), "2026-11-26T10:00:00.000000Z");
    EXPECT_EQ(format_time(*parse_timestamp("2026-11-26T10:00:00.12Z")), "2026-11-26T10:00:00.120000Z");
    EXPECT_EQ(format_time(*parse_timestamp("1969-12-31T23:59:59.999999Z")), "1969-12-31T23:59:59.999999Z");
    EXPECT_TRUE(parse_time("2026-11-26T10:00:00.000000Z")->is_exact);
    EXPECT_FALSE(parse_time("2026-11-26T10:00:00Z")->is_exact);
    EXPECT_FALSE(parse_time("2026-11-26T10:00:00.0000000Z")->is_exact);
}

RC_GTEST_PROP(TaxiiTime, IsReadAsItWasWritten, ()) {
    Timestamp const time{*rc::gen::inRange<std::int64_t>(-60'000'000'000'000'000, 250'000'000'000'000'000)};
    auto const again = parse_time(format_time(time));
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->is_exact);
    RC_ASSERT(again->time == time);
}

}  // namespace
}  // namespace tocsin::formats::taxii
