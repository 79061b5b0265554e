#include "net/curl_parts.hpp"
#include "net/http_client.hpp"
#include "net/message_streams.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <map>
#include <mutex>
#include <openssl/evp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tocsin::net {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds look_around{500};
constexpr std::chrono::minutes between_counts{5};  ///< of partitions
constexpr std::size_t error_bytes = 512;

/// What librdkafka's threads find. Outlives the client.
struct Rules {
    StreamOptions const* options = nullptr;
    std::string wanted_fingerprint = {};
    std::mutex mutex = {};  ///< guards what follows: librdkafka has a thread for each broker
    std::optional<IpAddress> refused = {};
    std::optional<Error> fault = {};
    SteadyClock::time_point down_since = {};
    bool is_down = false;
};

int on_connect(int socket, sockaddr const* target, int size, char const*, void* user) {
    auto& rules = *static_cast<Rules*>(user);
    auto const address = address_of(*target);
    bool const may_reach = address && (kind_of(*address) == AddressKind::global ||
                                       std::ranges::any_of(rules.options->reachable, [&](IpPrefix const& prefix) {
                                           return prefix.contains(*address);
                                       }));
    if (!may_reach) {
        std::lock_guard const lock(rules.mutex);
        rules.refused = address;
        return EACCES;
    }
    bool const is_begun = ::connect(socket, target, static_cast<socklen_t>(size)) == 0 || errno == EINPROGRESS;
    return is_begun ? 0 : errno;
}

/// The certificate of the broker itself decides when it was pinned.
int on_certificate(rd_kafka_t*, char const*, std::int32_t, int* fault, int depth, char const* bytes, std::size_t size,
                   char* words, std::size_t room, void* user) {
    auto const& rules = *static_cast<Rules*>(user);
    if (rules.wanted_fingerprint.empty()) return *fault == 0 ? 1 : 0;
    if (depth == 0) {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned length = 0;
        EVP_Digest(bytes, size, digest.data(), &length, EVP_sha256(), nullptr);
        if (to_hex({reinterpret_cast<char const*>(digest.data()), length}) != rules.wanted_fingerprint) {
            std::snprintf(words, room, "it is not the certificate that was pinned");
            return 0;
        }
    }
    *fault = 0;
    return 1;
}

void on_error(rd_kafka_t*, int code, char const* reason, void* user) {
    auto& rules = *static_cast<Rules*>(user);
    std::lock_guard const lock(rules.mutex);
    auto const said = printable(reason);
    switch (static_cast<rd_kafka_resp_err_t>(code)) {
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
            if (!rules.is_down) rules.down_since = SteadyClock::now();
            rules.is_down = true;
            return;
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            rules.fault = Error{Code::denied, fmt::format("the broker refuses login or password ({})", said)};
            return;
        case RD_KAFKA_RESP_ERR__SSL:
            rules.fault = Error{Code::denied,
                                fmt::format("no TLS with the broker, or its certificate can't be trusted ({})", said)};
            return;
        default:
            return;  // it tries again by itself
    }
}

void be_quiet(rd_kafka_t const*, int, char const*, char const*) {}

class Kafka final : public MessageStream {
  public:
    explicit Kafka(StreamOptions options) : options_(std::move(options)) { rules_.options = &options_; }
    ~Kafka() override {
        if (client_ == nullptr) return;
        rd_kafka_consumer_close(client_);
        rd_kafka_destroy(client_);
    }
    Kafka(Kafka const&) = delete;
    Kafka& operator=(Kafka const&) = delete;

    Status open();
    Result<std::optional<StreamMessage>> next(milliseconds wait) override;
    Status acknowledge() override;

  private:
    Status set(rd_kafka_conf_t* conf, char const* name, std::string const& value) const;
    Status configure(rd_kafka_conf_t* conf);
    Status secure(rd_kafka_conf_t* conf) const;
    using Partitions = std::map<std::string, std::int32_t>;  ///< how many a topic has
    Result<Partitions> find_partitions();
    Status assign();
    Status count_again();
    /// What is wrong so that waiting does not help.
    Status fault();
    Result<std::optional<StreamMessage>> take(rd_kafka_message_t const& message);
    std::string where() const {
        auto const& host = options_.address.hosts.front();
        return fmt::format("{}:{}", host.host, host.port);
    }

    StreamOptions options_;
    Rules rules_;
    rd_kafka_t* client_ = nullptr;
    Partitions partitions_;
    SteadyClock::time_point counted_ = {};
    std::map<std::pair<std::string, std::int32_t>, std::int64_t> given_;  ///< the offset behind what was given
};

Status Kafka::set(rd_kafka_conf_t* conf, char const* name, std::string const& value) const {
    std::array<char, error_bytes> said{};
    if (rd_kafka_conf_set(conf, name, value.c_str(), said.data(), said.size()) == RD_KAFKA_CONF_OK) return {};
    return fail(Code::invalid, fmt::format("{}: {}", name, printable(said.data())));
}

