#include "net/http_url.hpp"

#include "net/http_client.hpp"

#include <algorithm>
#include <curl/curl.h>
#include <memory>

namespace tocsin::net {
namespace {

constexpr std::size_t longest_url = 8192;
constexpr std::size_t longest_print = 300;

using Handle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string part(CURLU* handle, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(handle, which, &text, flags) != CURLUE_OK) return {};
    std::string copy = text;
    curl_free(text);
    return copy;
}

Status check_characters(std::string_view url) {
    if (url.size() > longest_url)
        return fail(Code::invalid, fmt::format("an address may have at most {} characters", longest_url));
    if (!std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f; }))
        return fail(
            Code::invalid,
            "an address may hold only printable ASCII: write spaces as %20, and names in other scripts as xn--");
    return {};
}

Result<HttpUrl> url_of(CURLU* handle) {
    HttpUrl url;
    url.scheme = part(handle, CURLUPART_SCHEME);
    if (url.scheme != "http" && url.scheme != "https")
        return fail(Code::invalid, "an address starts with https:// (or http://)");
    url.host = lowered(part(handle, CURLUPART_HOST));
    if (url.host.starts_with('[') && url.host.ends_with(']')) url.host = url.host.substr(1, url.host.size() - 2);
    if (url.host.empty()) return fail(Code::invalid, "the address names no host");
    url.port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    curl_url_set(handle, CURLUPART_FRAGMENT, nullptr, 0);
    url.text = part(handle, CURLUPART_URL);
    return url;
}

}  // namespace

Result<HttpUrl> parse_http_url(std::string_view text) {
    CHECK(check_characters(text));
    Handle const handle(curl_url(), &curl_url_cleanup);
    TOCSIN_ASSERT(handle != nullptr);
    auto const answer = curl_url_set(handle.get(), CURLUPART_URL, std::string(text).c_str(), CURLU_DISALLOW_USER);
    if (answer == CURLUE_USER_NOT_ALLOWED)
        return fail(Code::invalid, "an address may not hold a user or a password; give them on their own");
    if (answer != CURLUE_OK) return fail(Code::invalid, "the address is no URL like https://host/path");
    return url_of(handle.get());
}

Status check_http_url(std::string_view url) {
    CHECK(parse_http_url(url));
    return {};
}

Result<std::string> resolved_url(std::string_view base, std::string_view reference) {
    TRY(auto const start, parse_http_url(base));
    CHECK(check_characters(reference));
    Handle const handle(curl_url(), &curl_url_cleanup);
    TOCSIN_ASSERT(handle != nullptr);
    curl_url_set(handle.get(), CURLUPART_URL, start.text.c_str(), CURLU_DISALLOW_USER);
    auto const target = std::string(reference);
    if (curl_url_set(handle.get(), CURLUPART_URL, target.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK)
        return fail(Code::invalid, fmt::format("{} leads to {}, which is no address that can be used",
                                               printable_url(base), printable_url(reference)));
    TRY(auto const url, url_of(handle.get()));
    return url.text;
}

bool is_same_origin(std::string_view a, std::string_view b) {
    auto const first = parse_http_url(a), second = parse_http_url(b);
    return first && second && first->scheme == second->scheme && first->host == second->host &&
           first->port == second->port;
}

std::string printable_url(std::string_view url) {
    auto const cut = std::min(url.find_first_of("?#"), url.size());
    auto shown = url.substr(0, cut);
    std::string scheme;
    if (!parse_http_url(url)) {  // whatever stands before an "@" may be a password
        if (auto const at = shown.rfind('@'); at != std::string_view::npos) {
            if (auto const end = shown.find("://"); end < at) scheme = shown.substr(0, end + 3);
            shown.remove_prefix(at + 1);
        }
    }
    std::string out;
    for (char const c : (scheme + std::string(shown)).substr(0, longest_print)) out += c > 0x20 && c < 0x7f ? c : '_';
    if (scheme.size() + shown.size() > longest_print || (cut < url.size() && url[cut] == '?')) out += "...";
    return out;
}

}  // namespace tocsin::net
