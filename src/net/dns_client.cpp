#include "net/dns_client.hpp"

#include <cstring>
#include <fstream>
#include <netdb.h>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tocsin::net {
namespace {

constexpr std::size_t most_message = 65'535;
using Deadline = std::chrono::steady_clock::time_point;

/// A socket that is closed at the end.
class Socket {
  public:
    explicit Socket(int file) : file_(file) {}
    Socket(Socket&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    Socket& operator=(Socket&&) = delete;
    ~Socket() {
        if (file_ >= 0) ::close(file_);
    }
    int file() const { return file_; }

  private:
    int file_;
};

std::string system_server() {
    std::ifstream file("/etc/resolv.conf");
    for (std::string line; std::getline(file, line);) {
        constexpr std::string_view word = "nameserver";
        auto const text = trimmed(line);
        if (text.starts_with(word)) return std::string(trimmed(std::string_view(text).substr(word.size())));
    }
    return {};
}

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

/// Numbers only: no name is looked up to look up a name.
Result<Address> address_of(std::string_view server) {
    std::string host(server), port = "53";
    if (server.starts_with('[')) {
        auto const end = server.find(']');
        host = server.substr(1, end == std::string_view::npos ? end : end - 1);
        if (end != std::string_view::npos && server.substr(end + 1).starts_with(':')) port = server.substr(end + 2);
    } else if (auto const colon = server.find(':'); colon != std::string_view::npos && colon == server.rfind(':')) {
        host = server.substr(0, colon);
        port = server.substr(colon + 1);
    }
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (host.empty() || ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0)
        return fail(Code::invalid, fmt::format("\"{}\" is no resolver; expected ADDRESS or ADDRESS:PORT", server));
    Address address;
    std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    address.size = found->ai_addrlen;
    ::freeaddrinfo(found);
    return address;
}

std::unexpected<Error> no_answer() {
    return fail(Code::unavailable, "the resolver did not answer");
}

bool wait_for(int file, short events, Deadline until) {
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd waiting{file, events, 0};
    return ::poll(&waiting, 1, static_cast<int>(left.count())) == 1;
}

Result<Socket> connected(Address const& address, int type, Deadline until) {
    Socket socket(::socket(address.storage.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.file() < 0) return no_answer();
    auto const started =
        ::connect(socket.file(), reinterpret_cast<sockaddr const*>(&address.storage), address.size) == 0;
    if (!started && (errno != EINPROGRESS || !wait_for(socket.file(), POLLOUT, until))) return no_answer();
    return socket;
}

Result<DnsAnswer> by_udp(Address const& address, std::string const& question, Deadline until) {
    TRY(auto const socket, connected(address, SOCK_DGRAM, until));
    if (::send(socket.file(), question.data(), question.size(), MSG_NOSIGNAL) < 0) return no_answer();
    std::string message(most_message, '\0');
    while (wait_for(socket.file(), POLLIN, until)) {
        auto const size = ::recv(socket.file(), message.data(), message.size(), 0);
        if (size < 0) return no_answer();
        auto answer = read_dns_answer({message.data(), static_cast<std::size_t>(size)}, question);
        if (answer) return answer;  // what is no answer to us may be somebody's guess: go on waiting
    }
    return no_answer();
}

Status send_all(int file, std::string_view bytes, Deadline until) {
    while (!bytes.empty()) {
        if (!wait_for(file, POLLOUT, until)) return no_answer();
        auto const sent = ::send(file, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return no_answer();
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
}

Result<std::string> receive(int file, std::size_t count, Deadline until) {
    std::string bytes;
    std::string piece(count, '\0');
    while (bytes.size() < count) {
        if (!wait_for(file, POLLIN, until)) return no_answer();
        auto const got = ::recv(file, piece.data(), count - bytes.size(), 0);
        if (got <= 0) return no_answer();
        bytes.append(piece.data(), static_cast<std::size_t>(got));
    }
    return bytes;
}

Result<DnsAnswer> by_tcp(Address const& address, std::string const& question, Deadline until) {
    TRY(auto const socket, connected(address, SOCK_STREAM, until));
    std::string framed{static_cast<char>(question.size() >> 8), static_cast<char>(question.size() & 0xff)};
    CHECK(send_all(socket.file(), framed + question, until));
    TRY(auto const size, receive(socket.file(), 2, until));
    auto const count =
        static_cast<std::size_t>(static_cast<unsigned char>(size[0]) << 8 | static_cast<unsigned char>(size[1]));
    TRY(auto const message, receive(socket.file(), count, until));
    return read_dns_answer(message, question);
}

}  // namespace

Result<std::vector<std::string>> txt_records(std::string_view name, DnsOptions const& options) {
    auto const server = options.server.empty() ? system_server() : options.server;
    if (server.empty()) return fail(Code::unavailable, "no resolver is set up: /etc/resolv.conf names none");
    TRY(auto const address, address_of(server));
    auto const random = secret_bytes(2);
    auto const id =
        static_cast<std::uint16_t>(static_cast<unsigned char>(random[0]) << 8 | static_cast<unsigned char>(random[1]));
    TRY(auto const question, dns_question(name, id));
    Result<DnsAnswer> answer = no_answer();
    for (int attempt = 0; attempt < options.attempts && !answer; ++attempt)
        answer = by_udp(address, question, std::chrono::steady_clock::now() + options.timeout);
    if (answer && answer->is_cut)
        answer = by_tcp(address, question, std::chrono::steady_clock::now() + options.timeout);
    if (!answer) return std::unexpected(answer.error());
    if (answer->code == 3) return std::vector<std::string>();
    if (answer->code != 0)
        return fail(Code::unavailable, fmt::format("the resolver answers with an error (RCODE {})", answer->code));
    return std::move(answer->texts);
}

}  // namespace tocsin::net