Status Kafka::secure(rd_kafka_conf_t* conf) const {
    bool const has_tls = options_.address.has_tls, has_login = !options_.user.empty();
    auto const protocol = has_login ? (has_tls ? "sasl_ssl" : "sasl_plaintext") : (has_tls ? "ssl" : "plaintext");
    CHECK(set(conf, "security.protocol", protocol));
    if (has_login) {
        CHECK(set(conf, "sasl.mechanisms", options_.mechanism.empty() ? "PLAIN" : options_.mechanism));
        CHECK(set(conf, "sasl.username", options_.user));
        CHECK(set(conf, "sasl.password", options_.password));
    }
    if (!has_tls) return {};
    for (auto const* path : {&options_.ca_file, &options_.certificate, &options_.key})
        if (!path->empty() && ::access(path->c_str(), R_OK) != 0)
            return fail(Code::io, fmt::format("{} can't be read", *path));
    if (!options_.ca_file.empty()) CHECK(set(conf, "ssl.ca.location", options_.ca_file));
    if (!options_.certificate.empty()) {
        CHECK(set(conf, "ssl.certificate.location", options_.certificate));
        CHECK(set(conf, "ssl.key.location", options_.key));
    }
    bool const is_pinned = !rules_.wanted_fingerprint.empty();
    CHECK(set(conf, "ssl.endpoint.identification.algorithm", is_pinned ? "none" : "https"));
    rd_kafka_conf_set_ssl_cert_verify_cb(conf, on_certificate);
    return {};
}

Status Kafka::configure(rd_kafka_conf_t* conf) {
    std::string brokers;
    for (auto const& host : options_.address.hosts) {
        bool const is_v6 = host.host.contains(':');
        brokers += fmt::format("{}{}{}{}:{}", brokers.empty() ? "" : ",", is_v6 ? "[" : "", host.host, is_v6 ? "]" : "",
                               host.port);
    }
    CHECK(set(conf, "bootstrap.servers", brokers));
    CHECK(set(conf, "client.id", "tocsin"));
    CHECK(set(conf, "group.id", options_.group));
    // Offsets are committed by `acknowledge` alone; a new group begins with what is there.
    CHECK(set(conf, "enable.auto.commit", "false"));
    CHECK(set(conf, "enable.auto.offset.store", "false"));
    CHECK(set(conf, "auto.offset.reset", "earliest"));
    CHECK(set(conf, "queued.max.messages.kbytes", "16384"));
    CHECK(set(conf, "queued.min.messages", std::to_string(std::clamp(options_.most_messages, 1, 10'000'000))));
    CHECK(set(conf, "fetch.message.max.bytes",
              std::to_string(std::clamp<std::uint64_t>(options_.most_bytes, 1000, 8 << 20))));
    CHECK(set(conf, "reconnect.backoff.max.ms", "5000"));
    CHECK(set(conf, "socket.keepalive.enable", "true"));
    CHECK(secure(conf));
    rd_kafka_conf_set_opaque(conf, &rules_);
    rd_kafka_conf_set_connect_cb(conf, on_connect);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, be_quiet);
    return {};
}

Status Kafka::fault() {
    if (options_.is_cancelled()) return fail(Code::unavailable, "it was cancelled");
    std::lock_guard const lock(rules_.mutex);
    if (rules_.refused)
        return fail(Code::denied,
                    fmt::format("{} leads to {}, which is {}; if that is meant, allow private addresses", where(),
                                format_ip(*rules_.refused), net::name_of(kind_of(*rules_.refused))));
    if (rules_.fault) return fail(rules_.fault->code, fmt::format("{}: {}", where(), rules_.fault->message));
    if (rules_.is_down && SteadyClock::now() - rules_.down_since > options_.quiet_time)
        return fail(Code::unavailable, fmt::format("{}: no broker answers; try later", where()));
    return {};
}

/// The partitions of our topics. Somebody must answer, and know them.
Result<Kafka::Partitions> Kafka::find_partitions() {
    auto const until = SteadyClock::now() + options_.connect_time;
    struct rd_kafka_metadata const* known = nullptr;
    while (true) {
        if (partitions_.empty()) rd_kafka_poll(client_, 0);  // hears of errors; later `next` does
        CHECK(fault());
        auto const result = rd_kafka_metadata(client_, 1, nullptr, &known, static_cast<int>(look_around.count()));
        if (result == RD_KAFKA_RESP_ERR_NO_ERROR) break;
        if (SteadyClock::now() > until)
            return fail(Code::unavailable,
                        fmt::format("{}: {}; try later", where(), printable(rd_kafka_err2str(result))));
    }
    Partitions found;
    for (auto const topic : split(options_.queue, ','))
        for (int i = 0; i < known->topic_cnt; ++i)
            if (known->topics[i].topic == trimmed(topic) && known->topics[i].partition_cnt > 0)
                found[std::string(trimmed(topic))] = known->topics[i].partition_cnt;
    rd_kafka_metadata_destroy(known);
    for (auto const topic : split(options_.queue, ','))
        if (!found.contains(std::string(trimmed(topic))))
            return fail(Code::not_found,
                        fmt::format("{} has no topic {}, or does not let us see it", where(), printable(topic)));
    return found;
}

