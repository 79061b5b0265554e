#pragma once
#include "base/log.hpp"
#include "base/text.hpp"
#include "net/http_finish.hpp"
#include "net/http_pipes.hpp"
#include "net/http_shared.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>

/// One connection: reads requests, has them answered, writes the answers. Private to net's HTTP files: it is a template
/// over the stream (TCP, TLS, unix socket), each made in a .cpp of its own because Beast is slow to compile.
namespace tocsin::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

/// Runs `job` on a pool and resumes on the I/O thread with what it returned; nothing when the pool would not take it.
template <class F>
asio::awaitable<std::optional<std::invoke_result_t<F&>>> on_pool(WorkerPool& pool, bool beyond_limit, F job) {
    using Value = std::optional<std::invoke_result_t<F&>>;
    auto executor = co_await asio::this_coro::executor;
    auto start = [&pool, beyond_limit, executor, &job](auto handler) {
        auto resume = std::make_shared<decltype(handler)>(std::move(handler));
        auto taken = pool.submit(
            [executor, resume, work = std::move(job)]() mutable {
                Value value(work());
                asio::post(executor,
                           [resume, value = std::move(value)]() mutable { std::move (*resume)(std::move(value)); });
            },
            beyond_limit);
        if (!taken) asio::post(executor, [resume]() mutable { std::move (*resume)(Value()); });
    };
    auto token = asio::use_awaitable;
    auto value = co_await asio::async_initiate<asio::use_awaitable_t<> const, void(Value)>(start, token);
    co_return std::move(value);
}

template <class Stream>
class Session final : public SessionBase, public std::enable_shared_from_this<Session<Stream>> {
  public:
    Session(Shared& shared, Application const& application, Peer peer, Stream stream)
        : shared_(shared),
          application_(application),
          slot_(shared, peer),
          peer_(std::move(peer)),
          stream_(std::move(stream)),
          wake_(stream_.get_executor()) {
        shared_.sessions.insert(this);
    }
    ~Session() override { shared_.sessions.erase(this); }

    void close_soon() override {
        closing_ = true;
        if (waiting_) beast::get_lowest_layer(stream_).close();
        wake_.cancel();
    }

    Stream& stream() { return stream_; }

    /// Serves the connection to its end.
    asio::awaitable<void> run() {
        bool more = true;
        bool first = true;
        while (more && !closing_) {
            auto const came = co_await wait_for_request(first);
            if (!came) break;
            first = false;
            more = co_await serve_one();
        }
        co_await close_gently();
    }

  private:
    using Parser = http::request_parser<http::buffer_body>;

    void set_deadline(std::chrono::milliseconds time) { beast::get_lowest_layer(stream_).expires_after(time); }

    asio::awaitable<bool> wait_for_request(bool first) {
        if (buffer_.size() > 0) co_return true;
        set_deadline(first ? shared_.limits.header_time : shared_.limits.idle_time);
        waiting_ = true;
        ErrorCode error;
        auto const space = buffer_.prepare(4096);
        auto const count = co_await stream_.async_read_some(space, asio::redirect_error(asio::use_awaitable, error));
        waiting_ = false;
        buffer_.commit(count);
        co_return !error && count > 0;
    }

