#include "net/wire.hpp"

#include "net/curl_parts.hpp"
#include "net/http_client.hpp"

#include <algorithm>
#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tocsin::net {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds look_around{500};

/// What the callbacks below curl find.
struct Rules {
    StreamOptions const* options = nullptr;
    std::string wanted_fingerprint = {};
    std::string seen_fingerprint = {};
    std::optional<IpAddress> refused = {};
};

curl_socket_t on_open(void* user, curlsocktype, curl_sockaddr* target) {
    auto& rules = *static_cast<Rules*>(user);
    if (rules.options->proxy.empty()) {
        auto const address = address_of(target->addr);
        if (!address) return CURL_SOCKET_BAD;
        bool const may_reach =
            kind_of(*address) == AddressKind::global ||
            std::ranges::any_of(rules.options->reachable, [&](IpPrefix const& one) { return one.contains(*address); });
        if (!may_reach) {
            rules.refused = *address;
            return CURL_SOCKET_BAD;
        }
    }
    return ::socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Rules*>(user)->options->is_cancelled() ? 1 : 0;
}

int on_certificate(X509_STORE_CTX* store, void* user) {
    auto& rules = *static_cast<Rules*>(user);
    rules.seen_fingerprint = fingerprint_of(X509_STORE_CTX_get0_cert(store));
    if (rules.wanted_fingerprint.empty()) return X509_verify_cert(store);
    bool const is_same = rules.seen_fingerprint == rules.wanted_fingerprint;
    X509_STORE_CTX_set_error(store, is_same ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
    return is_same ? 1 : 0;
}

CURLcode on_tls(CURL*, void* context, void* user) {
    SSL_CTX_set_cert_verify_callback(static_cast<SSL_CTX*>(context), on_certificate, user);
    return CURLE_OK;
}

std::string name_of_broker(StreamOptions const& options) {
    auto const& host = options.address.hosts.front();
    return fmt::format("{}:{}", host.host, host.port);
}

}  // namespace

struct Wire::Impl {
    explicit Impl(StreamOptions const& given) : options(given) {}
    ~Impl() {
        if (curl != nullptr) curl_easy_cleanup(curl);
    }
    Impl(Impl const&) = delete;
    Impl& operator=(Impl const&) = delete;

    Status connect();
    Status check_files() const;
    void set_tls();
    Error meaning(CURLcode code, std::string_view detail) const;
    /// Whether the socket became ready.
    Result<bool> wait(short events, milliseconds time) const;
    Error broken(std::string_view what) const {
        return {Code::unavailable, fmt::format("{}: {}; try later", name_of_broker(options), what)};
    }

    StreamOptions options;
    Rules rules = {};
    CURL* curl = nullptr;
    curl_socket_t socket = CURL_SOCKET_BAD;
    bool has_heard = false;
};

Status Wire::Impl::check_files() const {
    for (auto const* path : {&options.ca_file, &options.certificate, &options.key})
        if (!path->empty() && ::access(path->c_str(), R_OK) != 0)
            return fail(Code::io, fmt::format("{} can't be read", *path));
    return {};
}

void Wire::Impl::set_tls() {
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(curl, CURLOPT_SSL_ENABLE_ALPN, 0L);
    bool const is_pinned = !rules.wanted_fingerprint.empty();
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, is_pinned ? 0L : 2L);
    curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, on_tls);
    curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, &rules);
    if (!options.ca_file.empty()) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, options.ca_file.c_str());
        curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
    }
    if (!options.certificate.empty()) {
        curl_easy_setopt(curl, CURLOPT_SSLCERT, options.certificate.c_str());
        curl_easy_setopt(curl, CURLOPT_SSLKEY, options.key.c_str());
    }
}

Error Wire::Impl::meaning(CURLcode code, std::string_view detail) const {
    auto const said = printable(detail.empty() ? curl_easy_strerror(code) : detail);
    auto const where = name_of_broker(options);
    if (rules.refused)
        return {Code::denied, fmt::format("{} leads to {}, which is {}; if that is meant, allow private addresses",
                                          where, format_ip(*rules.refused), net::name_of(kind_of(*rules.refused)))};
    switch (code) {
        case CURLE_ABORTED_BY_CALLBACK:
            return {Code::unavailable, "it was cancelled"};
        case CURLE_PEER_FAILED_VERIFICATION:
            return {
                Code::denied,
                fmt::format("the certificate of {} can't be trusted ({}){}. Give the file of its authority, or pin "
                            "the certificate after asking the broker's owner",
                            where, said,
                            rules.seen_fingerprint.empty()
                                ? std::string()
                                : fmt::format("; it shows the certificate with SHA-256 {}", rules.seen_fingerprint))};
        case CURLE_SSL_CERTPROBLEM:
            return {Code::io, fmt::format("our client certificate or its key can't be used ({})", said)};
        case CURLE_SSL_CACERT_BADFILE:
            return {Code::io, fmt::format("the file of authorities can't be used ({})", said)};
        case CURLE_SSL_CONNECT_ERROR:
            return {Code::unavailable,
                    fmt::format("{}: no TLS 1.2 or later there; it may want a client certificate, or speak without "
                                "TLS ({})",
                                where, said)};
        default:
            return {Code::unavailable, fmt::format("{}: {}; try later", where, said)};
    }
}