/// All partitions are ours, without asking the group: who was killed need not wait until the brokers believe it, and
/// the group keeps our offsets all the same.
Status Kafka::assign() {
    TRY(partitions_, find_partitions());
    counted_ = SteadyClock::now();
    auto* const list = rd_kafka_topic_partition_list_new(4);
    for (auto const& [topic, count] : partitions_)
        for (std::int32_t i = 0; i < count; ++i)
            rd_kafka_topic_partition_list_add(list, topic.c_str(), i)->offset = RD_KAFKA_OFFSET_STORED;
    auto const result = rd_kafka_assign(client_, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (result == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    return fail(Code::invalid, fmt::format("{}: {}", where(), printable(rd_kafka_err2str(result))));
}

/// Topics may get more partitions; then everything begins anew.
Status Kafka::count_again() {
    if (SteadyClock::now() < counted_ + between_counts) return {};
    counted_ = SteadyClock::now();
    TRY(auto const now, find_partitions());
    if (now == partitions_) return {};
    return fail(Code::unavailable,
                fmt::format("{}: a topic has other partitions than before; it is read anew", where()));
}

Status Kafka::open() {
    if (!options_.fingerprint.empty()) {
        TRY(rules_.wanted_fingerprint, plain_fingerprint(options_.fingerprint));
    }
    auto* const conf = rd_kafka_conf_new();
    if (auto const configured = configure(conf); !configured) {
        rd_kafka_conf_destroy(conf);
        return configured;
    }
    std::array<char, error_bytes> said{};
    client_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf, said.data(), said.size());
    if (client_ == nullptr) {
        rd_kafka_conf_destroy(conf);
        return fail(Code::invalid, fmt::format("{}: {}", where(), printable(said.data())));
    }
    CHECK(assign());
    rd_kafka_poll_set_consumer(client_);
    return {};
}

Result<std::optional<StreamMessage>> Kafka::take(rd_kafka_message_t const& message) {
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        std::string const topic = rd_kafka_topic_name(message.rkt);
        StreamMessage given{.name = fmt::format("{}/{}/{}", topic, message.partition, message.offset),
                            .bytes = message.len,
                            .is_cut = message.len > options_.most_bytes};
        if (!given.is_cut && message.payload != nullptr)
            given.body.assign(static_cast<char const*>(message.payload), message.len);
        given_[{topic, message.partition}] = message.offset + 1;
        std::lock_guard const lock(rules_.mutex);
        rules_.is_down = false;
        return std::optional(std::move(given));
    }
    auto const said = printable(rd_kafka_message_errstr(&message));
    switch (message.err) {
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            return fail(Code::not_found, fmt::format("{}: {}", where(), said));
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
            return fail(Code::denied, fmt::format("{}: {}", where(), said));
        case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
        case RD_KAFKA_RESP_ERR__FATAL:
            return fail(Code::unavailable, fmt::format("{}: {}", where(), said));
        default:
            return std::optional<StreamMessage>();  // librdkafka goes on by itself
    }
}

Result<std::optional<StreamMessage>> Kafka::next(milliseconds wait) {
    auto const until = SteadyClock::now() + wait;
    while (true) {
        CHECK(fault());
        auto const left =
            std::max(std::chrono::duration_cast<milliseconds>(until - SteadyClock::now()), milliseconds(0));
        auto const step = std::min(left, look_around);
        auto* const message = rd_kafka_consumer_poll(client_, static_cast<int>(step.count()));
        if (message == nullptr) {
            if (left <= step) return std::optional<StreamMessage>();
            continue;
        }
        auto taken = take(*message);
        rd_kafka_message_destroy(message);
        if (!taken || *taken) return taken;
        if (SteadyClock::now() >= until) return std::optional<StreamMessage>();
    }
}

Status Kafka::acknowledge() {
    if (given_.empty()) return {};
    auto* const offsets = rd_kafka_topic_partition_list_new(static_cast<int>(given_.size()));
    for (auto const& [where_, offset] : given_)
        rd_kafka_topic_partition_list_add(offsets, where_.first.c_str(), where_.second)->offset = offset;
    auto const result = rd_kafka_commit(client_, offsets, 0);
    rd_kafka_topic_partition_list_destroy(offsets);
    given_.clear();
    if (result == RD_KAFKA_RESP_ERR_NO_ERROR || result == RD_KAFKA_RESP_ERR__NO_OFFSET) return {};
    return fail(Code::unavailable, fmt::format("{} does not take the offsets: {}; try later", where(),
                                               printable(rd_kafka_err2str(result))));
}

}  // namespace

Result<std::unique_ptr<MessageStream>> open_kafka(StreamOptions options) {
    auto stream = std::make_unique<Kafka>(std::move(options));
    CHECK(stream->open());
    return std::unique_ptr<MessageStream>(std::move(stream));
}

}  // namespace tocsin::net
