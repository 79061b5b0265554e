#pragma once
#include "base/result.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// The HTTP/1.1 server (RFC 9110, RFC 9112): sockets, TLS, limits, workers. It knows no route and no CIRT word.
///
/// One or two threads do all input and output; answers are made by a few workers that take requests from a bounded
/// queue. When the queue is full the answer is 503 with Retry-After, and it is counted. Answers that take long
/// (downloads, commands) have threads of their own, few of them and counted alike.
namespace tocsin::net {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options, other };
std::string_view name_of(Method method);
/// GET, HEAD and OPTIONS change nothing (RFC 9110 section 9.2.1).
bool is_safe(Method method);

struct Header {
    std::string name;  ///< lower case
    std::string value;
};

/// Who is at the other end of the connection. A proxy on this machine is believed: what it says in X-Forwarded-For (the
/// last address) and X-Forwarded-Proto stands here instead of its own.
struct Peer {
    std::string address;       ///< "192.0.2.9"; empty for the local socket
    bool is_loopback = false;  ///< the same machine
    bool is_local_socket = false;
    bool is_tls = false;
};

/// One request. The body is whole unless it was streamed to a BodySink.
struct HttpRequest {
    Method method = Method::get;
    std::string target;  ///< origin form as it was sent: "/api/v1/lookup?q=192.0.2.7"
    std::vector<Header> headers;
    std::string body;
    Peer peer;
    std::uint64_t number = 0;  ///< counts requests of this server, for the log

    /// The first header of that name (lower case), or "".
    std::string_view header(std::string_view name) const;
    /// The value of a cookie (RFC 6265 section 4.2), or "".
    std::string_view cookie(std::string_view name) const;
    /// Content-Type without parameters, lower case.
    std::string content_type() const;
};

/// The peer as a proxy on this machine tells of it; `peer` itself when it is no proxy.
Peer seen_through_proxy(Peer peer, HttpRequest const& request);

/// Where a long answer is written to. Calls wait while the peer is slow.
class BodyWriter {
  public:
    virtual ~BodyWriter() = default;
    /// Errors: Code::io when the peer has gone away or the server stops; then give up.
    virtual Status write(std::string_view bytes) = 0;
};

/// Server-sent events (WHATWG HTML section 9.2) for one listener. Safe from any thread.
class EventSink {
  public:
    virtual ~EventSink() = default;
    /// Queues one whole event ("event: x\ndata: y\n\n"). False when the listener is gone or too far behind; it is
    /// closed then.
    virtual bool send(std::string event) = 0;
    virtual bool is_open() const = 0;
    /// Ends the connection.
    virtual void close() = 0;
};

struct HttpResponse {
    int status = 200;
    std::vector<Header>
        headers;  ///< beside these the server adds Date, Content-Length or Transfer-Encoding, Connection
    std::string body;

    /// Bytes that live elsewhere, used instead of `body` when not empty: as long as the program (embedded files), or as
    /// long as `keeper` (answers that are given many times).
    std::string_view fixed_body;
    std::shared_ptr<void const> keeper;
    /// For answers too large to hold: called once, on a thread of its own; what it writes is sent in chunks.
    /// When it fails after the first byte, the connection is cut, so that the peer sees that something is missing.
    std::function<Status(BodyWriter&)> write_body;
    /// For server-sent events: called once with the sink, when the headers are out. It may keep the sink.
    std::function<void(std::shared_ptr<EventSink>)> stream_events;

    void set(std::string_view name, std::string value);
};

/// Takes a streamed body, on a worker, one call at a time. Destroyed without finish(): the body broke off; keep
/// nothing.
class BodySink {
  public:
    virtual ~BodySink() = default;
    /// After an error nothing more is written; finish() then makes the answer that says why.
    virtual Status write(std::string_view bytes) = 0;
    /// The whole body came, or write() refused it. Makes the answer.
    virtual HttpResponse finish() = 0;
};

