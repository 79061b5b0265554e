#include "net/http_session.hpp"
#include "net/http_streams.hpp"

#include <boost/beast/core/tcp_stream.hpp>

namespace tocsin::net {

asio::awaitable<void> serve_tcp(Shared& shared, Application const& application, Peer peer,
                                asio::ip::tcp::socket socket) {
    auto session = std::make_shared<Session<beast::tcp_stream>>(shared, application, std::move(peer),
                                                                beast::tcp_stream(std::move(socket)));
    co_await session->run();
}

}  // namespace tocsin::net
