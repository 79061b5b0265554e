#include "net/http.hpp"
#include "net/http_test_client.hpp"

#include <condition_variable>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mutex>
#include <sys/stat.h>
#include <thread>

namespace tocsin::net {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

HttpResponse text(std::string body, int status = 200) {
    HttpResponse response;
    response.status = status;
    response.set("content-type", "text/plain");
    response.body = std::move(body);
    return response;
}

Application answering(std::function<HttpResponse(HttpRequest const&)> answer) {
    Application application;
    application.answer = std::move(answer);
    return application;
}

Application echo() {
    return answering([](HttpRequest const& request) {
        return text(fmt::format("{} {} {}", name_of(request.method), request.target, request.body));
    });
}

std::unique_ptr<HttpServer> start(Application application, HttpLimits limits = {}) {
    std::vector<Listener> listeners(1);
    listeners[0].application = std::move(application);
    auto server = HttpServer::start(std::move(listeners), limits);
    EXPECT_TRUE(server) << (server ? "" : server.error().message);
    return std::move(*server);
}

TEST(HttpServer, AnswersWithBodyAndLength) {
    auto const server = start(echo());
    RawClient client(server->port());
    client.send("GET /a?b=c HTTP/1.1\r\nhost: x\r\n\r\n");
    auto const answer = client.read_answer();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("content-length: 11\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\ndate: "));
    EXPECT_THAT(answer, EndsWith("\r\n\r\nGET /a?b=c "));
}

