#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>

/// A raw connection for tests: what is sent is what stands there. Private to net's tests.
namespace tocsin::net {

/// Waits until it holds, at most five seconds.
inline bool eventually(std::function<bool()> const& holds) {
    for (int i = 0; i < 500; ++i) {
        if (holds()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

class RawClient {
  public:
    explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        is_connected_ = ::connect(socket_, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0;
    }
    explicit RawClient(std::string const& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        is_connected_ = ::connect(socket_, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0;
    }
    ~RawClient() { ::close(socket_); }
    RawClient(RawClient const&) = delete;
    RawClient& operator=(RawClient const&) = delete;

    bool is_connected() const { return is_connected_; }
    int descriptor() const { return socket_; }

    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            auto const count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }
    void finish_sending() { ::shutdown(socket_, SHUT_WR); }

    /// Reads until `mark` has come (and leaves it in the text), the peer closes, or five seconds have passed.
    std::string read_until(std::string_view mark) {
        while (read_.find(mark) == std::string::npos && read_more()) {
        }
        auto const found = read_.find(mark);
        auto const length = found == std::string::npos ? read_.size() : found + mark.size();
        auto taken = read_.substr(0, length);
        read_.erase(0, length);
        return taken;
    }
    std::string read_bytes(std::size_t count) {
        while (read_.size() < count && read_more()) {
        }
        auto taken = read_.substr(0, count);
        read_.erase(0, count);
        return taken;
    }
    std::string read_to_end() {
        while (read_more()) {
        }
        return std::exchange(read_, {});
    }
    bool is_closed_by_peer() { return read_to_end().empty() && ended_; }

    /// One answer with a Content-Length.
    std::string read_answer() {
        auto answer = read_until("\r\n\r\n");
        auto const field = answer.find("content-length: ");
        if (field == std::string::npos) return answer;
        return answer + read_bytes(std::stoul(answer.substr(field + 16)));
    }

  private:
    bool read_more() {
        pollfd waiting{socket_, POLLIN, 0};
        if (::poll(&waiting, 1, 5000) <= 0) return false;
        char space[65536];
        auto const count = ::recv(socket_, space, sizeof space, 0);
        if (count <= 0) {
            ended_ = true;
            return false;
        }
        read_.append(space, static_cast<std::size_t>(count));
        return true;
    }

    int socket_;
    bool is_connected_ = false;
    bool ended_ = false;
    std::string read_;
};

}  // namespace tocsin::net
