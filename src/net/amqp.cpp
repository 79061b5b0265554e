#include "net/curl_parts.hpp"
#include "net/message_streams.hpp"
#include "net/wire.hpp"

#include <algorithm>
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <array>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

/// librabbitmq speaks the protocol. It would connect by its own rules; so it gets one end of a pair of sockets, and a
/// thread carries the bytes between the other end and a Wire.
namespace tocsin::net {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr amqp_channel_t channel = 1;
constexpr int frame_bytes = 131'072;
constexpr milliseconds look_around{200};

/// Carries bytes both ways until one side ends.
class Bridge {
  public:
    Bridge(std::unique_ptr<Wire> wire, int end) : wire_(std::move(wire)), end_(end) {
        thread_ = std::jthread([this](std::stop_token const& stop) { carry(stop); });
    }
    ~Bridge() {
        thread_.request_stop();
        ::shutdown(end_, SHUT_RDWR);
        thread_.join();
        ::close(end_);
    }
    Bridge(Bridge const&) = delete;
    Bridge& operator=(Bridge const&) = delete;

  private:
    void carry(std::stop_token const& stop) {
        while (!stop.stop_requested() && step()) {
        }
        ::shutdown(end_, SHUT_RDWR);
    }

    bool step() {
        std::array<char, 64 << 10> piece{};
        auto const came = wire_->receive_now(piece);
        if (!came) return false;
        if (*came > 0) return put({piece.data(), *came});
        std::array<pollfd, 2> both{
            {{.fd = wire_->socket(), .events = POLLIN, .revents = 0}, {.fd = end_, .events = POLLIN, .revents = 0}}};
        ::poll(both.data(), both.size(), static_cast<int>(look_around.count()));
        if (both[1].revents == 0) return true;
        auto const got = ::recv(end_, piece.data(), piece.size(), MSG_DONTWAIT);
        if (got < 0) return errno == EAGAIN || errno == EINTR;
        if (got == 0) return false;
        return wire_->send({piece.data(), static_cast<std::size_t>(got)}).has_value();
    }

