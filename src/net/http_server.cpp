#include "base/log.hpp"
#include "net/http_shared.hpp"
#include "net/http_streams.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <fmt/format.h>
#include <mutex>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace tocsin::net {

namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Tcp = asio::ip::tcp;
using Local = asio::local::stream_protocol;

/// A listener with its open socket.
struct Door {
    Listener listener;
    std::optional<Tcp::acceptor> tcp;
    std::optional<Local::acceptor> local;
    std::unique_ptr<asio::ssl::context> tls;
    std::uint16_t port = 0;
};

Result<std::unique_ptr<asio::ssl::context>> open_tls(TlsFiles const& files) {
    auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    ErrorCode error;
    context->use_certificate_chain_file(files.certificate, error);
    if (error) return fail(Code::invalid, fmt::format("TLS certificate {}: {}", files.certificate, error.message()));
    context->use_private_key_file(files.key, asio::ssl::context::pem, error);
    if (error) return fail(Code::invalid, fmt::format("TLS key {}: {}", files.key, error.message()));
    auto* native = context->native_handle();
    if (SSL_CTX_check_private_key(native) != 1) {
        return fail(Code::invalid,
                    fmt::format("TLS key {} does not belong to certificate {}", files.key, files.certificate));
    }
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20");
    return context;
}

Status open_tcp(asio::io_context& io, Door& door) {
    auto const& listener = door.listener;
    ErrorCode error;
    auto const address = asio::ip::make_address(listener.host, error);
    if (error) return fail(Code::invalid, fmt::format("listen address \"{}\": expected an IP address", listener.host));
    if (!address.is_loopback() && !listener.tls && !listener.plain_beyond_loopback) {
        return fail(
            Code::denied,
            fmt::format("listening on {} without TLS: passwords and findings would cross the network in the "
                        "clear. Set a certificate and key, or allow it explicitly when a proxy in front does TLS",
                        listener.host));
    }
    auto& acceptor = door.tcp.emplace(io);
    Tcp::endpoint const endpoint(address, listener.port);
    auto const step = [&](char const* what) -> Status {
        if (!error) return {};
        return fail(Code::io,
                    fmt::format("listening on {}:{}: {}: {}", listener.host, listener.port, what, error.message()));
    };
    acceptor.open(endpoint.protocol(), error);
    CHECK(step("open"));
    acceptor.set_option(asio::socket_base::reuse_address(true), error);
    acceptor.bind(endpoint, error);
    CHECK(step("bind"));
    acceptor.listen(asio::socket_base::max_listen_connections, error);
    CHECK(step("listen"));
    door.port = acceptor.local_endpoint(error).port();
    return {};
}

Status open_local(asio::io_context& io, Door& door) {
    auto const& path = door.listener.socket_path;
    if (path.size() > 100) return fail(Code::invalid, fmt::format("socket path {} is longer than 100 bytes", path));
    ::unlink(path.c_str());
    ErrorCode error;
    auto& acceptor = door.local.emplace(io);
    acceptor.open(Local(), error);
    auto const previous = ::umask(0177);
    if (!error) acceptor.bind(Local::endpoint(path), error);
    ::umask(previous);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return fail(Code::io, fmt::format("listening on {}: {}", path, error.message()));
    return {};
}

Peer peer_of(Tcp::socket const& socket, bool is_tls) {
    Peer peer;
    peer.is_tls = is_tls;
    ErrorCode error;
    auto const endpoint = socket.remote_endpoint(error);
    if (error) return peer;
    auto address = endpoint.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    }
    peer.address = address.to_string();
    peer.is_loopback = address.is_loopback();
    return peer;
}

class Server final : public HttpServer {
  public:
    Server(std::vector<Listener> listeners, HttpLimits const& limits)
        : shared_(limits), guard_(asio::make_work_guard(shared_.io)) {
        for (auto& listener : listeners) {
            auto door = std::make_unique<Door>();
            door->listener = std::move(listener);
            doors_.push_back(std::move(door));
        }
    }
    ~Server() override { stop(std::chrono::milliseconds(0)); }

