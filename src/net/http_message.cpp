#include "base/ip.hpp"
#include "base/text.hpp"
#include "net/http.hpp"

#include <fmt/format.h>

namespace tocsin::net {

std::string_view name_of(Method method) {
    switch (method) {
        case Method::get:
            return "GET";
        case Method::head:
            return "HEAD";
        case Method::post:
            return "POST";
        case Method::put:
            return "PUT";
        case Method::patch:
            return "PATCH";
        case Method::del:
            return "DELETE";
        case Method::options:
            return "OPTIONS";
        case Method::other:
            return "OTHER";
    }
    return "OTHER";
}

bool is_safe(Method method) {
    return method == Method::get || method == Method::head || method == Method::options;
}

std::string_view HttpRequest::header(std::string_view name) const {
    for (auto const& header : headers) {
        if (header.name == name) return header.value;
    }
    return {};
}

std::string_view HttpRequest::cookie(std::string_view name) const {
    for (auto const& header : headers) {
        if (header.name != "cookie") continue;
        for (auto const pair : split(header.value, ';')) {
            auto const trimmed_pair = trimmed(pair);
            auto const equals = trimmed_pair.find('=');
            if (equals != std::string_view::npos && trimmed_pair.substr(0, equals) == name) {
                return trimmed_pair.substr(equals + 1);
            }
        }
    }
    return {};
}

std::string HttpRequest::content_type() const {
    auto const value = header("content-type");
    return lowered(trimmed(value.substr(0, value.find(';'))));
}

Peer seen_through_proxy(Peer peer, HttpRequest const& request) {
    // The last line, and its last address: what stands before may come from the visitor. Some proxies add a line of
    // their own instead of adding to the one that is there.
    std::string_view forwarded;
    for (auto const& header : request.headers)
        if (header.name == "x-forwarded-for") forwarded = header.value;
    if (!peer.is_loopback || forwarded.empty()) return peer;
    auto const last = trimmed(forwarded.substr(forwarded.rfind(',') + 1));
    auto const address = parse_ip(last);
    peer.address = address ? format_ip(*address) : "unknown";
    peer.is_loopback = false;
    peer.is_local_socket = false;
    peer.is_tls = equal_ignoring_case(trimmed(request.header("x-forwarded-proto")), "https");
    return peer;
}

void HttpResponse::set(std::string_view name, std::string value) {
    for (auto& header : headers) {
        if (equal_ignoring_case(header.name, name)) {
            header.value = std::move(value);
            return;
        }
    }
    headers.push_back({std::string(name), std::move(value)});
}

Result<Listener> parse_listen(std::string_view text) {
    auto const colon = text.rfind(':');
    auto const wrong = [&] {
        return fail(Code::invalid,
                    fmt::format("listen address \"{}\": expected ADDRESS:PORT, for example 127.0.0.1:5800", text));
    };
    if (colon == std::string_view::npos) return wrong();
    auto host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = "127.0.0.1";
    auto const port = parse_int(text.substr(colon + 1));
    if (!parse_ip(host) || !port || *port < 0 || *port > 65'535) return wrong();
    Listener listener;
    listener.host = std::string(host);
    listener.port = static_cast<std::uint16_t>(*port);
    return listener;
}

}  // namespace tocsin::net