    bool put(std::string_view bytes) const {
        while (!bytes.empty()) {
            auto const put = ::send(end_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (put < 0 && errno == EINTR) continue;
            if (put <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
        return true;
    }

    std::unique_ptr<Wire> wire_;
    int end_;
    std::jthread thread_;
};

std::string_view text_of(amqp_bytes_t bytes) {
    return {static_cast<char const*>(bytes.bytes), bytes.len};
}

/// Whom our certificate names. Brokers take it from the certificate itself; librabbitmq can't send an empty word.
std::string name_in_certificate(std::string const& path) {
    std::array<char, 256> name{};
    auto* const file = std::fopen(path.c_str(), "re");
    if (file == nullptr) return "tocsin";
    auto* const certificate = PEM_read_X509(file, nullptr, nullptr, nullptr);
    std::fclose(file);
    if (certificate == nullptr) return "tocsin";
    auto const size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(),
                                                static_cast<int>(name.size()));
    X509_free(certificate);
    return size > 0 ? std::string(name.data(), static_cast<std::size_t>(size)) : "tocsin";
}

class Amqp final : public MessageStream {
  public:
    explicit Amqp(StreamOptions options) : options_(std::move(options)) {}
    ~Amqp() override {
        bridge_.reset();
        if (connection_ != nullptr) amqp_destroy_connection(connection_);
    }
    Amqp(Amqp const&) = delete;
    Amqp& operator=(Amqp const&) = delete;

    Status open();
    Result<std::optional<StreamMessage>> next(milliseconds wait) override;
    Status acknowledge() override;

  private:
    Status plug();
    Status sign_in();
    Status subscribe();
    Status check(amqp_rpc_reply_t const& reply, Code code, std::string_view doing) const;
    /// A frame of ours within that time; nothing when there is none.
    Result<std::optional<amqp_frame_t>> frame(SteadyClock::time_point until);
    Result<amqp_frame_t> frame_of_message();
    Status read_body(StreamMessage& message, std::uint64_t size);
    Error said(amqp_method_t const& method, Code code, std::string_view doing) const;
    std::string where() const {
        auto const& host = options_.address.hosts.front();
        return fmt::format("{}:{}", host.host, host.port);
    }

    StreamOptions options_;
    std::unique_ptr<Bridge> bridge_;
    amqp_connection_state_t connection_ = nullptr;
    std::optional<std::uint64_t> last_;  ///< the newest delivery that was given whole and not acknowledged
    std::vector<std::uint64_t> cut_;     ///< those that were too long
};

/// What a broker says when it closes a channel or connection (AMQP 0-9-1 section 1.1, reply codes).
Error Amqp::said(amqp_method_t const& method, Code code, std::string_view doing) const {
    int number = 0;
    std::string_view text;
    if (method.id == AMQP_CONNECTION_CLOSE_METHOD) {
        auto const* const close = static_cast<amqp_connection_close_t*>(method.decoded);
        number = close->reply_code;
        text = text_of(close->reply_text);
    } else if (method.id == AMQP_CHANNEL_CLOSE_METHOD) {
        auto const* const close = static_cast<amqp_channel_close_t*>(method.decoded);
        number = close->reply_code;
        text = text_of(close->reply_text);
    }
    if (number == AMQP_ACCESS_REFUSED || number == AMQP_NOT_ALLOWED) code = Code::denied;
    if (number == AMQP_NOT_FOUND) code = Code::not_found;
    return {code, fmt::format("{} says to {}: {}", where(), doing, text.empty() ? "it closes" : printable(text))};
}

Status Amqp::check(amqp_rpc_reply_t const& reply, Code code, std::string_view doing) const {
    if (reply.reply_type == AMQP_RESPONSE_NORMAL) return {};
    if (options_.is_cancelled()) return fail(Code::unavailable, "it was cancelled");
    if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION) return std::unexpected(said(reply.reply, code, doing));
    auto const what =
        reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION ? amqp_error_string2(reply.library_error) : "no answer";
    return fail(Code::unavailable, fmt::format("{}: {}: {}; try later", where(), doing, printable(what)));
}

Status Amqp::plug() {
    TRY(auto wire, Wire::open(options_));
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail(Code::io, "no pair of sockets can be made");
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);  // as librabbitmq makes its own
    bridge_ = std::make_unique<Bridge>(std::move(wire), ends[1]);
    connection_ = amqp_new_connection();
    auto* const socket = connection_ != nullptr ? amqp_tcp_socket_new(connection_) : nullptr;
    if (socket == nullptr) {
        ::close(ends[0]);
        return fail(Code::internal, "librabbitmq can't be started");
    }
    amqp_tcp_socket_set_sockfd(socket, ends[0]);
    timeval const patience{.tv_sec = options_.connect_time.count(), .tv_usec = 0};
    amqp_set_handshake_timeout(connection_, &patience);
    amqp_set_rpc_timeout(connection_, &patience);
    return {};
}

Status Amqp::sign_in() {
    auto const beat = static_cast<int>(std::max<std::int64_t>(options_.quiet_time.count(), 1));
    auto const& host = options_.address.virtual_host;
    bool const by_certificate = options_.user.empty();
    std::string const identity = by_certificate ? name_in_certificate(options_.certificate) : "";
    auto const reply =
        by_certificate
            ? amqp_login(connection_, host.c_str(), 2, frame_bytes, beat, AMQP_SASL_METHOD_EXTERNAL, identity.c_str())
            : amqp_login(connection_, host.c_str(), 2, frame_bytes, beat, AMQP_SASL_METHOD_PLAIN, options_.user.c_str(),
                         options_.password.c_str());
    // RabbitMQ closes the connection without a word, or with one, when the log-in is wrong.
    bool const is_closed =
        reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error == AMQP_STATUS_CONNECTION_CLOSED;
    if (is_closed && !options_.is_cancelled())
        return fail(Code::denied,
                    fmt::format("{} ends the connection when we sign in: check login, password, certificate and "
                                "virtual host",
                                where()));
    return check(reply, Code::denied, "the log-in");
}

Status Amqp::subscribe() {
    amqp_channel_open(connection_, channel);
    CHECK(check(amqp_get_rpc_reply(connection_), Code::unavailable, "a channel"));
    amqp_basic_qos(connection_, channel, 0, static_cast<std::uint16_t>(std::min(options_.most_messages, 65'535)), 0);
    CHECK(check(amqp_get_rpc_reply(connection_), Code::unavailable, "a limit"));
    amqp_bytes_t const queue{.len = options_.queue.size(), .bytes = options_.queue.data()};
    amqp_basic_consume(connection_, channel, queue, amqp_bytes_t{}, 0, 0, 0, amqp_table_t{});
    return check(amqp_get_rpc_reply(connection_), Code::not_found,
                 fmt::format("reading {}", printable(options_.queue)));
}

Status Amqp::open() {
    CHECK(plug());
    CHECK(sign_in());
    return subscribe();
}

Result<std::optional<amqp_frame_t>> Amqp::frame(SteadyClock::time_point until) {
    while (true) {
        if (options_.is_cancelled()) return fail(Code::unavailable, "it was cancelled");
        amqp_maybe_release_buffers_on_channel(connection_, channel);
        auto const left =
            std::max(std::chrono::duration_cast<milliseconds>(until - SteadyClock::now()), milliseconds(0));
        auto const step = std::min(left, milliseconds(500));
        timeval const patience{.tv_sec = 0, .tv_usec = step.count() * 1000};
        amqp_frame_t one{};
        auto const result = amqp_simple_wait_frame_noblock(connection_, &one, &patience);
        if (result == AMQP_STATUS_OK) return std::optional(one);
        if (result != AMQP_STATUS_TIMEOUT)
            return fail(Code::unavailable,
                        fmt::format("{}: {}; try later", where(), printable(amqp_error_string2(result))));
        if (left <= step) return std::optional<amqp_frame_t>();
    }
}

Result<amqp_frame_t> Amqp::frame_of_message() {
    TRY(auto const one, frame(SteadyClock::now() + options_.quiet_time));
    if (!one) return fail(Code::unavailable, fmt::format("{} stops in the middle of a message; try later", where()));
    return *one;
}

Status Amqp::read_body(StreamMessage& message, std::uint64_t size) {
    message.bytes = size;
    message.is_cut = size > options_.most_bytes;
    for (std::uint64_t got = 0; got < size;) {
        TRY(auto const part, frame_of_message());
        if (part.frame_type != AMQP_FRAME_BODY || part.payload.body_fragment.len == 0)
            return fail(Code::invalid, fmt::format("{} sends a message without its body", where()));
        got += part.payload.body_fragment.len;
        if (!message.is_cut && got <= size) message.body += text_of(part.payload.body_fragment);
    }
    return {};
}

Result<std::optional<StreamMessage>> Amqp::next(milliseconds wait) {
    auto const until = SteadyClock::now() + wait;
    while (true) {
        TRY(auto const one, frame(until));
        if (!one) return std::optional<StreamMessage>();
        if (one->frame_type != AMQP_FRAME_METHOD) continue;
        auto const& method = one->payload.method;
        if (method.id == AMQP_CONNECTION_CLOSE_METHOD || method.id == AMQP_CHANNEL_CLOSE_METHOD)
            return std::unexpected(said(method, Code::unavailable, "reading"));
        if (method.id == AMQP_BASIC_CANCEL_METHOD)
            return fail(Code::unavailable, fmt::format("{}: the queue {} was removed", where(), options_.queue));
        if (method.id != AMQP_BASIC_DELIVER_METHOD) continue;
        auto const* const delivery = static_cast<amqp_basic_deliver_t*>(method.decoded);
        StreamMessage message{.name = printable(text_of(delivery->routing_key)),
                              .is_again = delivery->redelivered != 0};
        auto const tag = delivery->delivery_tag;
        TRY(auto const head, frame_of_message());
        if (head.frame_type != AMQP_FRAME_HEADER)
            return fail(Code::invalid, fmt::format("{} sends a message without its head", where()));
        CHECK(read_body(message, head.payload.properties.body_size));
        if (message.is_cut)
            cut_.push_back(tag);
        else
            last_ = tag;
        return std::optional(std::move(message));
    }
}

Status Amqp::acknowledge() {
    auto const sent = [&](int result) -> Status {
        if (result == AMQP_STATUS_OK) return {};
        return fail(Code::unavailable,
                    fmt::format("{}: {}; try later", where(), printable(amqp_error_string2(result))));
    };
    for (auto const tag : cut_) CHECK(sent(amqp_basic_reject(connection_, channel, tag, 0)));
    // Acknowledges all up to it; one that is refused already must not be the one that is named.
    if (last_) CHECK(sent(amqp_basic_ack(connection_, channel, *last_, 1)));
    cut_.clear();
    last_.reset();
    return {};
}

}  // namespace

Result<std::unique_ptr<MessageStream>> open_amqp(StreamOptions options) {
    auto stream = std::make_unique<Amqp>(std::move(options));
    CHECK(stream->open());
    return std::unique_ptr<MessageStream>(std::move(stream));
}

}  // namespace tocsin::net
