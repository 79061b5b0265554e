#include "net/message_stream.hpp"

#include "net/message_streams.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tocsin::net {
namespace {

constexpr std::size_t most_hosts = 10;

struct Scheme {
    std::string_view plain, secure;
    std::uint16_t port, secure_port;
    std::string_view example;
};
constexpr std::array<Scheme, 3> schemes{{
    {"stomp://", "stomps://", 61613, 61614, "stomps://host[:port][/virtual-host]"},
    {"amqp://", "amqps://", 5672, 5671, "amqps://host[:port][/virtual-host]"},
    {"kafka://", "kafkas://", 9092, 9093, "kafkas://host[:port][,host[:port]...]"},
}};

Result<StreamHost> parse_host(std::string_view text, std::uint16_t port) {
    StreamHost found{.host = {}, .port = port};
    if (text.starts_with('[')) {
        auto const close = text.find(']');
        if (close == std::string_view::npos || !parse_ip(text.substr(1, close - 1)))
            return fail(Code::invalid, "expected an IPv6 address between [ and ]");
        found.host = text.substr(1, close - 1);
        text.remove_prefix(close + 1);
        if (!text.empty() && !text.starts_with(':')) return fail(Code::invalid, "expected host:port");
    } else {
        found.host = text.substr(0, text.find(':'));
        text.remove_prefix(found.host.size());
        bool const is_name =
            !found.host.empty() && found.host.size() <= 253 && std::ranges::all_of(found.host, [](char c) {
                return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       std::string_view("-._").contains(c);
            });
        if (!is_name) return fail(Code::invalid, "expected the name or address of a host, and no user or password");
    }
    if (text.empty()) return found;
    auto const number = parse_int(text.substr(1));
    if (!number || *number < 1 || *number > 65'535) return fail(Code::invalid, "expected a port from 1 to 65535");
    found.port = static_cast<std::uint16_t>(*number);
    return found;
}

}  // namespace

Result<StreamAddress> parse_stream_url(StreamProtocol protocol, std::string_view url) {
    auto const& scheme = schemes[static_cast<std::size_t>(protocol)];
    StreamAddress address{.protocol = protocol};
    if (url.starts_with(scheme.secure)) {
        address.has_tls = true;
        url.remove_prefix(scheme.secure.size());
    } else if (url.starts_with(scheme.plain)) {
        url.remove_prefix(scheme.plain.size());
    } else {
        return fail(Code::invalid, fmt::format("expected {}", scheme.example));
    }
    auto const path = url.find('/');
    auto const hosts = url.substr(0, path);
    for (auto const one : split(hosts, ',')) {
        TRY(auto host, parse_host(one, address.has_tls ? scheme.secure_port : scheme.port));
        address.hosts.push_back(std::move(host));
    }
    bool const is_kafka = protocol == StreamProtocol::kafka;
    if (address.hosts.size() > (is_kafka ? most_hosts : 1))
        return fail(Code::invalid, fmt::format("expected {}", scheme.example));
    auto const rest = path == std::string_view::npos ? std::string_view() : url.substr(path + 1);
    if (is_kafka && !rest.empty()) return fail(Code::invalid, fmt::format("expected {}", scheme.example));
    auto const decoded = percent_decoded(rest);
    bool const is_good = decoded && decoded->size() <= 255 && !rest.contains('?') && !rest.contains('#') &&
                         std::ranges::none_of(*decoded, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
    if (!is_good) return fail(Code::invalid, "expected a virtual host behind the /, percent-encoded");
    address.virtual_host = *decoded;
    if (address.virtual_host.empty() && !is_kafka)
        address.virtual_host = protocol == StreamProtocol::amqp ? "/" : address.hosts.front().host;
    return address;
}

Result<std::unique_ptr<MessageStream>> open_stream(StreamOptions options) {
    switch (options.address.protocol) {
        case StreamProtocol::stomp:
            return open_stomp(std::move(options));
        case StreamProtocol::amqp:
            return open_amqp(std::move(options));
        case StreamProtocol::kafka:
            return open_kafka(std::move(options));
    }
    return fail(Code::internal, "a stream of no protocol");
}

}  // namespace tocsin::net
