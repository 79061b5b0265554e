#include "events/recheck/wire.hpp"

#include "net/dns_client.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::events::wire {
namespace {

constexpr std::size_t dns_header = 12;
constexpr std::size_t ntp_control_header = 12;
constexpr std::size_t ntp_packet = 48;
constexpr std::size_t memcached_header = 8;
constexpr std::size_t tls_header = 5;

void put16(std::string& out, std::size_t number) {
    out += static_cast<char>(number >> 8 & 0xff);
    out += static_cast<char>(number & 0xff);
}

/// 0 beyond the end.
std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
    return at < bytes.size() ? static_cast<std::uint8_t>(bytes[at]) : std::uint8_t{0};
}
std::uint16_t number_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

}  // namespace

Result<std::string> dns_query(std::string_view name, std::uint16_t id) {
    TRY(auto query, net::dns_question(name, id));
    query[query.size() - 3] = 1;  // A, where it asks for TXT
    return query;
}

std::optional<DnsReply> dns_reply(std::string_view message, std::string_view query) {
    auto const flags = number_at(message, 2);
    bool const is_ours =
        message.size() >= query.size() && query.size() > dns_header && number_at(message, 0) == number_at(query, 0) &&
        (flags & 0x8000) != 0 && number_at(message, 4) == 1 &&
        equal_ignoring_case(message.substr(dns_header, query.size() - dns_header), query.substr(dns_header));
    if (is_ours) return DnsReply{flags & 0xf, (flags & 0x0080) != 0, number_at(message, 6)};
    // Who refuses or can't read a query may leave the question out.
    bool const is_short = message.size() >= dns_header && number_at(message, 0) == number_at(query, 0) &&
                          (flags & 0x8000) != 0 && number_at(message, 4) == 0 && (flags & 0xf) != 0;
    return is_short ? std::optional(DnsReply{flags & 0xf, (flags & 0x0080) != 0, 0}) : std::nullopt;
}

std::string ntp_control(std::uint16_t sequence) {
    std::string packet = {0x16, 0x02};  // version 2, mode 6; READVAR
    put16(packet, sequence);
    packet.append(8, '\0');  // status, association (0: the system), offset, count
    return packet;
}

std::optional<bool> is_ntp_control(std::string_view message, std::uint16_t sequence) {
    auto const operation = byte_at(message, 1);
    bool const is_ours = message.size() >= ntp_control_header && (byte_at(message, 0) & 7) == 6 &&
                         (operation & 0x80) != 0 && (operation & 0x1f) == 2 && number_at(message, 2) == sequence;
    return is_ours ? std::optional((operation & 0x40) == 0) : std::nullopt;
}

std::string ntp_time(std::string_view stamp) {
    TOCSIN_ASSERT(stamp.size() == 8);
    std::string packet = {0x23};  // version 4, mode 3
    packet.append(ntp_packet - 1 - stamp.size(), '\0');
    packet += stamp;
    return packet;
}

bool is_ntp_time(std::string_view message, std::string_view stamp) {
    return message.size() >= ntp_packet && (byte_at(message, 0) & 7) == 4 && message.substr(24, 8) == stamp;
}

std::string memcached_version(std::uint16_t id) {
    std::string datagram;
    put16(datagram, id);
    for (unsigned const number : {0U, 1U, 0U}) put16(datagram, number);  // of how many, reserved
    return datagram + "version\r\n";
}

bool is_memcached_version(std::string_view message, std::uint16_t id) {
    return message.size() > memcached_header && number_at(message, 0) == id &&
           message.substr(memcached_header).starts_with("VERSION ");
}

std::string client_hello(std::uint16_t version, std::vector<std::uint16_t> const& ciphers, std::string_view random) {
    TOCSIN_ASSERT(random.size() == 32);
    std::string hello;
    put16(hello, version);
    hello += random;
    hello += '\0';  // no session
    put16(hello, ciphers.size() * 2);
    for (auto const cipher : ciphers) put16(hello, cipher);
    hello += '\1';  // one way to compress:
    hello += '\0';  // none
    std::string handshake = {1, 0};
    put16(handshake, hello.size());
    handshake += hello;
    std::string record = {22};
    put16(record, version);
    put16(record, handshake.size());
    return record + handshake;
}

Hello server_hello(std::string_view bytes, std::uint16_t version, std::vector<std::uint16_t> const& ciphers) {
    if (bytes.empty()) return Hello::partial;
    auto const kind = byte_at(bytes, 0);
    if (kind != 21 && kind != 22) return Hello::foreign;
    if (bytes.size() < tls_header) return Hello::partial;
    if (byte_at(bytes, 1) != 3) return Hello::foreign;
    if (kind == 21) return bytes.size() < tls_header + 2 ? Hello::partial : Hello::declined;
    constexpr std::size_t session = tls_header + 4 + 2 + 32;  // behind handshake header, version and random
    if (bytes.size() <= session) return Hello::partial;
    auto const cipher = session + 1 + byte_at(bytes, session);
    if (byte_at(bytes, session) > 32 || byte_at(bytes, tls_header) != 2) return Hello::foreign;
    if (bytes.size() < cipher + 2) return Hello::partial;
    bool const is_it = number_at(bytes, tls_header + 4) == version &&
                       std::ranges::find(ciphers, number_at(bytes, cipher)) != ciphers.end();
    return is_it ? Hello::taken : Hello::foreign;
}

std::optional<int> http_status(std::string_view bytes) {
    if (bytes.size() < 12 || !bytes.starts_with("HTTP/1.") || bytes[8] != ' ') return std::nullopt;
    auto const status = parse_int(bytes.substr(9, 3));
    if (!status || *status < 100 || *status > 599) return std::nullopt;
    return static_cast<int>(*status);
}

}  // namespace tocsin::events::wire
