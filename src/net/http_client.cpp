#include "net/http_client.hpp"

#include "net/curl_parts.hpp"
#include "net/http_transfer.hpp"
#include "net/http_url.hpp"

#include <algorithm>
#include <array>
#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tocsin::net {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f; });
}

bool is_token(std::string_view text) {  // RFC 9110 section 5.6.2
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("!#$%&'*+-.^_`|~").contains(c);
    });
}

/// Headers of the caller that say nothing about who calls; all others stay with the host they were meant for.
bool may_travel(std::string_view name) {
    static constexpr std::array<std::string_view, 6> fine{
        "accept", "accept-language", "if-none-match", "if-modified-since", "range", "if-range"};
    return std::ranges::find(fine, name) != fine.end();
}

/// What the callbacks below `curl` find: the connection's rules, and the exchange under way.
struct Connection {
    HttpClientOptions const* options = nullptr;
    HttpTransfer* transfer = nullptr;
    std::string wanted_fingerprint;  ///< plain; empty: the usual way
    std::string seen_fingerprint;
    std::optional<IpAddress> refused;

    bool may_reach(IpAddress address) const {
        if (kind_of(address) == AddressKind::global) return true;
        return std::ranges::any_of(options->reachable,
                                   [&](IpPrefix const& prefix) { return prefix.contains(address); });
    }
};

std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* user) {
    auto& connection = *static_cast<Connection*>(user);
    return connection.transfer->header_line({bytes, size * count}) ? size * count : 0;
}

std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* user) {
    auto& connection = *static_cast<Connection*>(user);
    return connection.transfer->body({bytes, size * count}) ? size * count : 0;
}

std::size_t on_read(char* into, std::size_t size, std::size_t count, void* user) {
    auto& connection = *static_cast<Connection*>(user);
    return connection.transfer->give({into, size * count}).value_or(CURL_READFUNC_ABORT);
}

int on_seek(void* user, curl_off_t offset, int origin) {
    auto& connection = *static_cast<Connection*>(user);
    bool const is_done = origin == SEEK_SET && connection.transfer->rewind(static_cast<std::uint64_t>(offset));
    return is_done ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto const& connection = *static_cast<Connection*>(user);
    return connection.transfer->is_cancelled() ? 1 : 0;
}

