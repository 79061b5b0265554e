#include "net/message_stream.hpp"

#include "net/kafka_test_cluster.hpp"

#include <gmock/gmock.h>

namespace tocsin::net {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(StreamUrl, HoldsHostsPortsAndAVirtualHost) {
    auto const n6 = parse_stream_url(StreamProtocol::stomp, "stomps://stream.example").value();
    EXPECT_TRUE(n6.has_tls);
    EXPECT_EQ(n6.hosts.front().port, 61614);
    EXPECT_EQ(n6.virtual_host, "stream.example");
    auto const amqp = parse_stream_url(StreamProtocol::amqp, "amqp://[2001:db8::1]:5673/a%2Fb").value();
    EXPECT_EQ(amqp.hosts.front().host, "2001:db8::1");
    EXPECT_EQ(amqp.hosts.front().port, 5673);
    EXPECT_EQ(amqp.virtual_host, "a/b");
    EXPECT_EQ(parse_stream_url(StreamProtocol::amqp, "amqps://mq.example").value().virtual_host, "/");
    auto const kafka = parse_stream_url(StreamProtocol::kafka, "kafkas://a.example,b.example:9999").value();
    ASSERT_EQ(kafka.hosts.size(), 2U);
    EXPECT_EQ(kafka.hosts[0].port, 9093);
    EXPECT_EQ(kafka.hosts[1].port, 9999);
}

TEST(StreamUrl, RefusesTheRest) {
    using enum StreamProtocol;
    for (auto const& [protocol, url] :
         std::vector<std::pair<StreamProtocol, std::string_view>>{{stomp, "https://a.example"},
                                                                  {stomp, "stomp://user:secret@a.example"},
                                                                  {stomp, "stomp://a.example,b.example"},
                                                                  {amqp, "amqp://"},
                                                                  {amqp, "amqp://a.example:0"},
                                                                  {amqp, "amqp://a.example/v?x=1"},
                                                                  {kafka, "kafka://a.example/topic"},
                                                                  {kafka, "kafka://a.example:99999"}})
        EXPECT_FALSE(parse_stream_url(protocol, url)) << url;
}

StreamOptions options_of(KafkaCluster const& cluster) {
    StreamOptions options;
    options.address = parse_stream_url(StreamProtocol::kafka, "kafka://" + cluster.address()).value();
    options.queue = "events";
    options.group = "tocsin";
    options.reachable = {*parse_prefix("127.0.0.0/8")};
    options.connect_time = 10s;
    options.most_bytes = 1000;
    return options;
}

std::vector<std::string> read(MessageStream& stream, std::size_t count) {
    std::vector<std::string> bodies;
    while (bodies.size() < count) {
        auto const message = stream.next(10s);
        EXPECT_TRUE(message) << message.error().message;
        if (!message || !*message) break;
        bodies.push_back((*message)->is_cut ? "cut" : (*message)->body);
    }
    return bodies;
}

TEST(Kafka, WhatWasNotAcknowledgedComesAgain) {
    KafkaCluster cluster;
    for (int i = 0; i < 6; ++i) cluster.put("m" + std::to_string(i), i % 2);
    {
        auto stream = open_stream(options_of(cluster));
        ASSERT_TRUE(stream) << stream.error().message;
        EXPECT_THAT(read(**stream, 6), testing::UnorderedElementsAre("m0", "m1", "m2", "m3", "m4", "m5"));
        ASSERT_TRUE((*stream)->acknowledge());
        cluster.put("m6", 0);
        cluster.put(std::string(2000, 'x'), 0);
        EXPECT_THAT(read(**stream, 2), testing::ElementsAre("m6", "cut"));
    }
    auto stream = open_stream(options_of(cluster));
    ASSERT_TRUE(stream) << stream.error().message;
    EXPECT_THAT(read(**stream, 2), testing::ElementsAre("m6", "cut"));
    EXPECT_TRUE((*stream)->acknowledge());
    EXPECT_FALSE((*stream)->next(200ms).value());
}

TEST(Kafka, SaysWhatIsWrong) {
    KafkaCluster const cluster;
    auto options = options_of(cluster);
    options.queue = "nothing";
    auto const none = open_stream(options);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Code::not_found);
    options = options_of(cluster);
    options.reachable.clear();
    auto const inside = open_stream(options);
    ASSERT_FALSE(inside);
    EXPECT_EQ(inside.error().code, Code::denied);
    EXPECT_THAT(inside.error().message, HasSubstr("loopback"));
}

TEST(Stomp, ThisMachineIsOutOfReachUnlessItIsMeant) {
    StreamOptions options;
    options.address = parse_stream_url(StreamProtocol::stomp, "stomp://127.0.0.1:9").value();
    auto const refused = open_stream(options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::denied);
}

}  // namespace
}  // namespace tocsin::net
