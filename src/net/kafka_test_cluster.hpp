#pragma once
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <string>

/// librdkafka's brokers of its own, in the process of a test, on loopback. A door for tests only.
namespace tocsin::net {

class KafkaCluster {
  public:
    /// With a topic "events" of two partitions.
    KafkaCluster() {
        char said[512];
        auto* const quiet = rd_kafka_conf_new();
        rd_kafka_conf_set(quiet, "log_level", "0", said, sizeof said);
        owner_ = rd_kafka_new(RD_KAFKA_PRODUCER, quiet, said, sizeof said);
        cluster_ = rd_kafka_mock_cluster_new(owner_, 1);
        rd_kafka_mock_topic_create(cluster_, "events", 2, 1);
        auto* const conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "bootstrap.servers", address().c_str(), said, sizeof said);
        writer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, said, sizeof said);
    }
    ~KafkaCluster() {
        rd_kafka_destroy(writer_);
        rd_kafka_mock_cluster_destroy(cluster_);
        rd_kafka_destroy(owner_);
    }
    KafkaCluster(KafkaCluster const&) = delete;
    KafkaCluster& operator=(KafkaCluster const&) = delete;

    std::string address() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
    void put(std::string const& text, int partition) {
        auto* const topic = rd_kafka_topic_new(writer_, "events", nullptr);
        rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, const_cast<char*>(text.data()), text.size(), nullptr, 0,
                         nullptr);
        EXPECT_EQ(rd_kafka_flush(writer_, 10'000), RD_KAFKA_RESP_ERR_NO_ERROR);
        rd_kafka_topic_destroy(topic);
    }

  private:
    rd_kafka_t* owner_ = nullptr;
    rd_kafka_mock_cluster_t* cluster_ = nullptr;
    rd_kafka_t* writer_ = nullptr;
};

}  // namespace tocsin::net