/// The last look at an address before it is connected to: names may have pointed elsewhere a moment ago.
curl_socket_t on_open(void* user, curlsocktype, curl_sockaddr* target) {
    auto& connection = *static_cast<Connection*>(user);
    if (connection.options->proxy.empty()) {
        auto const address = address_of(target->addr);
        if (!address) return CURL_SOCKET_BAD;
        if (!connection.may_reach(*address)) {
            connection.refused = *address;
            return CURL_SOCKET_BAD;
        }
    }
    return ::socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

/// In place of OpenSSL's own check: remembers the fingerprint, and either compares it or goes the usual way.
int on_certificate(X509_STORE_CTX* store, void* user) {
    auto& connection = *static_cast<Connection*>(user);
    connection.seen_fingerprint = fingerprint_of(X509_STORE_CTX_get0_cert(store));
    if (connection.wanted_fingerprint.empty()) return X509_verify_cert(store);
    bool const is_same = connection.seen_fingerprint == connection.wanted_fingerprint;
    X509_STORE_CTX_set_error(store, is_same ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
    return is_same ? 1 : 0;
}

CURLcode on_tls(CURL*, void* context, void* user) {
    SSL_CTX_set_cert_verify_callback(static_cast<SSL_CTX*>(context), on_certificate, user);
    return CURLE_OK;
}

/// Headers for curl; freed with it.
class HeaderList {
  public:
    ~HeaderList() { curl_slist_free_all(list_); }
    HeaderList() = default;
    HeaderList(HeaderList const&) = delete;
    HeaderList& operator=(HeaderList const&) = delete;
    void add(std::string_view name, std::string_view value) {
        auto const line = value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value);
        list_ = curl_slist_append(list_, line.c_str());
    }
    void leave_out(std::string_view name) { list_ = curl_slist_append(list_, fmt::format("{}:", name).c_str()); }
    curl_slist* list() const { return list_; }

  private:
    curl_slist* list_ = nullptr;
};

Status check_options(HttpClientOptions const& options) {
    if (has_control(options.authorization) || has_control(options.user_agent))
        return fail(Code::invalid, "the authorization or the user agent holds control characters");
    if (options.certificate.empty() != options.key.empty())
        return fail(Code::invalid, "a client certificate needs its key, and a key its certificate");
    auto const& proxy = options.proxy;
    if (!proxy.empty() && !proxy.starts_with("http://") && !proxy.starts_with("socks5h://"))
        return fail(Code::invalid, "a proxy is given as http://host:port or socks5h://host:port");
    if (proxy.contains('@')) return fail(Code::invalid, "give the proxy's user and password on their own");
    for (auto const& [path, what] :
         {std::pair{&options.ca_file, "file of authorities"}, std::pair{&options.certificate, "client certificate"},
          std::pair{&options.key, "key of the client certificate"}})
        if (!path->empty() && ::access(path->c_str(), R_OK) != 0)
            return fail(Code::io, fmt::format("the {} {} can't be read", what, *path));
    return {};
}

Status check_call(HttpCall const& call) {
    switch (call.method) {
        case Method::get:
        case Method::head:
        case Method::post:
        case Method::put:
        case Method::del:
            break;
        case Method::patch:
        case Method::options:
        case Method::other:
            return fail(Code::invalid, "this method is not spoken by the client");
    }
    for (auto const& header : call.headers)
        if (!is_token(header.name) || has_control(header.value))
            return fail(Code::invalid, "a header's name or value holds characters that can't be sent");
    if (has_control(call.if_none_match) || has_control(call.if_range) || has_control(call.body.type))
        return fail(Code::invalid, "a condition or the body's type holds characters that can't be sent");
    return {};
}

/// What curl's trouble means, and what to do about it.
Error meaning(CURLcode code, std::string_view detail, HttpUrl const& url, Connection const& connection) {
    auto const said = printable(detail.empty() ? curl_easy_strerror(code) : detail);
    bool const has_head = connection.transfer->has_head;
    switch (code) {
        case CURLE_ABORTED_BY_CALLBACK:
            return {Code::unavailable, "it was cancelled"};
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
            return {Code::unavailable,
                    fmt::format("the name can't be found; check the address and the DNS ({})", said)};
        case CURLE_COULDNT_CONNECT:
            if (connection.refused)
                return {Code::denied,
                        fmt::format("{} leads to {}, which is {}; if that is meant, allow this network", url.host,
                                    format_ip(*connection.refused), name_of(kind_of(*connection.refused)))};
            return {Code::unavailable,
                    fmt::format("nobody answers there; try later or check host and port ({})", said)};
        case CURLE_OPERATION_TIMEDOUT:
            return {Code::unavailable, fmt::format("it took too long; try later ({})", said)};
        case CURLE_PEER_FAILED_VERIFICATION: {
            auto const shown =
                connection.seen_fingerprint.empty()
                    ? std::string()
                    : fmt::format("; it shows the certificate with SHA-256 {}", connection.seen_fingerprint);
            if (!connection.wanted_fingerprint.empty())
                return {Code::denied, fmt::format("the peer's certificate is not the one that was pinned{}. Ask the "
                                                  "peer whether it was renewed before pinning the new one",
                                                  shown)};
            return {Code::denied, fmt::format("the peer's certificate can't be trusted ({}){}. Give the file of its "
                                              "authority, or pin the certificate after asking the peer",
                                              said, shown)};
        }
        case CURLE_SSL_CERTPROBLEM:
            return {Code::io, fmt::format("our client certificate or its key can't be used ({})", said)};
        case CURLE_SSL_CACERT_BADFILE:
            return {Code::io, fmt::format("the file of authorities can't be used ({})", said)};
        case CURLE_SSL_CONNECT_ERROR:
            return {Code::unavailable, fmt::format("no TLS 1.2 or later with the peer; it may want a client "
                                                   "certificate, or speak plain http:// there ({})",
                                                   said)};
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_WEIRD_SERVER_REPLY:
            return {Code::invalid, "what came is no HTTP answer; check host and port"};
        case CURLE_OUT_OF_MEMORY:
            if (!has_head) return {Code::limit, "a line in the head of the answer is too long"};
            break;
        case CURLE_SEND_FAIL_REWIND:
            return {Code::unavailable, "the connection was closed before the body went out; try again"};
        default:
            break;
    }
    if (!has_head && url.scheme == "https")  // TLS 1.3: a client's certificate is judged after the handshake
        return {
            Code::unavailable,
            fmt::format("the exchange broke off before an answer; it may want another client certificate ({})", said)};
    return {Code::unavailable, fmt::format("the exchange broke off; try later ({})", said)};
}

}  // namespace