    Status open() {
        for (auto& door : doors_) {
            if (door->listener.tls) {
                TRY(door->tls, open_tls(*door->listener.tls));
            }
            CHECK(door->listener.socket_path.empty() ? open_tcp(shared_.io, *door) : open_local(shared_.io, *door));
        }
        for (auto& door : doors_)
            asio::co_spawn(shared_.io, door->tcp ? accept_tcp(*door) : accept_local(*door), asio::detached);
        thread_ = std::thread([this] { shared_.io.run(); });
        return {};
    }

    std::uint16_t port(std::size_t listener) const override { return doors_.at(listener)->port; }
    HttpCounters const& counters() const override { return shared_.counters; }

    void stop(std::chrono::milliseconds grace) override {
        if (stopped_) return;
        stopped_ = true;
        asio::post(shared_.io, [this] { close_doors(); });
        auto const deadline = std::chrono::steady_clock::now() + grace;
        while (thread_.joinable() && shared_.counters.open_connections > 0 &&
               std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        guard_.reset();
        shared_.io.stop();
        if (thread_.joinable()) thread_.join();
        close_doors();  // again, for a loop that was stopped before it came to it
        for (auto& door : doors_) {
            door->tcp.reset();
            door->local.reset();
        }
        shared_.long_workers.stop();
        shared_.workers.stop();
    }

  private:
    void close_doors() {
        shared_.stopping = true;
        ErrorCode error;
        for (auto& door : doors_) {
            if (door->tcp) door->tcp->close(error);
            if (door->local) door->local->close(error);
            if (door->local) ::unlink(door->listener.socket_path.c_str());
        }
        auto const sessions =
            std::vector<SessionBase*>(shared_.sessions.begin(), shared_.sessions.end());  // closing may end some
        for (auto* session : sessions) session->close_soon();
    }

    bool is_full() const { return shared_.counters.open_connections >= shared_.limits.connections; }

    asio::awaitable<void> pause(std::chrono::milliseconds time) {
        asio::steady_timer timer(shared_.io, time);
        ErrorCode error;
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }

    asio::awaitable<void> accept_tcp(Door& door) {
        while (!shared_.stopping) {
            while (is_full() && !shared_.stopping) co_await pause(std::chrono::milliseconds(20));
            ErrorCode error;
            auto socket = co_await door.tcp->async_accept(asio::redirect_error(asio::use_awaitable, error));
            if (shared_.stopping) co_return;
            if (error) {  // out of file descriptors, most likely: wait until some are free
                co_await pause(std::chrono::milliseconds(100));
                continue;
            }
            socket.set_option(Tcp::no_delay(true), error);
            welcome(door, std::move(socket));
        }
    }

    void welcome(Door& door, Tcp::socket socket) {
        auto peer = peer_of(socket, door.tls != nullptr);
        auto const known = shared_.per_peer.find(peer.address);
        if (!peer.is_loopback && known != shared_.per_peer.end() &&
            known->second >= shared_.limits.connections_per_peer) {
            ++shared_.counters.refused_connections;
            return;
        }
        auto const& application = door.listener.application;
        auto served = door.tls ? serve_tls(shared_, application, std::move(peer), std::move(socket), *door.tls)
                               : serve_tcp(shared_, application, std::move(peer), std::move(socket));
        asio::co_spawn(shared_.io, std::move(served), asio::detached);
    }

    asio::awaitable<void> accept_local(Door& door) {
        while (!shared_.stopping) {
            ErrorCode error;
            auto socket = co_await door.local->async_accept(asio::redirect_error(asio::use_awaitable, error));
            if (shared_.stopping) co_return;
            if (error) {
                co_await pause(std::chrono::milliseconds(100));
                continue;
            }
            Peer peer;
            peer.is_loopback = true;
            peer.is_local_socket = true;
            auto served = serve_local(shared_, door.listener.application, std::move(peer), std::move(socket));
            asio::co_spawn(shared_.io, std::move(served), asio::detached);
        }
    }

    std::vector<std::unique_ptr<Door>> doors_;  // before shared_: its sessions point to the applications in here
    Shared shared_;
    asio::executor_work_guard<asio::io_context::executor_type> guard_;
    std::thread thread_;
    bool stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(std::vector<Listener> listeners, HttpLimits limits) {
    auto server = std::make_unique<Server>(std::move(listeners), limits);
    CHECK(server->open());
    return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace tocsin::net
