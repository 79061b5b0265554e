#pragma once
#include "base/base.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

/// One look at one port of one address: at most one connection or one datagram, few bytes, few seconds. For asking a
/// service whether it is still there, and nothing else.
///
/// It connects to the address it is given and to no other; whether that may be done is the caller's business.
namespace tocsin::net {

/// What came of it. Nothing of it says "repaired": that is for who knows what was asked.
enum class Seen : std::uint8_t {
    answered,     ///< bytes came
    accepted,     ///< TCP: the connection stood, and nothing was said in `quiet_time`
    hung_up,      ///< TCP: the connection stood, and the other side ended it without a word
    refused,      ///< TCP: a reset in answer to the first packet; UDP: ICMP port unreachable
    silent,       ///< no answer in time: filtered, lost, or not willing
    unreachable,  ///< the network says that there is no way there
    failed,       ///< something of this machine; `error` says what
};
std::string_view name_of(Seen seen);

struct ProbeOptions {
    std::string source = {};                       ///< our address to come from; empty: the system chooses
    std::chrono::milliseconds connect_time{4000};  ///< TCP: until the connection stands
    std::chrono::milliseconds quiet_time{3000};    ///< after what we sent (or the connection), until the first bytes
    std::chrono::milliseconds total_time{8000};    ///< of all of it, however slowly the other side speaks
    std::size_t most_bytes = 4096;                 ///< read; then we hang up
};

struct ProbeAnswer {
    Seen seen = Seen::failed;
    std::string bytes = {};  ///< at most `most_bytes`
    std::string error = {};
};

/// Connects, sends `words` (may be empty), reads until `is_enough` says so (missing: until the first bytes), until the
/// other side ends, or a limit; then closes. Never sends more than `words`. Safe from any thread.
ProbeAnswer probe_tcp(IpAddress address, std::uint16_t port, std::string_view words, ProbeOptions const& options,
                      std::function<bool(std::string_view bytes)> const& is_enough = {});

/// Sends one datagram, once, and waits for the first one from that address and port that `is_answer` takes (missing:
/// any). Safe from any thread.
ProbeAnswer probe_udp(IpAddress address, std::uint16_t port, std::string_view datagram, ProbeOptions const& options,
                      std::function<bool(std::string_view bytes)> const& is_answer = {});

}  // namespace tocsin::net