/// What to do with a request's body; decided from the head alone.
struct Intake {
    std::uint64_t body_limit = 1 << 20;  ///< bytes; more is answered with 413
    bool streamed = false;               ///< to `Application::open`, not to `Application::answer`
};

/// What answers the requests of a listener.
struct Application {
    /// On the I/O thread: must not wait. Missing: one mebibyte, not streamed.
    std::function<Intake(HttpRequest const&)> intake;
    /// On a worker; several at a time.
    std::function<HttpResponse(HttpRequest const&)> answer;
    /// On a worker, before the body is read: a sink, or an answer that refuses it.
    std::function<std::variant<std::unique_ptr<BodySink>, HttpResponse>(HttpRequest const&)> open;
    /// The body of an answer that the server makes itself (400, 408, 413, 431, 503). Missing: plain text.
    std::function<HttpResponse(int status, std::string_view detail)> refuse;
};

struct TlsFiles {
    std::string certificate;  ///< PEM, the whole chain, the server's own first
    std::string key;          ///< PEM
};

struct Listener {
    std::string host = "127.0.0.1";      ///< an address; not a name
    std::uint16_t port = 0;              ///< 0: any free one
    std::optional<TlsFiles> tls;         ///< TLS 1.2 and later
    bool plain_beyond_loopback = false;  ///< without TLS, other than loopback addresses are refused unless this is set
    std::string socket_path;             ///< when set: a unix socket with mode 0600 instead; an old one is replaced
    Application application;
};

/// "127.0.0.1:5800", "[::1]:0". Errors: Code::invalid.
Result<Listener> parse_listen(std::string_view text);

struct HttpLimits {
    std::size_t header_bytes = 32 << 10;
    std::size_t connections = 1024;          ///< more wait in the listener's backlog
    std::size_t connections_per_peer = 256;  ///< of one address; more are closed at once. Loopback is not counted.
    std::size_t queue = 256;                 ///< requests waiting for a worker
    std::size_t workers = 4;
    std::size_t long_answers = 16;  ///< downloads and commands at a time
    std::size_t event_listeners = 256;
    std::size_t event_backlog = 512;                ///< events waiting for one listener
    std::chrono::milliseconds header_time{10'000};  ///< from the first byte to the end of the head
    std::chrono::milliseconds idle_time{75'000};    ///< between requests of a connection
    std::chrono::milliseconds body_time{
        30'000};  ///< without a byte of the body; and a body of N bytes may take N / 1 KiB/s more
    std::chrono::milliseconds write_time{60'000};  ///< without the peer taking a byte
    std::chrono::milliseconds event_heartbeat{15'000};
};

/// What the server did, for /metrics. Reading is safe from any thread.
struct HttpCounters {
    std::atomic<std::uint64_t> connections{0}, open_connections{0}, requests{0}, refused_busy{0},
        refused_connections{0}, timeouts{0}, malformed{0}, too_large{0}, tls_failures{0}, bytes_in{0}, bytes_out{0},
        event_listeners{0}, queue_depth{0};
    std::atomic<std::uint64_t> by_class[6]{};   ///< answers by status / 100
    std::atomic<std::uint64_t> busy_micros{0};  ///< spent in workers
};

/// A running server.
class HttpServer {
  public:
    /// Opens the sockets and starts the threads. Errors: Code::io (the address is in use...), Code::invalid
    /// (certificate), Code::denied (beyond loopback without TLS).
    static Result<std::unique_ptr<HttpServer>> start(std::vector<Listener> listeners, HttpLimits limits = {});
    virtual ~HttpServer() = default;

    /// The port of that listener, as bound. 0 for a unix socket.
    virtual std::uint16_t port(std::size_t listener = 0) const = 0;
    virtual HttpCounters const& counters() const = 0;
    /// Takes no more connections, lets requests that are being answered finish for at most `grace`, closes the rest.
    /// Waits for it.
    virtual void stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace tocsin::net
