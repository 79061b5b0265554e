#pragma once
#include "base/base.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The messages themselves, without a socket. Private to the room. What comes in is hostile.
namespace tocsin::events::wire {

/// A query for A records, recursion desired (RFC 1035 section 4.1). Errors: Code::invalid for what is no name.
Result<std::string> dns_query(std::string_view name, std::uint16_t id);
struct DnsReply {
    int code = 0;           ///< RCODE
    bool recurses = false;  ///< RA
    int answers = 0;
};
/// None for what is no answer to exactly this question.
std::optional<DnsReply> dns_reply(std::string_view message, std::string_view query);

/// Mode 6, READVAR of the system (RFC 9327 section 2).
std::string ntp_control(std::uint16_t sequence);
/// What an answer to it says: true, its variables; false, an error. None for anything else.
std::optional<bool> is_ntp_control(std::string_view message, std::uint16_t sequence);
/// A client's packet (RFC 5905 section 7.3); `stamp`, eight bytes, comes back in the answer.
std::string ntp_time(std::string_view stamp);
bool is_ntp_time(std::string_view message, std::string_view stamp);

/// memcached's frame for UDP around a line.
std::string memcached_version(std::uint16_t id);
bool is_memcached_version(std::string_view message, std::uint16_t id);

/// A ClientHello of that version with these ciphers and no extension (RFC 6101 section 5.6.1.2, RFC 2246 section
/// 7.4.1.2). `random`: 32 bytes.
std::string client_hello(std::uint16_t version, std::vector<std::uint16_t> const& ciphers, std::string_view random);
enum class Hello : std::uint8_t {
    partial,   ///< not enough bytes yet
    taken,     ///< a ServerHello of that version with one of these ciphers
    declined,  ///< an alert
    foreign,   ///< something else
};
Hello server_hello(std::string_view bytes, std::uint16_t version, std::vector<std::uint16_t> const& ciphers);

/// The status of an answer of HTTP/1; none for what is none.
std::optional<int> http_status(std::string_view bytes);

}  // namespace tocsin::events::wire