TEST(HttpServer, HeadHasTheLengthButNoBody) {
    auto const server = start(answering([](HttpRequest const&) { return text("twelve bytes"); }));
    RawClient client(server->port());
    client.send("HEAD / HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    auto const all = client.read_to_end();
    EXPECT_THAT(all, HasSubstr("content-length: 12\r\nconnection: keep-alive\r\n\r\nHTTP/1.1 200 OK"));
    EXPECT_THAT(all, EndsWith("twelve bytes"));
}

TEST(HttpServer, PipelinedRequestsAreAnsweredInOrder) {
    auto const server = start(echo());
    RawClient client(server->port());
    std::string requests;
    for (int i = 0; i < 50; ++i)
        requests += fmt::format("POST /{} HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc", i);
    client.send(requests);
    for (int i = 0; i < 50; ++i) EXPECT_THAT(client.read_answer(), EndsWith(fmt::format("POST /{} abc", i)));
    EXPECT_EQ(server->counters().connections, 1U);
}

TEST(HttpServer, Http10AndConnectionCloseEndTheConnection) {
    auto const server = start(echo());
    RawClient old(server->port());
    old.send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_THAT(old.read_to_end(), HasSubstr("connection: close"));
    RawClient closing(server->port());
    closing.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    EXPECT_THAT(closing.read_to_end(), HasSubstr("connection: close"));
}

TEST(HttpServer, AHeaderThatIsTooLargeIs431) {
    auto const server = start(echo());
    RawClient client(server->port());
    client.send("GET / HTTP/1.1\r\nhost: x\r\nx: " + std::string(100'000, 'a') + "\r\n\r\n");
    EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 431 "));
    EXPECT_EQ(server->counters().too_large, 1U);
}

TEST(HttpServer, ABodyThatIsTooLargeIs413AnnouncedOrNot) {
    auto application = echo();
    application.intake = [](HttpRequest const&) { return Intake{.body_limit = 10, .streamed = false}; };
    auto const server = start(std::move(application));
    RawClient announced(server->port());
    announced.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 11\r\n\r\n" + std::string(11, 'a'));
    EXPECT_THAT(announced.read_to_end(), StartsWith("HTTP/1.1 413 "));
    RawClient chunked(server->port());
    chunked.send("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nb\r\n" + std::string(11, 'a') +
                 "\r\n0\r\n\r\n");
    EXPECT_THAT(chunked.read_to_end(), StartsWith("HTTP/1.1 413 "));
    RawClient fitting(server->port());
    fitting.send("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\na\r\n" + std::string(10, 'a') +
                 "\r\n0\r\n\r\n");
    EXPECT_THAT(fitting.read_answer(), StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServer, WhatIsNotHttpIs400) {
    auto const server = start(echo());
    for (auto const* bytes : {"\x16\x03\x01\x02garbage\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                              "GET /\0 HTTP/1.1\r\n\r\n\r\n", "GET / HTTP/1.1\r\nbad header\r\n\r\n",
                              "POST / HTTP/1.1\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
                              "POST / HTTP/1.1\r\ncontent-length: -3\r\n\r\n",
                              "POST / HTTP/1.1\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"}) {
        RawClient client(server->port());
        client.send(bytes);
        client.finish_sending();
        auto const answer = client.read_to_end();
        EXPECT_THAT(answer, testing::AnyOf(StartsWith("HTTP/1.1 400 "), testing::IsEmpty())) << bytes;
        EXPECT_THAT(answer, Not(HasSubstr("200 OK"))) << bytes;
    }
    EXPECT_GE(server->counters().malformed, 5U);
}

TEST(HttpServer, AHeaderThatDripsIsCutOff) {
    auto const server = start(echo(), {.header_time = 200ms});
    RawClient silent(server->port());
    RawClient dripping(server->port());
    for (char const c : std::string_view("GET / HTTP/1.1\r\nx: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy")) {
        if (!dripping.send(std::string(1, c))) break;
        std::this_thread::sleep_for(20ms);
    }
    dripping.read_to_end();
    silent.read_to_end();
    EXPECT_TRUE(eventually([&] { return server->counters().open_connections == 0; }));
    EXPECT_GE(server->counters().timeouts, 1U);
}

TEST(HttpServer, ABodyThatStopsIsCutOff) {
    auto const server = start(echo(), {.body_time = 200ms});
    RawClient client(server->port());
    client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc");
    EXPECT_THAT(client.read_to_end(), Not(HasSubstr("200 OK")));
    EXPECT_TRUE(eventually([&] { return server->counters().timeouts == 1; }));
}

/// Holds answers back until opened.
class Gate {
  public:
    void pass() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait_for(lock, 10s, [this] { return open_; });
    }
    void wait_for(int waiting) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, 10s, [&] { return waiting_ >= waiting; });
    }
    void open() {
        std::lock_guard const lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int waiting_ = 0;
    bool open_ = false;
};

TEST(HttpServer, AFullQueueAnswers503WithRetryAfterAndCounts) {
    Gate gate;
    auto const server = start(answering([&](HttpRequest const&) {
                                  gate.pass();
                                  return text("done");
                              }),
                              {.queue = 1, .workers = 1});
    RawClient working(server->port()), queued(server->port()), refused(server->port());
    working.send("GET /1 HTTP/1.1\r\nhost: x\r\n\r\n");
    gate.wait_for(1);
    queued.send("GET /2 HTTP/1.1\r\nhost: x\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return server->counters().requests == 2; }));
    refused.send("GET /3 HTTP/1.1\r\nhost: x\r\n\r\n");
    auto const answer = refused.read_answer();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(answer, HasSubstr("retry-after: 1\r\n"));
    EXPECT_EQ(server->counters().refused_busy, 1U);
    gate.open();
    EXPECT_THAT(working.read_answer(), EndsWith("done"));
    EXPECT_THAT(queued.read_answer(), EndsWith("done"));
}

struct Poured {
    std::mutex mutex;
    std::string bytes;
    int finished = 0;
    int dropped = 0;
};

class PouringSink final : public BodySink {
  public:
    explicit PouringSink(Poured& poured) : poured_(poured) {}
    ~PouringSink() override {
        std::lock_guard const lock(poured_.mutex);
        ++poured_.dropped;
    }
    Status write(std::string_view bytes) override {
        std::lock_guard const lock(poured_.mutex);
        poured_.bytes += bytes;
        return {};
    }
    HttpResponse finish() override {
        std::lock_guard const lock(poured_.mutex);
        ++poured_.finished;
        return text(fmt::format("{} bytes", poured_.bytes.size()), 202);
    }

  private:
    Poured& poured_;
};

Application pouring(Poured& poured) {
    Application application;
    application.intake = [](HttpRequest const&) { return Intake{.body_limit = 100 << 20, .streamed = true}; };
    application.open = [&](HttpRequest const& request) -> std::variant<std::unique_ptr<BodySink>, HttpResponse> {
        if (request.target == "/forbidden") return text("no", 403);
        return std::make_unique<PouringSink>(poured);
    };
    return application;
}

TEST(HttpServer, AStreamedBodyReachesTheSinkWhole) {
    Poured poured;
    auto const server = start(pouring(poured));
    RawClient client(server->port());
    std::string body;
    for (int i = 0; body.size() < 3'000'000; ++i) body += fmt::format("row {}\n", i);
    client.send(
        fmt::format("POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n", body.size()));
    EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send(body);
    EXPECT_THAT(client.read_answer(), EndsWith(fmt::format("{} bytes", body.size())));
    EXPECT_EQ(poured.bytes, body);
    client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 202 "));
}

TEST(HttpServer, AStreamedBodyThatBreaksOffIsNeverFinished) {
    Poured poured;
    auto const server = start(pouring(poured));
    {
        RawClient client(server->port());
        client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\nonly this");
    }
    EXPECT_TRUE(eventually([&] {
        std::lock_guard const lock(poured.mutex);
        return poured.dropped == 1;
    }));
    EXPECT_EQ(poured.finished, 0);
}

TEST(HttpServer, ARefusalBeforeTheBodyReachesASenderWhoIsStillSending) {
    Poured poured;
    auto const server = start(pouring(poured));
    RawClient client(server->port());
    client.send("POST /forbidden HTTP/1.1\r\nhost: x\r\ncontent-length: 900000\r\n\r\n" + std::string(200'000, 'x'));
    EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 403 "));
    EXPECT_EQ(poured.bytes, "");
}

TEST(HttpServer, ALongAnswerComesInChunksAndTheConnectionGoesOn) {
    auto const server = start(answering([](HttpRequest const&) {
        auto response = text("");
        response.write_body = [](BodyWriter& writer) -> Status {
            for (int i = 0; i < 1000; ++i) CHECK(writer.write(std::string(1000, 'x')));
            return {};
        };
        return response;
    }));
    RawClient client(server->port());
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("transfer-encoding: chunked"));
    std::size_t total = 0;
    while (true) {
        auto const size = std::stoul(client.read_until("\r\n"), nullptr, 16);
        client.read_bytes(size + 2);
        if (size == 0) break;
        total += size;
    }
    EXPECT_EQ(total, 1'000'000U);
    client.send("HEAD / HTTP/1.1\r\nhost: x\r\n\r\n");
    EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServer, ALongAnswerThatFailsIsCutSoThatItIsNotTakenForWhole) {
    auto const server = start(answering([](HttpRequest const&) {
        auto response = text("");
        response.write_body = [](BodyWriter& writer) -> Status {
            CHECK(writer.write("half"));
            return fail(Code::io, "disk");
        };
        return response;
    }));
    RawClient client(server->port());
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    auto const all = client.read_to_end();
    EXPECT_THAT(all, HasSubstr("half"));
    EXPECT_THAT(all, Not(HasSubstr("\r\n0\r\n\r\n")));
}

TEST(HttpServer, AProducerStopsWhenItsReceiverHasGone) {
    std::atomic<bool> ended{false};
    auto const server = start(answering([&](HttpRequest const&) {
        auto response = text("");
        response.write_body = [&](BodyWriter& writer) -> Status {
            while (true) {
                if (auto const written = writer.write(std::string(100'000, 'x')); !written) {
                    ended = true;
                    return written;
                }
            }
        };
        return response;
    }));
    {
        RawClient client(server->port());
        client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
        client.read_until("\r\n\r\n");
    }
    EXPECT_TRUE(eventually([&] { return ended.load(); }));
}

TEST(HttpServer, EventsReachTheirListenerUntilItLeaves) {
    std::mutex mutex;
    std::shared_ptr<EventSink> sink;
    auto const server = start(answering([&](HttpRequest const&) {
                                  auto response = text("");
                                  response.set("content-type", "text/event-stream");
                                  response.stream_events = [&](std::shared_ptr<EventSink> made) {
                                      std::lock_guard const lock(mutex);
                                      sink = std::move(made);
                                  };
                                  return response;
                              }),
                              {.event_heartbeat = 100ms});
    {
        RawClient client(server->port());
        client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
        client.read_until("\r\n\r\n");
        ASSERT_TRUE(eventually([&] {
            std::lock_guard const lock(mutex);
            return sink != nullptr;
        }));
        EXPECT_TRUE(sink->send("event: report\ndata: {}\n\n"));
        EXPECT_EQ(client.read_until("\n\n"), "event: report\ndata: {}\n\n");
        EXPECT_THAT(client.read_until("\n\n"), StartsWith(": "));
    }
    EXPECT_TRUE(eventually([&] { return !sink->is_open(); }));
    EXPECT_FALSE(sink->send("event: late\n\n"));
    EXPECT_TRUE(eventually([&] { return server->counters().event_listeners == 0; }));
}

TEST(HttpServer, ConditionalAndCompressedAnswers) {
    auto const server = start(answering([](HttpRequest const&) {
        auto response = text(std::string(10'000, 'a'));
        response.set("etag", "\"v1\"");
        return response;
    }));
    RawClient client(server->port());
    client.send("GET / HTTP/1.1\r\nhost: x\r\naccept-encoding: br, gzip\r\n\r\n");
    auto const compressed = client.read_answer();
    EXPECT_THAT(compressed, HasSubstr("content-encoding: gzip\r\n"));
    EXPECT_THAT(compressed, HasSubstr("etag: W/\"v1\"\r\n"));
    EXPECT_LT(compressed.size(), 1000U);
    client.send("GET / HTTP/1.1\r\nhost: x\r\nif-none-match: W/\"v1\"\r\n\r\n");
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 304 "));
    client.send("GET / HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip;q=0\r\n\r\n");
    EXPECT_GT(client.read_answer().size(), 10'000U);
}

TEST(HttpServer, AHandlerThatThrowsFailsOneRequestOnly) {
    auto const server = start(answering([](HttpRequest const& request) -> HttpResponse {
        if (request.target == "/throw") throw std::bad_alloc();
        return text("fine");
    }));
    RawClient client(server->port());
    client.send("GET /throw HTTP/1.1\r\nhost: x\r\n\r\n");
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 500 "));
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    EXPECT_THAT(client.read_answer(), EndsWith("fine"));
}

TEST(HttpServer, AnswersCannotBeSplitByHeaderValues) {
    auto const server = start(answering([](HttpRequest const&) {
        auto response = text("x");
        response.set("location", "/a\r\nset-cookie: evil=1");
        return response;
    }));
    RawClient client(server->port());
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    EXPECT_THAT(client.read_answer(), Not(HasSubstr("\r\nset-cookie")));
}

TEST(HttpServer, BeyondLoopbackNeedsTlsOrAWordThatItMayBePlain) {
    std::vector<Listener> listeners(1);
    listeners[0].host = "0.0.0.0";
    listeners[0].application = echo();
    auto const refused = HttpServer::start(listeners);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::denied);
    listeners[0].plain_beyond_loopback = true;
    EXPECT_TRUE(HttpServer::start(listeners));
}

TEST(HttpServer, TwoServersCannotHaveOneAddress) {
    auto const server = start(echo());
    std::vector<Listener> listeners(1);
    listeners[0].port = server->port();
    listeners[0].application = echo();
    auto const second = HttpServer::start(std::move(listeners));
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("in use"));
}

TEST(HttpServer, AUnixSocketIsForItsOwnerOnly) {
    auto const path = std::filesystem::temp_directory_path() / fmt::format("tocsin-net-test-{}.sock", ::getpid());
    {
        std::vector<Listener> listeners(1);
        listeners[0].socket_path = path.string();
        listeners[0].application =
            answering([](HttpRequest const& request) { return text(request.peer.is_local_socket ? "local" : "tcp"); });
        auto const server = HttpServer::start(std::move(listeners));
        ASSERT_TRUE(server) << server.error().message;
        struct stat found{};
        ASSERT_EQ(::stat(path.c_str(), &found), 0);
        EXPECT_EQ(found.st_mode & 0777, 0600U);
        RawClient client(path.string());
        client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
        EXPECT_THAT(client.read_answer(), EndsWith("local"));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(HttpServer, StoppingLetsAnswersUnderWayFinishAndClosesIdleConnections) {
    Gate gate;
    auto const server = start(answering([&](HttpRequest const&) {
        gate.pass();
        return text("finished");
    }));
    RawClient working(server->port()), idle(server->port());
    working.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    gate.wait_for(1);
    std::thread stopping([&] { server->stop(5s); });
    EXPECT_TRUE(idle.is_closed_by_peer());
    EXPECT_FALSE(RawClient(server->port()).is_connected());
    gate.open();
    auto const answer = working.read_answer();
    EXPECT_THAT(answer, HasSubstr("connection: close"));
    EXPECT_THAT(answer, EndsWith("finished"));
    stopping.join();
}

TEST(HttpServer, StoppingEndsEventListenersAtOnce) {
    auto const server = start(answering([](HttpRequest const&) {
        auto response = text("");
        response.stream_events = [](std::shared_ptr<EventSink> const&) {};
        return response;
    }));
    RawClient client(server->port());
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    client.read_until("\r\n\r\n");
    auto const begin = std::chrono::steady_clock::now();
    server->stop(60s);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s) << "it waited for the listener";
}

TEST(HttpServer, ManyClientsAtOnceAreAllAnswered) {
    auto const server = start(echo());
    std::atomic<int> right{0};
    std::vector<std::thread> clients;
    for (int c = 0; c < 16; ++c) {
        clients.emplace_back([&, c] {
            RawClient client(server->port());
            for (int i = 0; i < 50; ++i) {
                client.send(fmt::format("GET /{}-{} HTTP/1.1\r\nhost: x\r\n\r\n", c, i));
                if (client.read_answer().ends_with(fmt::format("GET /{}-{} ", c, i))) ++right;
            }
        });
    }
    for (auto& client : clients) client.join();
    EXPECT_EQ(right, 16 * 50);
}

TEST(SeenThroughProxy, BelievesOnlyAProxyOnThisMachine) {
    HttpRequest request;
    request.headers = {{"x-forwarded-for", "203.0.113.66, 192.0.2.9"}, {"x-forwarded-proto", "https"}};
    auto const through = seen_through_proxy({.address = "127.0.0.1", .is_loopback = true}, request);
    EXPECT_EQ(through.address, "192.0.2.9");
    EXPECT_FALSE(through.is_loopback);
    EXPECT_TRUE(through.is_tls);
    request.headers.push_back({"x-forwarded-for", "192.0.2.10"});
    auto const added = seen_through_proxy({.address = "127.0.0.1", .is_loopback = true}, request);
    EXPECT_EQ(added.address, "192.0.2.10") << "the line that the proxy added counts, not the visitor's own";
    auto const liar = seen_through_proxy({.address = "198.51.100.1"}, request);
    EXPECT_EQ(liar.address, "198.51.100.1");
    EXPECT_FALSE(liar.is_tls);
    EXPECT_EQ(seen_through_proxy({.address = "127.0.0.1", .is_loopback = true}, {}).address, "127.0.0.1");
}

TEST(ParseListen, TakesAddressesAndPortsOnly) {
    EXPECT_EQ(parse_listen("127.0.0.1:5800")->port, 5800);
    EXPECT_EQ(parse_listen("[::1]:0")->host, "::1");
    EXPECT_EQ(parse_listen("localhost:80")->host, "127.0.0.1");
    for (auto const* wrong : {"", "127.0.0.1", "example.org:80", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:x"}) {
        EXPECT_FALSE(parse_listen(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace tocsin::net
