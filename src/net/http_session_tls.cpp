#include "net/http_session.hpp"
#include "net/http_streams.hpp"

#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl.hpp>

namespace tocsin::net {

asio::awaitable<void> serve_tls(Shared& shared, Application const& application, Peer peer, asio::ip::tcp::socket socket,
                                asio::ssl::context& context) {
    using TlsStream = beast::ssl_stream<beast::tcp_stream>;
    auto session = std::make_shared<Session<TlsStream>>(shared, application, std::move(peer),
                                                        TlsStream(beast::tcp_stream(std::move(socket)), context));
    beast::get_lowest_layer(session->stream()).expires_after(shared.limits.header_time);
    ErrorCode error;
    co_await session->stream().async_handshake(asio::ssl::stream_base::server,
                                               asio::redirect_error(asio::use_awaitable, error));
    if (error) {
        ++shared.counters.tls_failures;
        log::debug("TLS handshake failed: {}", error.message());
        co_return;
    }
    co_await session->run();
}

}  // namespace tocsin::net
