#pragma once
#include "base/base.hpp"
#include "net/http.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The HTTP/1.1 client (RFC 9110, RFC 9112), for peers that may be hostile: everything has a limit, nothing is followed
/// that was not asked for, and it can't be talked into this machine's own networks.
namespace tocsin::net {

/// Where an address leads (IANA special-purpose registries, RFC 6890). Addresses that carry an IPv4 address inside
/// (mapped, compatible, NAT64, 6to4) are what that one is.
enum class AddressKind : std::uint8_t {
    global,      ///< somewhere on the Internet
    loopback,    ///< this machine
    link_local,  ///< this wire; cloud providers answer there with secrets
    internal,    ///< private, shared, benchmarking and unique local networks
    unusable,    ///< unspecified, multicast, reserved, Teredo
};
AddressKind kind_of(IpAddress address);
std::string_view name_of(AddressKind kind);

/// How to reach one peer.
struct HttpClientOptions {
    /// Networks that may be reached although they are not global. Checked on the address that is connected to, each
    /// time: a name that suddenly points inside (DNS rebinding) is refused.
    std::vector<IpPrefix> reachable = {};

    std::string ca_file = {};  ///< PEM; empty: the system's
    /// SHA-256 of the peer's certificate (DER), 64 hexadecimal digits, colons allowed. When set it is the peer's whole
    /// identity: neither its issuer nor its name nor its dates are looked at.
    std::string fingerprint = {};
    std::string certificate = {};   ///< PEM, ours, with its chain; empty: none
    std::string key = {};           ///< PEM
    std::string key_password = {};  ///< of `key`, if it has one

    /// The value of Authorization; see basic_authorization and bearer_authorization. Sent to the scheme, host and port
    /// of the call only, never to where a redirect leads beyond them.
    std::string authorization = {};
    /// With plain http:// the authorization and the client's words can be read by everybody on the way; refused unless
    /// set, but for this machine itself.
    bool authorization_in_clear = false;

    /// http://host:port, https://host:port or socks5h://host:port; empty: none, whatever the environment says. A proxy
    /// looks names up itself, so `reachable` then holds for addresses written in the URL only; the proxy may be
    /// anywhere.
    std::string proxy = {};
    std::string proxy_user = {}, proxy_password = {};

    int redirects = 0;                      ///< GET and HEAD only; to the same scheme, host and port
    bool redirects_to_other_hosts = false;  ///< also elsewhere, but never from https to http

