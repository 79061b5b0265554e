#pragma once
#include "base/base.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Messages of somebody's broker, each told to be taken only when it is: STOMP 1.2, AMQP 0-9-1 (RabbitMQ's dialect) and
/// Kafka.
namespace tocsin::net {

enum class StreamProtocol : std::uint8_t { stomp, amqp, kafka };

struct StreamHost {
    std::string host;  ///< a name or an address, without brackets
    std::uint16_t port = 0;
};
/// Where a broker is.
///   stomp://host[:port][/virtual-host], stomps:// with TLS; 61613 and 61614 when no port is given
///   amqp://host[:port][/virtual-host], amqps:// with TLS; 5672 and 5671
///   kafka://host[:port][,host[:port]...], kafkas:// with TLS; 9092 and 9093
struct StreamAddress {
    StreamProtocol protocol = StreamProtocol::stomp;
    bool has_tls = false;
    std::vector<StreamHost> hosts = {};  ///< one, of Kafka up to 10
    std::string virtual_host = {};       ///< percent-decoded; none given: STOMP the host's name, AMQP "/"
};
/// Errors: Code::invalid, saying what was expected.
Result<StreamAddress> parse_stream_url(StreamProtocol protocol, std::string_view url);

struct StreamOptions {
    StreamAddress address;
    /// STOMP: the destination. AMQP: a queue, which must be there. Kafka: topics, separated by commas.
    std::string queue;
    std::string group = {};  ///< Kafka: the consumer group that our offsets are kept under; we do not join it
    std::vector<std::string> headers = {};   ///< STOMP: "name:value", added to SUBSCRIBE
    std::string user = {}, password = {};    ///< none: AMQP signs in by certificate (EXTERNAL), the others as nobody
    std::string mechanism = {};              ///< Kafka, SASL: PLAIN (also when empty), SCRAM-SHA-256, SCRAM-SHA-512
    std::string ca_file = {};                ///< PEM; empty: the system's
    std::string fingerprint = {};            ///< as HttpClientOptions::fingerprint
    std::string certificate = {}, key = {};  ///< PEM, ours; empty: none
    std::string proxy = {};                  ///< as HttpClientOptions::proxy; Kafka knows none
    std::vector<IpPrefix> reachable = {};    ///< networks that may be reached although they are not global
    int most_messages = 1000;                ///< given and not yet acknowledged: what the broker is asked to hold to
    std::uint64_t most_bytes = 1 << 20;      ///< of one message; of a longer one only the size is told
    std::chrono::seconds connect_time{30};   ///< connection, TLS, log-in and subscription
    std::chrono::seconds quiet_time{30};     ///< heart-beats are sent, and asked for, so often
    std::function<bool()> is_cancelled = [] { return false; };  ///< asked about twice a second
};

struct StreamMessage {
    std::string body = {};
    std::string name = {};           ///< destination, routing key, or topic/partition/offset
    std::uint64_t bytes = 0;         ///< of the whole body
    bool is_cut = false;             ///< it is longer than `most_bytes`: there is no body
    std::optional<bool> is_again{};  ///< the broker says that it has, or has not, given it before
};

/// One connection with one subscription. One thread at a time. After an error it is of no use any more.
///
/// Errors of all calls, each naming the broker: Code::denied (log-in, certificate, an address that must not be
/// reached, no right to read), Code::not_found (no such queue or topic), Code::unavailable (no connection, broke off,
/// too slow, cancelled), Code::invalid (what came is not the protocol), Code::limit, Code::io (a file of ours).
class MessageStream {
  public:
    virtual ~MessageStream() = default;
    /// The next message; nothing when none came in that time. Calls keep the connection alive: there must be one
    /// more often than `quiet_time`.
    virtual Result<std::optional<StreamMessage>> next(std::chrono::milliseconds wait) = 0;
    /// All that `next` has given is ours: the broker need not keep it. Those that were cut are refused for good, where
    /// the protocol can say so. When this comes back the broker has heard it. What is not acknowledged, the
    /// broker gives again later.
    virtual Status acknowledge() = 0;
};

/// Connects, signs in and subscribes.
Result<std::unique_ptr<MessageStream>> open_stream(StreamOptions options);

}  // namespace tocsin::net