Status Wire::Impl::connect() {
    start_curl_once();
    CHECK(check_files());
    if (!options.fingerprint.empty()) {
        TRY(rules.wanted_fingerprint, plain_fingerprint(options.fingerprint));
    }
    rules.options = &options;
    auto const& host = options.address.hosts.front();
    bool const is_v6 = host.host.contains(':');
    auto const url = fmt::format("{}://{}{}{}:{}/", options.address.has_tls ? "https" : "http", is_v6 ? "[" : "",
                                 host.host, is_v6 ? "]" : "", host.port);
    if (auto const literal = parse_ip(host.host); literal && !options.proxy.empty()) {
        bool const may_reach =
            kind_of(*literal) == AddressKind::global ||
            std::ranges::any_of(options.reachable, [&](IpPrefix const& one) { return one.contains(*literal); });
        if (!may_reach) rules.refused = *literal;
        if (rules.refused) return std::unexpected(meaning(CURLE_COULDNT_CONNECT, ""));
    }
    curl = curl_easy_init();
    if (curl == nullptr) return fail(Code::internal, "curl can't be started");
    char error[CURL_ERROR_SIZE] = {};
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, options.proxy.c_str());
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
    curl_easy_setopt(curl, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(options.connect_time.count()));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(options.connect_time.count()));
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &rules);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &rules);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    if (options.address.has_tls) set_tls();
    auto const result = curl_easy_perform(curl);
    std::string const detail = error;
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
    if (result != CURLE_OK) return std::unexpected(meaning(result, detail));
    if (curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &socket) != CURLE_OK || socket == CURL_SOCKET_BAD)
        return std::unexpected(broken("the connection is gone"));
    return {};
}

Result<bool> Wire::Impl::wait(short events, milliseconds time) const {
    auto const until = SteadyClock::now() + time;
    while (true) {
        if (options.is_cancelled()) return fail(Code::unavailable, "it was cancelled");
        auto const left = std::chrono::duration_cast<milliseconds>(until - SteadyClock::now());
        pollfd one{.fd = socket, .events = events, .revents = 0};
        auto const step = std::clamp(left, milliseconds(0), look_around);
        if (::poll(&one, 1, static_cast<int>(step.count())) > 0) return true;
        if (left <= step) return false;
    }
}

Wire::Wire(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Wire::~Wire() = default;

Result<std::unique_ptr<Wire>> Wire::open(StreamOptions const& options) {
    std::unique_ptr<Wire> wire(new Wire(std::make_unique<Impl>(options)));
    CHECK(wire->impl_->connect());
    return wire;
}

int Wire::socket() const {
    return impl_->socket;
}

Status Wire::send(std::string_view bytes) {
    while (!bytes.empty()) {
        std::size_t sent = 0;
        auto const result = curl_easy_send(impl_->curl, bytes.data(), bytes.size(), &sent);
        if (result == CURLE_AGAIN) {
            TRY(bool const is_ready, impl_->wait(POLLOUT, impl_->options.quiet_time));
            if (!is_ready) return std::unexpected(impl_->broken("it takes no bytes"));
            continue;
        }
        if (result != CURLE_OK) return std::unexpected(impl_->broken(curl_easy_strerror(result)));
        bytes.remove_prefix(sent);
    }
    return {};
}

Result<std::size_t> Wire::receive_now(std::span<char> into) {
    std::size_t got = 0;
    auto const result = curl_easy_recv(impl_->curl, into.data(), into.size(), &got);
    if (result == CURLE_AGAIN) return std::size_t{0};
    if (result == CURLE_OK && got > 0) {
        impl_->has_heard = true;
        return got;
    }
    // With TLS 1.3 a certificate of ours is judged after the handshake is over.
    return std::unexpected(impl_->broken(
        impl_->has_heard                 ? "the connection broke off"
        : impl_->options.address.has_tls ? "the connection ends before a word; it may want another client certificate"
                                         : "the connection ends before a word; it may want TLS"));
}

Result<std::size_t> Wire::receive(std::span<char> into, milliseconds wait) {
    auto const until = SteadyClock::now() + wait;
    while (true) {  // first what TLS has unpacked already: the socket knows nothing of it
        TRY(auto const got, receive_now(into));
        if (got > 0) return got;
        auto const left = std::chrono::duration_cast<milliseconds>(until - SteadyClock::now());
        TRY(bool const is_ready, impl_->wait(POLLIN, std::max(left, milliseconds(0))));
        if (!is_ready) return std::size_t{0};
    }
}

}  // namespace tocsin::net