    std::chrono::milliseconds connect_time{15'000};  ///< name, connection and TLS
    std::chrono::milliseconds total_time{600'000};   ///< all of a call, redirects and the receiver's time too
    std::chrono::seconds slow_time{30};              ///< slower than `slow_rate` for that long: given up
    std::uint32_t slow_rate = 64;                    ///< bytes a second

    std::size_t header_bytes = 64 << 10;   ///< of an answer: status lines, headers and trailers
    std::uint64_t error_bytes = 64 << 10;  ///< of the body of an answer that is not 2xx; what is more is dropped

    std::string user_agent = "Tocsin";
};

/// "Basic ..." (RFC 7617). Errors: Code::invalid for a colon in the user's name or control characters.
Result<std::string> basic_authorization(std::string_view user, std::string_view password);
/// "Bearer ..." (RFC 6750 section 2.1). Errors: Code::invalid when it is not a token68.
Result<std::string> bearer_authorization(std::string_view token);

/// A request's body. Memory, or a source that is asked until it gives 0.
struct HttpBody {
    std::string type = {};  ///< Content-Type
    std::string bytes = {};
    std::function<Result<std::size_t>(std::span<char> into)> source = {};  ///< used when set; read once
    std::optional<std::uint64_t> size = {};                                ///< of the source; missing: sent in chunks
};

/// The head of an answer, and what is known about its body.
struct HttpReply {
    int status = 0;
    std::vector<Header> headers = {};  ///< names in lower case, in order; of the last answer
    std::string body = {};             ///< unless it went to `take`
    std::string url = {};              ///< that answered, after redirects
    std::uint64_t starts_at = 0;       ///< of a 206: the offset of the body's first byte
    std::uint64_t wire_bytes = 0;      ///< of the body, as sent
    std::uint64_t body_bytes = 0;      ///< of the body, unpacked

    bool is_success() const { return status >= 200 && status < 300; }
    /// The first header of that name (lower case), or "".
    std::string_view header(std::string_view name) const;
    /// Content-Type without parameters, lower case.
    std::string content_type() const;
};

/// One request.
struct HttpCall {
    Method method = Method::get;  ///< get, head, post, put or del
    std::string url = {};         ///< http:// or https://, without user and password
    std::vector<Header> headers = {};
    HttpBody body = {};  ///< of POST and PUT

    std::uint64_t body_bytes = std::uint64_t{64} << 20;        ///< of the answer, both as sent and unpacked
    std::optional<std::chrono::milliseconds> total_time = {};  ///< instead of the client's

    /// Conditional (RFC 9110 section 13): the answer may be 304 without a body.
    std::string if_none_match = {};  ///< an ETag as it came
    std::optional<Timestamp> if_modified_since = {};
    /// Resume (RFC 9110 section 14): only what follows the first `from` bytes, if it is still the thing with that ETag
    /// or Last-Modified. The answer is 206 with `starts_at`, or 200 and everything from the start, or 416.
    std::uint64_t from = 0;
    std::string if_range = {};

    /// Gets the body of a 2xx answer piece by piece, with the head before it. An error ends the call with that error.
    /// Missing: the body is in the reply.
    std::function<Status(HttpReply const& head, std::string_view bytes)> take = {};
    /// Asked about once a second and with each piece; true ends the call.
    std::function<bool()> is_cancelled = {};
};

/// The answer's date headers (RFC 9110 section 5.6.7, all three forms). No locale.
std::optional<Timestamp> parse_http_date(std::string_view text);
/// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string format_http_date(Timestamp time);
/// How long the peer asks to wait (RFC 9110 section 10.2.3, seconds or a date); not below 0, at most 7 days. Nothing
/// when it asks for nothing or can't be understood.
std::optional<std::chrono::seconds> retry_after(HttpReply const& reply, Timestamp now);
/// A URL for logs and screens: without user and password, and without the query, which may hold a key.
std::string printable_url(std::string_view url);
/// A URL that a call would take. Errors: Code::invalid, saying what is wrong.
Status check_http_url(std::string_view url);
/// The other address, seen from the first: an absolute URL, or a path (RFC 3986 section 5). Errors: Code::invalid.
Result<std::string> resolved_url(std::string_view base, std::string_view reference);
/// Same scheme, host (case aside) and port (defaults filled in). False for what is no URL.
bool is_same_origin(std::string_view a, std::string_view b);

/// A client for one peer; keeps its connection. One thread at a time.
class HttpClient {
  public:
    explicit HttpClient(HttpClientOptions options);
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;

    /// Asks, and takes the answer, whatever its status.
    ///
    /// The body is unpacked (gzip, br, zstd; one layer); one that breaks off inside is an error. The call is made once:
    /// repeating it is the caller's business. A redirect that is not followed is an answer with its status when
    /// `redirects` is 0, otherwise an error.
    /// Errors, each naming the URL (printable_url) and what to do: Code::invalid (the call or an option can't be used;
    /// what came is no HTTP; damaged packing), Code::denied (the peer's certificate or ours, an address that must not
    /// be reached, a redirect that must not be followed), Code::limit (header or body too large, too many redirects),
    /// Code::unavailable (no name, no connection, broke off, too slow, cancelled: may be tried again), Code::io (a
    /// file of ours), and what `take` and the body's source say.
    Result<HttpReply> send(HttpCall const& call);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::net
