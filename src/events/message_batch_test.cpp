#include "events/message_batch.hpp"

#include "events/feed_catalogue.hpp"

#include <gmock/gmock.h>

namespace tocsin::events {
namespace {

FeedDefinition feed_of(FeedFormat format) {
    FeedDefinition feed;
    feed.format = format;
    return feed;
}

std::string joined(FeedDefinition const& feed, std::vector<std::string> const& messages) {
    MessageBatch batch(feed);
    for (auto const& one : messages) batch.add(one, "m");
    return batch.joined();
}

TEST(MessageBatch, PutsEachDocumentOnALineOfItsOwn) {
    auto const feed = feed_of(FeedFormat::jsonl);
    EXPECT_EQ(
        joined(feed, {"{\"a\":1}", "{\n \"b\": 2\r\n}\n", "\xef\xbb\xbf{\"c\":3}", " ", "{\"d\":4}\n{\"e\":5}\n"}),
        "{\"a\":1}\n{  \"b\": 2  }\n{\"c\":3}\n{\"d\":4}\n{\"e\":5}\n");
}

TEST(MessageBatch, WhatIsNoDocumentBecomesARecordThatIsRefused) {
    auto feed = feed_of(FeedFormat::json);
    EXPECT_EQ(joined(feed, {"{\"a\":1}", "{ broken\n}}", "{\"b\":2}"}), "{\"a\":1}\n\"{ broken\\n}}\"\n{\"b\":2}\n");
    feed.records = "data.*.items";
    EXPECT_EQ(joined(feed, {"]["}), "{\"data\":[{\"items\":\"][\"}]}\n");
}

TEST(MessageBatch, JoinsLinesButNothingThatReachesIntoThem) {
    auto csv = feed_of(FeedFormat::csv);
    csv.has_header = false;
    MessageBatch batch(csv);
    for (std::string const& one :
         {std::string("a,b\r\n"), std::string("c,\"d"), std::string("\x1f\x8b\b\0", 4), std::string("e,\"f\ng\"")})
        batch.add(one, "m");
    EXPECT_EQ(batch.joined(), "a,b\ne,\"f\ng\"\n");
    EXPECT_EQ(batch.alone().size(), 2U);
    EXPECT_EQ(batch.messages(), 4U);
    batch.clear();
    EXPECT_TRUE(batch.is_empty());
}

TEST(MessageBatch, WhatHasAHeadStandsAlone) {
    for (auto const format : {FeedFormat::csv, FeedFormat::xml, FeedFormat::xarf}) {
        auto const feed = feed_of(format);
        EXPECT_EQ(joining_of(feed), Joining::alone);
        EXPECT_EQ(joined(feed, {"a,b\n1,2\n"}), "");
    }
    EXPECT_EQ(joining_of(*FeedCatalogue::open().value().find("n6/json").value()), Joining::documents);
}

}  // namespace
}  // namespace tocsin::events
