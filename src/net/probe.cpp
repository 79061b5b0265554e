#include "net/probe.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tocsin::net {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

constexpr std::array<std::string_view, 7> seen_words = {"answered", "accepted",    "hung_up", "refused",
                                                        "silent",   "unreachable", "failed"};
constexpr std::size_t most_datagram = 65'535;
constexpr int most_datagrams = 16;  // of others' guesses, before we stop to listen

class Socket {
  public:
    explicit Socket(int file) : file_(file) {}
    Socket(Socket const&) = delete;
    Socket& operator=(Socket const&) = delete;
    ~Socket() {
        if (file_ >= 0) ::close(file_);
    }
    int file() const { return file_; }

  private:
    int file_;
};

struct Endpoint {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

Endpoint endpoint_of(IpAddress address, std::uint16_t port) {
    Endpoint endpoint;
    if (address.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        v4.sin_addr.s_addr = htonl(address.v4_bits());
        std::memcpy(&endpoint.storage, &v4, sizeof v4);
        endpoint.size = sizeof v4;
        return endpoint;
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    for (std::size_t i = 0; i < 16; ++i)
        v6.sin6_addr.s6_addr[i] = static_cast<std::uint8_t>((i < 8 ? address.high : address.low) >> (56 - 8 * (i % 8)));
    std::memcpy(&endpoint.storage, &v6, sizeof v6);
    endpoint.size = sizeof v6;
    return endpoint;
}

ProbeAnswer answer_of(int error, std::string_view what) {
    switch (error) {
        case ECONNREFUSED:
            return {.seen = Seen::refused};
        case ETIMEDOUT:
            return {.seen = Seen::silent};
        case ENETUNREACH:
        case EHOSTUNREACH:
        case EHOSTDOWN:
        case ENETDOWN:
            return {.seen = Seen::unreachable, .error = std::strerror(error)};
        default:
            return {.seen = Seen::failed, .error = fmt::format("{}: {}", what, std::strerror(error))};
    }
}

/// True when there is something to do, or an error to be read.
bool wait_for(int file, short events, Deadline until) {
    while (true) {
        auto const left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        pollfd waiting{file, events, 0};
        auto const ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

/// The socket's own name, when we were told where to come from. Null when all is well.
std::optional<ProbeAnswer> come_from(int file, ProbeOptions const& options) {
    if (options.source.empty()) return std::nullopt;
    auto const source = parse_ip(options.source);
    if (!source) return ProbeAnswer{.seen = Seen::failed, .error = "the source address is no address"};
    auto const own = endpoint_of(*source, 0);
    if (::bind(file, reinterpret_cast<sockaddr const*>(&own.storage), own.size) == 0) return std::nullopt;
    return ProbeAnswer{.seen = Seen::failed, .error = fmt::format("source address: {}", std::strerror(errno))};
}

/// Null when the connection stands.
std::optional<ProbeAnswer> connect_to(int file, IpAddress address, std::uint16_t port, Deadline until) {
    auto const other = endpoint_of(address, port);
    if (::connect(file, reinterpret_cast<sockaddr const*>(&other.storage), other.size) == 0) return std::nullopt;
    if (errno != EINPROGRESS) return answer_of(errno, "connect");
    if (!wait_for(file, POLLOUT, until)) return ProbeAnswer{.seen = Seen::silent};
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(file, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error == 0) return std::nullopt;
    return answer_of(error, "connect");
}

bool send_all(int file, std::string_view bytes, Deadline until) {
    while (!bytes.empty()) {
        if (!wait_for(file, POLLOUT, until)) return false;
        auto const sent = ::send(file, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

ProbeAnswer listen_to(int file, ProbeOptions const& options, Deadline until,
                      std::function<bool(std::string_view)> const& is_enough) {
    ProbeAnswer answer;
    std::array<char, 2048> piece{};
    while (answer.bytes.size() < options.most_bytes) {
        auto const quiet = std::min(until, std::chrono::steady_clock::now() + options.quiet_time);
        if (!wait_for(file, POLLIN, quiet)) {
            answer.seen = answer.bytes.empty() ? Seen::accepted : Seen::answered;
            return answer;
        }
        auto const room = std::min(piece.size(), options.most_bytes - answer.bytes.size());
        auto const got = ::recv(file, piece.data(), room, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (got <= 0) {
            answer.seen = answer.bytes.empty() ? Seen::hung_up : Seen::answered;
            return answer;
        }
        answer.bytes.append(piece.data(), static_cast<std::size_t>(got));
        if (!is_enough || is_enough(answer.bytes)) break;
    }
    answer.seen = Seen::answered;
    return answer;
}

}  // namespace

std::string_view name_of(Seen seen) {
    return word_of(seen_words, seen);
}

ProbeAnswer probe_tcp(IpAddress address, std::uint16_t port, std::string_view words, ProbeOptions const& options,
                      std::function<bool(std::string_view bytes)> const& is_enough) {
    auto const now = std::chrono::steady_clock::now();
    auto const until = now + options.total_time;
    Socket const socket(
        ::socket(address.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    if (socket.file() < 0) return answer_of(errno, "socket");
    if (auto trouble = come_from(socket.file(), options)) return *std::move(trouble);
    if (auto other = connect_to(socket.file(), address, port, std::min(until, now + options.connect_time)))
        return *std::move(other);
    if (!send_all(socket.file(), words, until)) return {.seen = Seen::hung_up};
    auto answer = listen_to(socket.file(), options, until, is_enough);
    ::shutdown(socket.file(), SHUT_RDWR);
    return answer;
}

ProbeAnswer probe_udp(IpAddress address, std::uint16_t port, std::string_view datagram, ProbeOptions const& options,
                      std::function<bool(std::string_view bytes)> const& is_answer) {
    auto const now = std::chrono::steady_clock::now();
    auto const until = std::min(now + options.total_time, now + options.quiet_time);
    Socket const socket(
        ::socket(address.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP));
    if (socket.file() < 0) return answer_of(errno, "socket");
    if (auto trouble = come_from(socket.file(), options)) return *std::move(trouble);
    // A connected socket hears this address only, and is told when the port is unreachable (RFC 1122 section 4.1.3.3).
    if (auto other = connect_to(socket.file(), address, port, until)) return *std::move(other);
    if (::send(socket.file(), datagram.data(), datagram.size(), MSG_NOSIGNAL) < 0) return answer_of(errno, "send");
    std::string bytes(most_datagram, '\0');
    for (int heard = 0; heard < most_datagrams && wait_for(socket.file(), POLLIN, until);) {
        auto const got = ::recv(socket.file(), bytes.data(), bytes.size(), 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (got < 0) return answer_of(errno, "receive");
        ++heard;
        std::string_view const answer(bytes.data(), static_cast<std::size_t>(got));
        if (!is_answer || is_answer(answer))
            return {.seen = Seen::answered, .bytes = std::string(answer.substr(0, options.most_bytes))};
    }
    return {.seen = Seen::silent};
}

}  // namespace tocsin::net