    /// One request and its answer. False: the connection ends.
    asio::awaitable<bool> serve_one() {
        Parser parser;
        parser.header_limit(static_cast<std::uint32_t>(shared_.limits.header_bytes));
        parser.body_limit(boost::none);
        set_deadline(shared_.limits.header_time);
        ErrorCode error;
        co_await http::async_read_header(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
        if (error) {
            co_await refuse_head(error);
            co_return false;
        }
        HttpRequest request = request_of(parser.get());
        keep_alive_ = parser.keep_alive() && !closing_;
        auto const intake = application_.intake ? application_.intake(request) : Intake{};
        parser.body_limit(intake.body_limit);
        auto const announced = parser.content_length();
        if (announced && *announced > intake.body_limit) {
            ++shared_.counters.too_large;
            co_await refuse(request, 413, "the body is larger than this resource takes");
            co_return false;
        }
        if (intake.streamed) {
            auto const more = co_await serve_streamed(parser, request);
            co_return more;
        }
        auto const whole = co_await read_whole_body(parser, request);
        if (!whole) co_return false;
        auto const more = co_await answer_and_write(request);
        co_return more;
    }

    HttpRequest request_of(Parser::value_type const& head) {
        HttpRequest request;
        request.number = ++shared_.counters.requests;
        request.method = method_of(head.method());
        request.target = std::string(head.target());
        for (auto const& field : head) {
            auto const name = field.name_string();
            auto const value = field.value();
            request.headers.push_back({lowered({name.data(), name.size()}), std::string(value.data(), value.size())});
        }
        request.peer = seen_through_proxy(peer_, request);
        return request;
    }

    static Method method_of(http::verb verb) {
        if (verb == http::verb::get) return Method::get;
        if (verb == http::verb::head) return Method::head;
        if (verb == http::verb::post) return Method::post;
        if (verb == http::verb::put) return Method::put;
        if (verb == http::verb::patch) return Method::patch;
        if (verb == http::verb::delete_) return Method::del;
        if (verb == http::verb::options) return Method::options;
        return Method::other;
    }

    asio::awaitable<void> refuse_head(ErrorCode error) {
        HttpRequest nothing;
        nothing.peer = peer_;
        if (error == beast::error::timeout) {
            ++shared_.counters.timeouts;
            // The timed-out stream is closed by Beast; there is nobody to answer.
        } else if (error == http::error::header_limit) {
            ++shared_.counters.too_large;
            co_await refuse(nothing, 431, "the request's header is too large");
        } else if (error.category() == http::make_error_code(http::error::bad_method).category() &&
                   error != http::error::end_of_stream && error != http::error::partial_message) {
            ++shared_.counters.malformed;
            co_await refuse(nothing, 400, "the request is not HTTP/1.1: " + error.message());
        }
    }

    /// Answers without having read the request to its end; the connection ends with it.
    asio::awaitable<void> refuse(HttpRequest const& request, int status, std::string detail) {
        keep_alive_ = false;
        linger_ = true;
        auto response = refusal(status, detail);
        co_await write(request, response);
    }

    HttpResponse refusal(int status, std::string_view detail) const {
        HttpResponse response;
        if (application_.refuse) {
            response = application_.refuse(status, detail);
        } else {
            response.status = status;
            response.set("content-type", "text/plain; charset=utf-8");
            response.body = std::string(detail) + "\n";
        }
        if (status == 503) response.set("retry-after", "1");
        return response;
    }

    asio::awaitable<void> continue_if_expected(HttpRequest const& request) {
        if (!equal_ignoring_case(request.header("expect"), "100-continue")) co_return;
        static constexpr std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";
        set_deadline(shared_.limits.write_time);
        ErrorCode error;
        co_await asio::async_write(stream_, asio::buffer(interim), asio::redirect_error(asio::use_awaitable, error));
    }

    struct Piece {
        std::size_t bytes = 0;
        bool failed = false;
    };

    /// Reads some of the body into `space`.
    asio::awaitable<Piece> read_piece(Parser& parser, char* space, std::size_t size) {
        auto& body = parser.get().body();
        body.data = space;
        body.size = size;
        body.more = true;
        set_deadline(shared_.limits.body_time);
        ErrorCode error;
        co_await http::async_read_some(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
        Piece piece{size - body.size, false};
        shared_.counters.bytes_in += piece.bytes;
        if (!error || error == http::error::need_buffer) co_return piece;
        piece.failed = true;
        read_error_ = error;
        co_return piece;
    }

    asio::awaitable<void> refuse_body(HttpRequest const& request) {
        if (read_error_ == http::error::body_limit) {
            ++shared_.counters.too_large;
            co_await refuse(request, 413, "the body is larger than this resource takes");
        } else if (read_error_ == beast::error::timeout) {
            ++shared_.counters.timeouts;
        } else if (read_error_ != http::error::partial_message && read_error_ != http::error::end_of_stream) {
            ++shared_.counters.malformed;
            co_await refuse(request, 400, "the body is malformed: " + read_error_.message());
        }
    }

    /// A body may take body_time, and a second more for each kibibyte that came.
    bool is_too_slow(std::chrono::steady_clock::time_point start, std::uint64_t bytes) {
        auto const allowed = shared_.limits.body_time + std::chrono::milliseconds(bytes * 1000 / 1024);
        if (std::chrono::steady_clock::now() - start <= allowed) return false;
        ++shared_.counters.timeouts;
        return true;
    }

    asio::awaitable<bool> read_whole_body(Parser& parser, HttpRequest& request) {
        if (parser.is_done()) co_return true;
        co_await continue_if_expected(request);
        auto const start = std::chrono::steady_clock::now();
        std::array<char, 16 << 10> space;
        while (!parser.is_done()) {
            auto const piece = co_await read_piece(parser, space.data(), space.size());
            request.body.append(space.data(), piece.bytes);
            if (piece.failed) {
                co_await refuse_body(request);
                co_return false;
            }
            if (is_too_slow(start, request.body.size())) {
                co_await refuse(request, 408, "the body came too slowly");
                co_return false;
            }
        }
        co_return true;
    }

    asio::awaitable<bool> answer_and_write(HttpRequest const& request) {
        auto work = [this, &request] { return answer_on_worker(request); };
        shared_.counters.queue_depth = shared_.workers.waiting();
        auto answer = co_await on_pool(shared_.workers, false, std::move(work));
        if (!answer) {
            ++shared_.counters.refused_busy;
            answer = refusal(503, "the server has more requests waiting than it takes; try again in a second");
        }
        auto const written = co_await write(request, *answer);
        co_return written&& keep_alive_;
    }

    HttpResponse answer_on_worker(HttpRequest const& request) {
        auto const start = std::chrono::steady_clock::now();
        auto response = guarded([&] { return application_.answer(request); });
        finish_response(request, response);
        count_time(start);
        return response;
    }

    void count_time(std::chrono::steady_clock::time_point start) {
        auto const spent = std::chrono::steady_clock::now() - start;
        shared_.counters.busy_micros +=
            static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(spent).count());
    }

    /// We throw nothing, but memory can run out in a library; one request then fails, not the server.
    template <class F>
    HttpResponse guarded(F&& make) const {
        try {
            return make();
        } catch (std::exception const& exception) {
            log::error("a request failed: {}", exception.what());
            return refusal(500, "the server failed on this request; its log says why");
        }
    }

    asio::awaitable<bool> serve_streamed(Parser& parser, HttpRequest& request) {
        using Opened = std::variant<std::unique_ptr<BodySink>, HttpResponse>;
        auto open = [this, &request]() -> Opened {
            Opened opened;
            auto refused = guarded([&] {
                opened = application_.open(request);
                return HttpResponse{};
            });
            if (refused.status != 200) opened = std::move(refused);
            return opened;
        };
        auto opened = co_await on_pool(shared_.workers, false, std::move(open));
        if (!opened) {
            ++shared_.counters.refused_busy;
            co_await refuse(request, 503, "the server has more requests waiting than it takes; try again in a second");
            co_return false;
        }
        if (auto* refused = std::get_if<HttpResponse>(&*opened)) {
            if (!parser.is_done()) keep_alive_ = false;
            linger_ = !keep_alive_;
            finish_response(request, *refused);
            auto const written = co_await write(request, *refused);
            co_return written&& keep_alive_;
        }
        auto const more = co_await pour(parser, request, *std::get<std::unique_ptr<BodySink>>(*opened));
        // The sink is let go on a worker: throwing away a broken-off body may touch the disk.
        auto drop = [sink = std::move(std::get<std::unique_ptr<BodySink>>(*opened))]() mutable {
            sink.reset();
            return true;
        };
        co_await on_pool(shared_.workers, true, std::move(drop));
        co_return more;
    }

    asio::awaitable<bool> pour(Parser& parser, HttpRequest const& request, BodySink& sink) {
        static constexpr std::size_t piece_size = 256 << 10;
        if (!parser.is_done()) co_await continue_if_expected(request);
        auto const start = std::chrono::steady_clock::now();
        auto space = std::make_unique<char[]>(piece_size);
        std::uint64_t total = 0;
        while (!parser.is_done()) {
            std::size_t filled = 0;
            while (!parser.is_done() && filled < piece_size) {
                auto const piece = co_await read_piece(parser, space.get() + filled, piece_size - filled);
                filled += piece.bytes;
                if (piece.failed) {
                    co_await refuse_body(request);
                    co_return false;
                }
            }
            total += filled;
            if (is_too_slow(start, total)) {
                co_await refuse(request, 408, "the body came too slowly");
                co_return false;
            }
            auto work = [&sink, bytes = std::string_view(space.get(), filled)] { return sink.write(bytes); };
            auto const written = co_await on_pool(shared_.workers, true, std::move(work));
            if (!written) co_return false;
            if (!*written) {  // the sink says in its answer what was wrong; the rest of the body is not wanted
                keep_alive_ = false;
                linger_ = true;
                break;
            }
        }
        auto finish = [this, &request, &sink] {
            auto response = guarded([&] { return sink.finish(); });
            finish_response(request, response);
            return response;
        };
        auto response = co_await on_pool(shared_.workers, true, std::move(finish));
        if (!response) co_return false;
        auto const written = co_await write(request, *response);
        co_return written&& keep_alive_;
    }

    /// Writes an answer. False: the connection is broken or at its end.
    asio::awaitable<bool> write(HttpRequest const& request, HttpResponse& response) {
        ++shared_.counters.by_class[std::clamp(response.status / 100, 0, 5)];
        if (closing_) keep_alive_ = false;
        auto const is_head = request.method == Method::head;
        if (response.stream_events && !is_head) {
            co_await write_events(response);
            co_return false;
        }
        if (response.write_body) {
            auto const whole = co_await write_long(request, response);
            co_return whole;
        }
        auto const head = head_of(response, {.keep_alive = keep_alive_});
        auto const sent = co_await send(head, is_head ? std::string_view() : body_of(response));
        co_return sent;
    }

    /// Sends as much at a time as the line takes, each part with the write deadline, so that a slow line is not taken
    /// for a dead one.
    asio::awaitable<bool> send(std::string_view head, std::string_view body) {
        auto const size = head.size() + body.size();
        for (std::size_t done = 0; done < size;) {
            auto const gone = std::min(done, head.size());
            std::array<asio::const_buffer, 2> const buffers{asio::buffer(head.substr(gone)),
                                                            asio::buffer(body.substr(done - gone))};
            set_deadline(shared_.limits.write_time);
            ErrorCode error;
            auto const count =
                co_await stream_.async_write_some(buffers, asio::redirect_error(asio::use_awaitable, error));
            shared_.counters.bytes_out += count;
            if (error) co_return false;
            done += count;
        }
        co_return true;
    }

    /// Wakes this session from another thread.
    std::function<void()> waker() {
        return [weak = this->weak_from_this(), executor = wake_.get_executor()] {
            asio::post(executor, [weak] {
                auto const self = weak.lock();
                if (!self) return;
                self->woken_ = true;
                self->wake_.cancel();
            });
        };
    }

    /// Until woken or `time` has passed; true when woken.
    asio::awaitable<bool> sleep(std::chrono::milliseconds time) {
        if (!woken_ && !closing_) {
            wake_.expires_after(time);
            ErrorCode error;
            co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, error));
        }
        co_return std::exchange(woken_, false);
    }

    asio::awaitable<bool> write_long(HttpRequest const& request, HttpResponse& response) {
        auto const is_head = request.method == Method::head;
        auto pipe = std::make_shared<BodyPipe>(waker());
        auto produce = [pipe, make = response.write_body] {
            try {
                pipe->finish(make(*pipe));
            } catch (std::exception const& exception) {  // memory can run out in a library
                pipe->finish(fail(Code::internal, exception.what()));
            }
        };
        if (!is_head && !shared_.long_workers.submit(std::move(produce))) {
            ++shared_.counters.refused_busy;
            auto busy = refusal(503, "the server makes as many downloads as it can; try again in a few seconds");
            auto const sent = co_await send(head_of(busy, {.keep_alive = keep_alive_}), busy.body);
            co_return sent&& keep_alive_;
        }
        auto const head = head_of(response, {.keep_alive = keep_alive_, .chunked = true});
        auto sent = co_await send(head, {});
        while (sent && !is_head) {
            co_await sleep(std::chrono::milliseconds(1000));
            auto const taken = pipe->take();
            if (!taken.bytes.empty()) {
                sent = co_await send(fmt::format("{:x}\r\n", taken.bytes.size()), taken.bytes);
                if (sent) sent = co_await send("\r\n", {});
            }
            if (!taken.is_done) continue;
            if (taken.has_failed) sent = false;  // cut: the peer must not take it for whole
            if (sent) sent = co_await send("0\r\n\r\n", {});
            break;
        }
        pipe->abandon();
        co_return sent&& keep_alive_;
    }

    asio::awaitable<void> write_events(HttpResponse& response) {
        keep_alive_ = false;
        if (shared_.counters.event_listeners >= shared_.limits.event_listeners) {
            ++shared_.counters.refused_busy;
            auto busy = refusal(503, "as many listeners as the server takes; try again in a few seconds");
            co_await send(head_of(busy, {.keep_alive = false}), busy.body);
            co_return;
        }
        ++shared_.counters.event_listeners;
        auto pipe = std::make_shared<EventPipe>(shared_.limits.event_backlog, waker());
        auto sent = co_await send(head_of(response, {.keep_alive = false, .until_close = true}), {});
        if (sent) response.stream_events(pipe);
        beast::get_lowest_layer(stream_).expires_never();
        auto self = this->shared_from_this();
        asio::co_spawn(wake_.get_executor(), watch_for_end(self, pipe), asio::detached);
        while (sent && !closing_) {
            auto const taken = pipe->take();
            if (!taken.bytes.empty()) sent = co_await send(taken.bytes, {});
            if (!sent || taken.is_closed) break;
            auto const woken = co_await sleep(shared_.limits.event_heartbeat);
            if (!woken && !closing_) sent = co_await send(": still here\n\n", {});
        }
        pipe->close();
        --shared_.counters.event_listeners;
        beast::get_lowest_layer(stream_).close();
    }

    /// A listener says nothing more; whatever is read is its end.
    static asio::awaitable<void> watch_for_end(std::shared_ptr<Session> self, std::shared_ptr<EventPipe> pipe) {
        char space[256];
        ErrorCode error;
        while (!error) {
            co_await self->stream_.async_read_some(asio::buffer(space),
                                                   asio::redirect_error(asio::use_awaitable, error));
        }
        pipe->close();
        self->woken_ = true;
        self->wake_.cancel();
    }

    /// Says that nothing more comes and, after a refusal, reads away what is still on its way, or the peer would lose
    /// the answer to a reset (RFC 9112 section 9.6).
    asio::awaitable<void> close_gently() {
        auto& socket = beast::get_lowest_layer(stream_);
        ErrorCode error;
        if constexpr (!std::is_same_v<std::remove_reference_t<decltype(socket)>, Stream>) {
            set_deadline(std::chrono::milliseconds(1000));
            co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
        }
        error = {};
        socket.socket().shutdown(asio::socket_base::shutdown_send, error);
        if (linger_ && !error) {
            set_deadline(std::chrono::milliseconds(2000));
            std::array<char, 4096> space;
            for (int count = 0; count < 256 && !error; ++count) {
                co_await socket.async_read_some(asio::buffer(space), asio::redirect_error(asio::use_awaitable, error));
            }
        }
        socket.close();
    }

    Shared& shared_;
    Application const& application_;
    ConnectionSlot slot_;
    Peer peer_;
    Stream stream_;
    asio::steady_timer wake_;
    beast::flat_buffer buffer_;
    ErrorCode read_error_;
    bool keep_alive_ = false;
    bool linger_ = false;
    bool waiting_ = false;  ///< for the next request
    bool closing_ = false;
    bool woken_ = false;
};

}  // namespace tocsin::net
