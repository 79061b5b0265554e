#include "events/feed_definition.hpp"

#include <gtest/gtest.h>

namespace tocsin::events {
namespace {

std::string faults_of(std::string_view text) {
    auto const feed = read_feed_definition("x/y", {"feeds/x/y.toml", text});
    return feed ? "" : feed.error().message;
}

TEST(FeedDefinition, TakesTheConversionFromTheField) {
    auto const feed = read_feed_definition("x/y", {"y.toml", R"(
name = "Y"
[classification]
type = "scanner"
[columns]
when_seen = "time.source"
address = "source.ip"
asn = "source.asn"
note = "extra.note"
nothing = false
)"});
    ASSERT_TRUE(feed) << feed.error().message;
    EXPECT_EQ(meanings_of(*feed, "when_seen")->meanings.front().as, Conversion::time);
    EXPECT_EQ(meanings_of(*feed, "address")->meanings.front().as, Conversion::ip);
    EXPECT_EQ(meanings_of(*feed, "asn")->meanings.front().as, Conversion::nonzero);
    EXPECT_EQ(meanings_of(*feed, "note")->meanings.front().as, Conversion::text);
    EXPECT_TRUE(meanings_of(*feed, "nothing")->meanings.empty());
    EXPECT_EQ(meanings_of(*feed, "unheard_of"), nullptr);
    EXPECT_EQ(feed->taxonomy, "information-gathering");
}

TEST(FeedDefinition, FaultsNameFileLineKeyAndWhatWasExpected) {
    auto const faults = faults_of(
        "name = 5\n[classification]\ntype = \"nonsense\"\n[record]\ndelimiter = \"ab\"\ncolor = true\n[columns]\n"
        "a = \"source.nowhere\"\nb = { field = \"source.ip\", as = \"float\" }\nc = { field = \"extra.c\", as = "
        "\"word\" }\n");
    for (auto const* const expected :
         {"feeds/x/y.toml:1: name: expected a text in quotes", "feeds/x/y.toml:3: classification.type: expected a type",
          "feeds/x/y.toml:5: record.delimiter: expected one ASCII character",
          "feeds/x/y.toml:6: record.color: expected no such key",
          "feeds/x/y.toml:8: columns.a: expected the name of a field",
          "feeds/x/y.toml:9: columns.b: expected a conversion that fits source.ip",
          "feeds/x/y.toml:10: columns.c.as: expected one of text, verbatim, int"})
        EXPECT_NE(faults.find(expected), std::string::npos) << expected << "\nis not in\n" << faults;
}

TEST(FeedDefinition, BrokenTomlIsAFaultWithItsLine) {
    EXPECT_TRUE(faults_of("name = \"x\"\n[record\n").starts_with("feeds/x/y.toml:2: "))
        << faults_of("name = \"x\"\n[record\n");
}

TEST(FeedDefinition, MalformedKeysAreFaultsToo) {
    for (auto const* const text : {"[", "[=", "[ #", "[.a]", "[a.\n", "a.=1", "[[ \n", "[[\xCC\xAA"})
        EXPECT_TRUE(faults_of(text).starts_with("feeds/x/y.toml:1: ")) << text << faults_of(text);
}

TEST(FeedDefinition, OtherLettersBelongIntoQuotesAndComments) {
    std::string const rest = "[classification]\ntype = \"spam\"\n[columns]\na = \"extra.a\"\n";
    EXPECT_EQ(faults_of("# é\nname = \"é \\\" é\"\ntitle = 'é'\nlicence = \"\"\"é\n\"é\"\"\"\n" + rest), "");
    EXPECT_EQ(faults_of("name = \"x\"\né = 1\n"), "feeds/x/y.toml:2: a character beyond ASCII outside of quotes");
}

TEST(FeedDefinition, WhatOnlyTheWholeShowsIsCheckedToo) {
    EXPECT_NE(faults_of("[classification]\ntype = \"spam\"\n").find("expected the feed's name"), std::string::npos);
    EXPECT_NE(faults_of("name = \"x\"\n[columns]\na = \"extra.a\"\n").find("classification.type"), std::string::npos);
    EXPECT_NE(faults_of("name = \"x\"\n[classification]\ntype = \"spam\"\n[columns]\na = "
                        "\"extra.a\"\n[record]\nrequired = [\"b\"]\n")
                  .find("b has none"),
              std::string::npos);
    EXPECT_NE(
        faults_of(
            "name = \"x\"\n[classification]\ntype = \"spam\"\n[columns]\na = \"extra.a\"\n[record]\nheader = false\n")
            .find("order of the columns"),
        std::string::npos);
}

TEST(FeedDefinition, AConditionNeedsAColumnAComparisonAndWhatToSet) {
    std::string const front = "name = \"x\"\n[classification]\ntype = \"spam\"\n[columns]\na = \"extra.a\"\n";
    EXPECT_EQ(faults_of(front + "[[when]]\ncolumn = \"a\"\nequals = \"b\"\nset = { \"severity\" = \"high\" }\n"), "");
    EXPECT_NE(faults_of(front + "[[when]]\ncolumn = \"a\"\nset = { \"severity\" = \"high\" }\n"), "");
    EXPECT_NE(faults_of(front + "[[when]]\ncolumn = \"a\"\nequals = \"b\"\nset = { \"source.port\" = \"5\" }\n"), "");
}

TEST(Fields, AreFoundByTheirOutsideName) {
    for (std::size_t i = 0; i < field_count; ++i) EXPECT_EQ(field_named(field_table[i].name), static_cast<Field>(i));
    EXPECT_EQ(field_named("extra.tag"), std::nullopt);
    EXPECT_EQ(field_named(""), std::nullopt);
}

TEST(Classification, OldNamesAreUnderstood) {
    EXPECT_EQ(classification_type("Botnet Drone")->name, "infected-system");
    EXPECT_EQ(classification_type("blacklist")->taxonomy, "other");
    EXPECT_FALSE(classification_type("blacklist")->rsit);
    EXPECT_EQ(classification_type("nonsense"), std::nullopt);
}

}  // namespace
}  // namespace tocsin::events