Result<std::string> basic_authorization(std::string_view user, std::string_view password) {
    if (user.contains(':') || has_control(user) || has_control(password))
        return fail(Code::invalid,
                    "a user's name for HTTP may hold no colon, and neither it nor the password control "
                    "characters");
    return "Basic " + to_base64(fmt::format("{}:{}", user, password));
}

Result<std::string> bearer_authorization(std::string_view token) {
    auto const body = token.substr(0, token.find_last_not_of('=') + 1);
    bool const is_fine = !body.empty() && std::ranges::all_of(body, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("-._~+/").contains(c);
    });
    if (!is_fine) return fail(Code::invalid, "a key for HTTP holds only letters, digits and - . _ ~ + /");
    return fmt::format("Bearer {}", token);
}

std::string_view HttpReply::header(std::string_view name) const {
    for (auto const& header : headers)
        if (header.name == name) return header.value;
    return {};
}

std::string HttpReply::content_type() const {
    auto const value = header("content-type");
    return lowered(trimmed(value.substr(0, value.find(';'))));
}

struct HttpClient::Impl {
    HttpClientOptions options;
    Connection home;  ///< stays at its place as long as `curl` lives: TLS may come back to it
    CURL* curl = nullptr;

    explicit Impl(HttpClientOptions given) : options(std::move(given)) { start_curl_once(); }
    ~Impl() {
        if (curl != nullptr) curl_easy_cleanup(curl);
    }
    Impl(Impl const&) = delete;
    Impl& operator=(Impl const&) = delete;

    Result<HttpReply> send(HttpCall const& call);
    Result<HttpReply> hop(HttpCall const& call, HttpUrl const& url, bool is_home, bool is_followed, milliseconds left);
    Status check_target(HttpUrl const& url, bool is_home) const;
    Result<std::string> next_hop(HttpReply const& reply, HttpUrl const& url, int taken) const;
    void set_connection(CURL* handle, Connection& connection, bool is_home, milliseconds left) const;
    void set_request(CURL* handle, HttpCall const& call, HttpUrl const& url) const;
    void add_headers(HeaderList& list, HttpCall const& call, bool is_home) const;
    void set_body(CURL* handle, HeaderList& list, HttpCall const& call) const;
};

Status HttpClient::Impl::check_target(HttpUrl const& url, bool is_home) const {
    auto const address = parse_ip(url.host);
    if (address && !home.may_reach(*address))
        return fail(Code::denied, fmt::format("{} is {}; if that is meant, allow this network", url.host,
                                              name_of(kind_of(*address))));
    bool const is_here = url.host == "localhost" || (address && kind_of(*address) == AddressKind::loopback);
    if (is_home && url.scheme == "http" && !options.authorization.empty() && !options.authorization_in_clear &&
        !is_here)
        return fail(Code::denied, "a password or key is not sent over plain http://; use https://");
    return {};
}

