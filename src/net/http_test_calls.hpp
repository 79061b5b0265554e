#pragma once
#include "net/http_client.hpp"
#include "net/http_test_server.hpp"

#include <csignal>
#include <fmt/format.h>
#include <string>
#include <string_view>

/// How the client's tests ask and are answered. Private to net's tests.
namespace tocsin::net {

/// As the program does: a peer that goes away is an error of the call, not a signal.
inline auto const ignored_pipe = std::signal(SIGPIPE, SIG_IGN);

inline HttpClientOptions local() {
    HttpClientOptions options;
    options.reachable = {*parse_prefix("127.0.0.0/8"), *parse_prefix("::1/128")};
    options.total_time = std::chrono::seconds(30);
    return options;
}

inline HttpCall get(std::string url) {
    HttpCall call;
    call.url = std::move(url);
    return call;
}

inline Result<HttpReply> ask(HttpCall const& call, HttpClientOptions options = local()) {
    return HttpClient(std::move(options)).send(call);
}

/// What is wrong, as code and words; "" when nothing is.
inline std::string fault(Result<HttpReply> const& reply) {
    return reply ? "" : fmt::format("{}: {}", name_of(reply.error().code), reply.error().message);
}

inline std::string answer(std::string_view body, std::string_view headers = "", std::string_view status = "200 OK") {
    return fmt::format("HTTP/1.1 {}\r\ncontent-length: {}\r\n{}\r\n{}", status, body.size(), headers, body);
}

/// Says the same to all.
inline TestServer::Script saying(std::string text) {
    return [text = std::move(text)](TestLine& line) {
        line.read_head();
        line.send(text);
    };
}

}  // namespace tocsin::net
