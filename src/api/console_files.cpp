#include "api/console_files.hpp"

#include "base/embedded.hpp"
#include "base/text.hpp"

#include <cstdint>
#include <fmt/format.h>
#include <string>

namespace tocsin::api {

namespace {

/// FNV-1a: tells one build's file from another's; not a secret.
std::uint64_t fingerprint(std::string_view bytes) {
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325ULL;
    for (char const c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3ULL;
    return hash;
}

bool takes(net::HttpRequest const& request, std::string_view coding) {
    for (auto const part : split(request.header("accept-encoding"), ',')) {
        auto const name = trimmed(part.substr(0, part.find(';')));
        if (equal_ignoring_case(name, coding))
            return part.find("q=0") == std::string_view::npos || part.find("q=0.") != std::string_view::npos;
    }
    return false;
}

}  // namespace

std::string_view media_type(std::string_view path) {
    auto const dot = path.rfind('.');
    auto const extension = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    if (extension == "html") return "text/html; charset=utf-8";
    if (extension == "js" || extension == "mjs") return "text/javascript; charset=utf-8";
    if (extension == "css") return "text/css; charset=utf-8";
    if (extension == "json" || extension == "map") return "application/json";
    if (extension == "svg") return "image/svg+xml";
    if (extension == "png") return "image/png";
    if (extension == "ico") return "image/x-icon";
    if (extension == "webp") return "image/webp";
    if (extension == "woff2") return "font/woff2";
    if (extension == "webmanifest") return "application/manifest+json";
    if (extension == "txt") return "text/plain; charset=utf-8";
    return "application/octet-stream";
}

std::optional<net::HttpResponse> console_file(net::HttpRequest const& request, std::string_view path) {
    auto name = "web" + std::string(path);
    auto const last = path.substr(path.rfind('/') + 1);
    if (last.empty() || last.find('.') == std::string_view::npos) name = "web/index.html";
    auto plain = embedded::find(name);
    if (!plain && request.header("accept").find("text/html") != std::string_view::npos) {
        name = "web/index.html";  // a place whose name has a dot: /lookup/192.0.2.7
        plain = embedded::find(name);
    }
    if (!plain) return std::nullopt;
    net::HttpResponse response;
    response.fixed_body = *plain;
    response.set("content-type", std::string(media_type(name)));
    bool has_forms = false;
    for (auto const& [coding, suffix] : {std::pair<std::string_view, std::string_view>{"br", ".br"}, {"gzip", ".gz"}}) {
        auto const form = embedded::find(name + std::string(suffix));
        if (!form) continue;
        has_forms = true;
        if (response.fixed_body != *plain || !takes(request, coding)) continue;
        response.fixed_body = *form;
        response.set("content-encoding", std::string(coding));
    }
    if (has_forms) response.set("vary", "accept-encoding");
    response.set("etag", fmt::format("\"{:016x}\"", fingerprint(response.fixed_body)));
    auto const is_named_by_hash = name.starts_with("web/assets/");
    response.set("cache-control", is_named_by_hash ? "public, max-age=31536000, immutable" : "no-cache");
    return response;
}

}  // namespace tocsin::api