void HttpClient::Impl::set_connection(CURL* handle, Connection& connection, bool is_home, milliseconds left) const {
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, options.proxy.c_str());
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "");
    if (!options.proxy_user.empty()) {
        curl_easy_setopt(handle, CURLOPT_PROXYUSERNAME, options.proxy_user.c_str());
        curl_easy_setopt(handle, CURLOPT_PROXYPASSWORD, options.proxy_password.c_str());
    }
    curl_easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, &connection);
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(handle, CURLOPT_SSL_SESSIONID_CACHE, 0L);  // a resumed session shows no certificate
    curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, on_tls);
    curl_easy_setopt(handle, CURLOPT_SSL_CTX_DATA, &connection);
    if (!options.ca_file.empty()) {
        curl_easy_setopt(handle, CURLOPT_CAINFO, options.ca_file.c_str());
        curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
    }
    if (is_home && !connection.wanted_fingerprint.empty()) curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
    if (is_home && !options.certificate.empty()) {
        curl_easy_setopt(handle, CURLOPT_SSLCERT, options.certificate.c_str());
        curl_easy_setopt(handle, CURLOPT_SSLKEY, options.key.c_str());
        if (!options.key_password.empty()) curl_easy_setopt(handle, CURLOPT_KEYPASSWD, options.key_password.c_str());
    }
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::min(options.connect_time, left).count()));
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(options.slow_rate));
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.slow_time.count()));
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &connection);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &connection);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &connection);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(handle, CURLOPT_READDATA, &connection);
    curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(handle, CURLOPT_SEEKDATA, &connection);
}

void HttpClient::Impl::set_request(CURL* handle, HttpCall const& call, HttpUrl const& url) const {
    curl_easy_setopt(handle, CURLOPT_URL, url.text.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(handle, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(handle, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
    curl_easy_setopt(handle, CURLOPT_USERAGENT, options.user_agent.c_str());
    if (call.method == Method::head) curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    if (call.method == Method::del) curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, "DELETE");
}

void HttpClient::Impl::add_headers(HeaderList& list, HttpCall const& call, bool is_home) const {
    for (auto const& header : call.headers)
        if (is_home || may_travel(lowered(header.name))) list.add(header.name, header.value);
    if (is_home && !options.authorization.empty()) list.add("Authorization", options.authorization);
    if (call.method != Method::head) list.add("Accept-Encoding", call.from > 0 ? "identity" : "gzip, br, zstd");
    if (!call.if_none_match.empty()) list.add("If-None-Match", call.if_none_match);
    if (call.if_modified_since) list.add("If-Modified-Since", format_http_date(*call.if_modified_since));
    if (call.from > 0) list.add("Range", fmt::format("bytes={}-", call.from));
    if (call.from > 0 && !call.if_range.empty()) list.add("If-Range", call.if_range);
}

void HttpClient::Impl::set_body(CURL* handle, HeaderList& list, HttpCall const& call) const {
    if (call.method != Method::post && call.method != Method::put) return;
    list.leave_out("Expect");  // many peers do not know it, and curl then waits a second
    if (!call.body.type.empty()) {
        list.add("Content-Type", call.body.type);
    } else {
        list.leave_out("Content-Type");
    }
    bool const has_source = static_cast<bool>(call.body.source);
    auto const size = has_source ? call.body.size : std::optional<std::uint64_t>(call.body.bytes.size());
    auto const length = size ? static_cast<curl_off_t>(*size) : curl_off_t{-1};
    if (!size) list.add("Transfer-Encoding", "chunked");
    if (has_source) curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L);  // it can't be read twice
    if (call.method == Method::post) {
        curl_easy_setopt(handle, CURLOPT_POST, 1L);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, length);
    } else {
        curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, length);
    }
}

