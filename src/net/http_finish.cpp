#include "net/http_finish.hpp"

#include "base/text.hpp"
#include "net/http_client.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <zlib.h>

namespace tocsin::net {

namespace {

constexpr std::size_t smallest_compressed = 1400;  // one packet holds it anyway

Header const* find_header(HttpResponse const& response, std::string_view name) {
    for (auto const& header : response.headers) {
        if (equal_ignoring_case(header.name, name)) return &header;
    }
    return nullptr;
}

std::string_view reason_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        default:
            return "Status";
    }
}

bool is_text(std::string_view type) {
    return type.starts_with("text/") || type.find("json") != std::string_view::npos ||
           type.find("javascript") != std::string_view::npos || type.find("svg") != std::string_view::npos;
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
    auto const weak = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
    if (trimmed(if_none_match) == "*") return true;
    for (auto const candidate : split(if_none_match, ',')) {
        if (weak(trimmed(candidate)) == weak(etag)) return true;
    }
    return false;
}

std::string gzipped(std::string_view text) {
    z_stream stream{};
    if (deflateInit2(&stream, 4, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    auto const done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    out.resize(done ? stream.total_out : 0);
    deflateEnd(&stream);
    return out;
}

}  // namespace

bool takes_gzip(std::string_view accept_encoding) {
    for (auto const part : split(accept_encoding, ',')) {
        auto const semicolon = part.find(';');
        auto const coding = trimmed(part.substr(0, semicolon));
        if (!equal_ignoring_case(coding, "gzip") && coding != "*") continue;
        if (semicolon == std::string_view::npos) return true;
        auto const weight = trimmed(part.substr(semicolon + 1));
        return !(weight == "q=0" || weight == "q=0.0" || weight == "q=0.00" || weight == "q=0.000");
    }
    return false;
}

std::string_view body_of(HttpResponse const& response) {
    return response.fixed_body.empty() ? std::string_view(response.body) : response.fixed_body;
}

void finish_response(HttpRequest const& request, HttpResponse& response) {
    if (response.write_body || response.stream_events) return;
    auto const* etag = find_header(response, "etag");
    if (etag && response.status == 200 && is_safe(request.method)) {
        auto const condition = request.header("if-none-match");
        if (!condition.empty() && etag_matches(condition, etag->value)) {
            response.status = 304;
            response.body.clear();
            response.fixed_body = {};
            return;
        }
    }
    auto const* type = find_header(response, "content-type");
    if (!type || !is_text(type->value) || find_header(response, "content-encoding")) return;
    auto const body = body_of(response);
    if (body.size() < smallest_compressed) return;
    response.set("vary", "accept-encoding");
    if (!takes_gzip(request.header("accept-encoding"))) return;
    auto compressed = gzipped(body);
    if (compressed.empty() || compressed.size() >= body.size()) return;
    response.body = std::move(compressed);
    response.fixed_body = {};
    response.set("content-encoding", "gzip");
    if (auto const* strong = find_header(response, "etag"); strong && !strong->value.starts_with("W/")) {
        response.set("etag", "W/" + strong->value);  // not the same bytes as uncompressed (RFC 9110 section 8.8.3.3)
    }
}

std::string head_of(HttpResponse const& response, Framing const& framing) {
    std::string out;
    out.reserve(512);
    fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\ndate: ", response.status, reason_of(response.status));
    out += format_http_date(system_clock().now());
    out += "\r\n";
    for (auto const& [name, value] : response.headers) {
        out += name;
        out += ": ";
        std::ranges::copy_if(value, std::back_inserter(out),
                             [](char c) { return c != '\r' && c != '\n' && c != '\0'; });
        out += "\r\n";
    }
    if (framing.chunked) {
        out += "transfer-encoding: chunked\r\n";
    } else if (!framing.until_close && response.status != 204 && response.status != 304) {
        fmt::format_to(std::back_inserter(out), "content-length: {}\r\n", body_of(response).size());
    }
    out += framing.keep_alive ? "connection: keep-alive\r\n\r\n" : "connection: close\r\n\r\n";
    return out;
}

}  // namespace tocsin::net
