#include "net/http_session.hpp"
#include "net/http_streams.hpp"

#include <boost/beast/core/basic_stream.hpp>

namespace tocsin::net {

asio::awaitable<void> serve_local(Shared& shared, Application const& application, Peer peer,
                                  asio::local::stream_protocol::socket socket) {
    using LocalStream = beast::basic_stream<asio::local::stream_protocol>;
    auto session =
        std::make_shared<Session<LocalStream>>(shared, application, std::move(peer), LocalStream(std::move(socket)));
    co_await session->run();
}

}  // namespace tocsin::net
