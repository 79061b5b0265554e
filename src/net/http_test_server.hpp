#pragma once
#include "net/http_test_certificate.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

/// A server for tests that sends whatever the test wants, HTTP or not. Private to net's tests.
namespace tocsin::net {

/// One accepted connection, plain or TLS.
class TestLine {
  public:
    TestLine(int socket, SSL* session, std::atomic<bool> const& stopping)
        : socket_(socket), session_(session), stopping_(stopping) {}

    /// False when the peer has gone or the test ends.
    bool send(std::string_view bytes) {
        while (!bytes.empty() && !stopping_) {
            pollfd waiting{socket_, POLLOUT, 0};
            if (::poll(&waiting, 1, 20) == 0) continue;
            auto const piece = bytes.substr(0, 16 << 10);
            auto const count = session_ != nullptr
                                   ? SSL_write(session_, piece.data(), static_cast<int>(piece.size()))
                                   : static_cast<int>(::send(socket_, piece.data(), piece.size(), MSG_NOSIGNAL));
            if (count <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return !stopping_;
    }
    /// All up to the mark, or what came until the end.
    std::string read_until(std::string_view mark) {
        while (read_.find(mark) == std::string::npos && read_more()) {
        }
        auto const found = read_.find(mark);
        return take(found == std::string::npos ? read_.size() : found + mark.size());
    }
    std::string read_bytes(std::size_t count) {
        while (read_.size() < count && read_more()) {
        }
        return take(std::min(count, read_.size()));
    }
    std::string read_head() { return read_until("\r\n\r\n"); }
    /// Until the peer closes or the test ends.
    void wait_for_end() {
        while (read_more()) read_.clear();
    }

  private:
    std::string take(std::size_t length) {
        auto taken = read_.substr(0, length);
        read_.erase(0, length);
        return taken;
    }
    bool read_more() {
        while (!stopping_) {
            pollfd waiting{socket_, POLLIN, 0};
            bool const is_ready = (session_ != nullptr && SSL_pending(session_) > 0) || ::poll(&waiting, 1, 20) > 0;
            if (!is_ready) continue;
            char space[16384];
            auto const count = session_ != nullptr ? SSL_read(session_, space, sizeof space)
                                                   : static_cast<int>(::recv(socket_, space, sizeof space, 0));
            if (count <= 0) return false;
            read_.append(space, static_cast<std::size_t>(count));
            return true;
        }
        return false;
    }

    int socket_;
    SSL* session_;
    std::atomic<bool> const& stopping_;
    std::string read_;
};

/// Takes one connection after the other, each given to the script.
class TestServer {
  public:
    using Script = std::function<void(TestLine&)>;

    struct Tls {
        TestCertificate const* own = nullptr;
        TestCertificate const* client_authority = nullptr;  ///< when set, a client certificate is asked for
        int most = TLS1_3_VERSION;
    };

    explicit TestServer(Script script) : TestServer(std::move(script), Tls{}) {}
    TestServer(Script script, Tls const& tls)
        : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(listener_, 16), 0);
        socklen_t size = sizeof address;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        if (tls.own != nullptr) make_context(tls);
        thread_ = std::thread([this] { serve(); });
    }
    ~TestServer() {
        stopping_ = true;
        thread_.join();
        ::close(listener_);
        SSL_CTX_free(context_);
    }
    TestServer(TestServer const&) = delete;
    TestServer& operator=(TestServer const&) = delete;

    std::uint16_t port() const { return port_; }
    std::string url(std::string_view path = "/", std::string_view host = "127.0.0.1") const {
        return (context_ != nullptr ? "https://" : "http://") + std::string(host) + ":" + std::to_string(port_) +
               std::string(path);
    }
    std::atomic<int> connections{0};

  private:
    void make_context(Tls const& tls) {
        context_ = SSL_CTX_new(TLS_server_method());
        SSL_CTX_set_security_level(context_, 0);
        SSL_CTX_set_max_proto_version(context_, tls.most);
        SSL_CTX_use_certificate_file(context_, tls.own->certificate_file().c_str(), SSL_FILETYPE_PEM);
        SSL_CTX_use_PrivateKey_file(context_, tls.own->key_file().c_str(), SSL_FILETYPE_PEM);
        if (tls.client_authority == nullptr) return;
        SSL_CTX_load_verify_locations(context_, tls.client_authority->certificate_file().c_str(), nullptr);
        SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    void serve() {
        while (!stopping_) {
            pollfd waiting{listener_, POLLIN, 0};
            if (::poll(&waiting, 1, 20) <= 0) continue;
            int const client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            ++connections;
            SSL* const session = context_ != nullptr ? SSL_new(context_) : nullptr;
            if (session != nullptr) SSL_set_fd(session, client);
            if (session == nullptr || SSL_accept(session) == 1) {
                TestLine line(client, session, stopping_);
                script_(line);
                if (session != nullptr) SSL_shutdown(session);
            }
            SSL_free(session);
            ::close(client);
        }
    }

    Script script_;
    int listener_;
    std::uint16_t port_ = 0;
    SSL_CTX* context_ = nullptr;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace tocsin::net