Result<HttpReply> HttpClient::Impl::hop(HttpCall const& call, HttpUrl const& url, bool is_home, bool is_followed,
                                        milliseconds left) {
    CHECK(check_target(url, is_home));
    if (is_home && curl == nullptr) curl = curl_easy_init();
    // Elsewhere with a connection of its own: no certificate, no pin, no kept connection of home.
    Connection abroad;
    abroad.options = &options;
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> const away(is_home ? nullptr : curl_easy_init(),
                                                                   &curl_easy_cleanup);
    auto* const handle = is_home ? curl : away.get();
    auto& connection = is_home ? home : abroad;
    TOCSIN_ASSERT(handle != nullptr);

    HttpTransfer transfer(options, call, is_followed);
    connection.transfer = &transfer;
    connection.refused.reset();
    connection.seen_fingerprint.clear();
    curl_easy_reset(handle);  // keeps the connection
    HeaderList headers;
    std::array<char, CURL_ERROR_SIZE> detail{};
    set_connection(handle, connection, is_home, left);
    set_request(handle, call, url);
    add_headers(headers, call, is_home);
    set_body(handle, headers, call);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.list());
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail.data());
    auto const result = curl_easy_perform(handle);
    curl_easy_reset(handle);  // nothing of this call is left in it
    connection.transfer = nullptr;
    if (transfer.trouble) return std::unexpected(*transfer.trouble);
    // A refusal that came before all of our body went out counts, whatever became of the rest.
    bool const is_early_refusal =
        transfer.has_head && transfer.reply.status >= 400 && (result == CURLE_SEND_ERROR || result == CURLE_RECV_ERROR);
    bool const has_enough = transfer.has_enough && result == CURLE_WRITE_ERROR;
    if (result != CURLE_OK && !has_enough && !is_early_refusal) {
        connection.transfer = &transfer;
        auto error = meaning(result, detail.data(), url, connection);
        connection.transfer = nullptr;
        return std::unexpected(std::move(error));
    }
    CHECK(transfer.finish());
    transfer.reply.url = url.text;
    return std::move(transfer.reply);
}

/// Where a redirect leads, if it may be followed.
Result<std::string> HttpClient::Impl::next_hop(HttpReply const& reply, HttpUrl const& url, int taken) const {
    TRY(auto const target, resolved_url(url.text, reply.header("location")));
    if (taken >= options.redirects)
        return fail(Code::limit, fmt::format("more than {} redirects, the last to {}; enter the address that is meant",
                                             options.redirects, printable_url(target)));
    if (is_same_origin(url.text, target)) return target;
    if (url.scheme == "https" && target.starts_with("http://"))
        return fail(Code::denied, fmt::format("it redirects to {}, which is not encrypted; this is never followed",
                                              printable_url(target)));
    if (!options.redirects_to_other_hosts)
        return fail(Code::denied, fmt::format("it redirects to {}, which is another host; if that is right, enter that "
                                              "address instead",
                                              printable_url(target)));
    return target;
}

Result<HttpReply> HttpClient::Impl::send(HttpCall const& call) {
    CHECK(check_call(call));
    CHECK(check_options(options));
    home.options = &options;
    if (!options.fingerprint.empty()) {
        TRY(home.wanted_fingerprint, plain_fingerprint(options.fingerprint));
    }
    TRY(auto const first, parse_http_url(call.url));
    auto const deadline = Clock::now() + call.total_time.value_or(options.total_time);
    bool const can_follow = options.redirects > 0 && (call.method == Method::get || call.method == Method::head);
    auto url = first;
    for (int taken = 0;; ++taken) {
        auto const left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) return fail(Code::unavailable, "it took too long; try later");
        TRY(auto reply, hop(call, url, is_same_origin(first.text, url.text), can_follow, left));
        bool const is_redirect = reply.status >= 300 && reply.status < 400 && reply.status != 304;
        if (!can_follow || !is_redirect || reply.header("location").empty()) return reply;
        TRY(auto const target, next_hop(reply, url, taken));
        TRY(url, parse_http_url(target));
    }
}

HttpClient::HttpClient(HttpClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<HttpReply> HttpClient::send(HttpCall const& call) {
    auto reply = impl_->send(call);
    if (!reply)
        return std::unexpected(
            reply.error().during(fmt::format("{} {}", name_of(call.method), printable_url(call.url))));
    return reply;
}

}  // namespace tocsin::net
