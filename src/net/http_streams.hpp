#pragma once
#include "net/http_shared.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>

/// One function for each kind of connection: serves an accepted socket to its end. Private to net's HTTP files.
namespace tocsin::net {

boost::asio::awaitable<void> serve_tcp(Shared& shared, Application const& application, Peer peer,
                                       boost::asio::ip::tcp::socket socket);
boost::asio::awaitable<void> serve_tls(Shared& shared, Application const& application, Peer peer,
                                       boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& context);
boost::asio::awaitable<void> serve_local(Shared& shared, Application const& application, Peer peer,
                                         boost::asio::local::stream_protocol::socket socket);

}  // namespace tocsin::net
