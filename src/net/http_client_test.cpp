#include "net/http_test_calls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::net {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

// --- against our own server ---

Application echo() {
    Application application;
    application.answer = [](HttpRequest const& request) {
        HttpResponse response;
        response.set("content-type", "text/plain; charset=utf-8");
        response.body = fmt::format("{} {} {}", name_of(request.method), request.target, request.body);
        for (auto const& header : request.headers)
            if (header.name.starts_with("x-") || header.name == "authorization")
                response.body += fmt::format("\n{}={}", header.name, header.value);
        return response;
    };
    return application;
}

std::unique_ptr<HttpServer> serve(Application application) {
    std::vector<Listener> listeners(1);
    listeners[0].application = std::move(application);
    auto server = HttpServer::start(std::move(listeners));
    EXPECT_TRUE(server) << (server ? "" : server.error().message);
    return std::move(*server);
}

TEST(HttpClient, SpeaksAllItsMethodsOverOneConnection) {
    auto const server = serve(echo());
    HttpClient client(local());
    auto call = get(fmt::format("http://127.0.0.1:{}/a?b=c", server->port()));
    for (auto const& [method, expected] : {std::pair{Method::get, "GET /a?b=c "},
                                           {Method::post, "POST /a?b=c body"},
                                           {Method::put, "PUT /a?b=c body"},
                                           {Method::del, "DELETE /a?b=c "},
                                           {Method::head, ""}}) {
        call.method = method;
        if (method == Method::post || method == Method::put) {
            call.body = {"text/plain", "body"};
        } else {
            call.body = {};
        }
        auto const reply = client.send(call);
        ASSERT_TRUE(reply) << fault(reply);
        EXPECT_EQ(reply->status, 200);
        EXPECT_EQ(reply->body, expected);
        EXPECT_EQ(reply->content_type(), "text/plain");
        EXPECT_EQ(reply->body_bytes, reply->body.size());
        EXPECT_EQ(reply->url, call.url);
    }
    EXPECT_EQ(server->counters().connections, 1U);
}

TEST(HttpClient, SendsHeadersAndAuthorizationOnceEach) {
    auto const server = serve(echo());
    auto options = local();
    options.authorization = *basic_authorization("duty", "p:w");
    auto call = get(fmt::format("http://127.0.0.1:{}/", server->port()));
    call.headers = {{"X-One", "1"}, {"x-empty", ""}};
    auto const reply = ask(call, options);
    ASSERT_TRUE(reply) << fault(reply);
    EXPECT_EQ(reply->body, "GET / \nx-one=1\nx-empty=\nauthorization=Basic ZHV0eTpwOnc=");
}

TEST(HttpClient, StreamsABodyBothWaysInPieces) {
    auto const server = serve([] {
        Application application;
        application.intake = [](HttpRequest const&) { return Intake{.body_limit = 10 << 20, .streamed = false}; };
        application.answer = [](HttpRequest const& request) {
            HttpResponse response;
            response.body = request.body;
            return response;
        };
        return application;
    }());
    for (bool const is_sized : {true, false}) {
        auto call = get(fmt::format("http://127.0.0.1:{}/", server->port()));
        call.method = is_sized ? Method::post : Method::put;
        std::string const sent(3'000'000, 'x');
        std::size_t given = 0, pieces = 0;
        call.body.source = [&](std::span<char> into) -> Result<std::size_t> {
            auto const size = sent.copy(into.data(), into.size(), given);
            given += size;
            return size;
        };
        if (is_sized) call.body.size = sent.size();
        std::string got;
        call.take = [&](HttpReply const& head, std::string_view bytes) -> Status {
            EXPECT_EQ(head.status, 200);
            got += bytes;
            ++pieces;
            return {};
        };
        auto const reply = ask(call);
        ASSERT_TRUE(reply) << fault(reply);
        EXPECT_EQ(got, sent);
        EXPECT_EQ(reply->body, "");
        EXPECT_GT(pieces, 10U);
    }
}

TEST(HttpClient, TheTakersAndTheSourcesErrorsEndTheCallAndAreTold) {
    auto const server = serve(echo());
    auto call = get(fmt::format("http://127.0.0.1:{}/", server->port()));
    call.take = [](HttpReply const&, std::string_view) -> Status { return fail(Code::io, "the disk is full"); };
    EXPECT_THAT(fault(ask(call)),
                testing::AllOf(StartsWith("io: GET http://127.0.0.1:"), HasSubstr("the disk is full")));
    call.take = {};
    call.method = Method::post;
    call.body.source = [](std::span<char>) -> Result<std::size_t> { return fail(Code::io, "the file is gone"); };
    EXPECT_THAT(fault(ask(call)), HasSubstr("the file is gone"));
}

TEST(HttpClient, ABodyInMemoryIsSentAgainWhenAKeptConnectionWasClosed) {
    TestServer server([](TestLine& line) {  // answers once and closes without a word
        auto const head = line.read_head();
        auto const length = head.find("Content-Length: ");
        auto const body = length == std::string::npos ? "" : line.read_bytes(std::stoul(head.substr(length + 16)));
        line.send(answer("got " + body));
    });
    HttpClient client(local());
    auto call = get(server.url());
    call.method = Method::post;
    for (int i = 0; i < 5; ++i) {
        call.body.bytes = fmt::format("body {}", i);
        auto const reply = client.send(call);
        ASSERT_TRUE(reply) << fault(reply);
        EXPECT_EQ(reply->body, "got " + call.body.bytes);
    }
}

TEST(HttpClient, ConditionsAndRangesAreSentAndUnderstood) {
    std::string head;
    std::string reply_text = answer("", "etag: \"v1\"\r\n", "304 Not Modified");
    TestServer server([&](TestLine& line) {
        head = line.read_head();
        line.send(reply_text);
    });
    auto call = get(server.url());
    call.if_none_match = "\"v1\"";
    call.if_modified_since = Timestamp::from_seconds(784'111'777);
    auto const unchanged = ask(call);
    ASSERT_TRUE(unchanged) << fault(unchanged);
    EXPECT_EQ(unchanged->status, 304);
    EXPECT_THAT(head, HasSubstr("If-None-Match: \"v1\"\r\n"));
    EXPECT_THAT(head, HasSubstr("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));

    auto part = get(server.url());
    part.from = 5;
    part.if_range = "\"v1\"";
    reply_text = answer("world", "content-range: bytes 5-9/10\r\n", "206 Partial Content");
    auto const rest = ask(part);
    ASSERT_TRUE(rest) << fault(rest);
    EXPECT_EQ(rest->starts_at, 5U);
    EXPECT_EQ(rest->body, "world");
    EXPECT_THAT(head, HasSubstr("Range: bytes=5-\r\n"));
    EXPECT_THAT(head, HasSubstr("If-Range: \"v1\"\r\n"));
    EXPECT_THAT(head, HasSubstr("Accept-Encoding: identity\r\n"));

    reply_text = answer("helloworld");
    auto const whole = ask(part);
    ASSERT_TRUE(whole) << fault(whole);
    EXPECT_EQ(whole->starts_at, 0U);

    for (auto const* const wrong : {"content-range: bytes 4-9/10\r\n", "content-range: bytes */10\r\n", "",
                                    "content-range: bytes 5-9/10\r\ncontent-encoding: gzip\r\n"}) {
        reply_text = answer("world", wrong, "206 Partial Content");
        EXPECT_THAT(fault(ask(part)), HasSubstr("fetch it from the start")) << wrong;
    }
    EXPECT_THAT(fault(ask(get(server.url()))), HasSubstr("no part was asked for"));
}

TEST(HttpClient, AnErrorsBodyIsInTheReplyAndBounded) {
    TestServer server(saying(answer(std::string(500'000, 'e'), "", "503 Busy")));
    auto options = local();
    options.error_bytes = 1000;
    auto call = get(server.url());
    call.take = [](HttpReply const&, std::string_view) -> Status {
        ADD_FAILURE() << "an error's body is not the taker's";
        return {};
    };
    auto const reply = ask(call, options);
    ASSERT_TRUE(reply) << fault(reply);
    EXPECT_EQ(reply->status, 503);
    EXPECT_EQ(reply->body, std::string(1000, 'e'));
}

TEST(HttpClient, ARefusalThatComesBeforeTheBodyIsOutIsTheAnswer) {
    TestServer server([](TestLine& line) {
        line.read_head();
        line.send("HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\nconnection: close\r\n\r\nno!");
    });
    auto call = get(server.url());
    call.method = Method::post;
    call.body.bytes.assign(20'000'000, 'x');
    auto const reply = ask(call);
    ASSERT_TRUE(reply) << fault(reply);
    EXPECT_EQ(reply->status, 413);
}

TEST(HttpClient, EndlessHeadersAreStopped) {
    TestServer lines([](TestLine& line) {
        line.read_head();
        line.send("HTTP/1.1 200 OK\r\n");
        while (line.send("x-more: yes\r\n")) {
        }
    });
    EXPECT_THAT(fault(ask(get(lines.url()))), testing::AllOf(StartsWith("limit: "), HasSubstr("head")));
    TestServer one_line([](TestLine& line) {
        line.read_head();
        line.send("HTTP/1.1 200 OK\r\nx-long: ");
        while (line.send(std::string(1000, 'a'))) {
        }
    });
    EXPECT_THAT(fault(ask(get(one_line.url()))), testing::AllOf(StartsWith("limit: "), HasSubstr("head")));
    TestServer interim([](TestLine& line) {
        line.read_head();
        while (line.send("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n")) {
        }
    });
    EXPECT_THAT(fault(ask(get(interim.url()))), testing::AllOf(StartsWith("limit: "), HasSubstr("head")));
    TestServer trailers([](TestLine& line) {
        line.read_head();
        line.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n");
        while (line.send("x-more: yes\r\n")) {
        }
    });
    EXPECT_THAT(fault(ask(get(trailers.url()))), StartsWith("limit: "));
}

TEST(HttpClient, EndlessBodiesAreStoppedAnnouncedOrNot) {
    for (auto const* const head : {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 900000000\r\n\r\n",
                                   "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffff\r\n"}) {
        TestServer server([&](TestLine& line) {
            line.read_head();
            line.send(head);
            while (line.send(std::string(16 << 10, 'b'))) {
            }
        });
        auto call = get(server.url());
        call.body_bytes = 1'000'000;
        std::size_t taken = 0;
        call.take = [&](HttpReply const&, std::string_view bytes) -> Status {
            taken += bytes.size();
            return {};
        };
        EXPECT_THAT(fault(ask(call)), StartsWith("limit: ")) << head;
        EXPECT_LE(taken, 1'000'000U);
    }
}

TEST(HttpClient, ASlowBodyIsGivenUp) {
    TestServer server([](TestLine& line) {
        line.read_head();
        line.send("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nx");
        line.wait_for_end();
    });
    auto slow = local();
    slow.slow_time = 1s;
    EXPECT_THAT(fault(ask(get(server.url()), slow)), StartsWith("unavailable: "));
    auto whole = local();
    whole.total_time = 200ms;
    EXPECT_THAT(fault(ask(get(server.url()), whole)),
                testing::AllOf(StartsWith("unavailable: "), HasSubstr("too long")));
    auto call = get(server.url());
    call.total_time = 200ms;
    EXPECT_THAT(fault(ask(call)), HasSubstr("too long"));
}

TEST(HttpClient, ABodyThatEndsTooEarlyIsAnErrorAndOneTooLongIsCut) {
    TestServer early(saying("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort"));
    EXPECT_THAT(fault(ask(get(early.url()))), testing::AllOf(StartsWith("unavailable: "), HasSubstr("broke off")));
    TestServer chunk(saying("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nshort\r\n"));
    EXPECT_THAT(fault(ask(get(chunk.url()))), StartsWith("unavailable: "));
    TestServer late(saying("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlong, and HTTP/1.1 200 OK\r\n\r\n"));
    HttpClient client(local());
    for (int i = 0; i < 3; ++i) {
        auto const reply = client.send(get(late.url()));
        ASSERT_TRUE(reply) << fault(reply);
        EXPECT_EQ(reply->body, "long");
    }
    EXPECT_EQ(late.connections, 3);
}

TEST(HttpClient, WhatIsNotHttpIsSaidSo) {
    for (auto const* const text : {"<html>an answer of HTTP/0.9</html>", "SSH-2.0-OpenSSH_9\r\n", "\r\n\r\n",
                                   "HTTP/1.1 huh\r\n\r\n", "HTTP/1.1 42 x\r\n\r\n"}) {
        TestServer server(saying(text));
        EXPECT_THAT(fault(ask(get(server.url()))), testing::AllOf(StartsWith("invalid: "), HasSubstr("no HTTP answer")))
            << text;
    }
    TestServer nothing([](TestLine& line) { line.read_head(); });
    EXPECT_THAT(fault(ask(get(nothing.url()))), StartsWith("unavailable: "));
}

TEST(HttpClient, IsCancelledWhileItWaitsAndWhileItReads) {
    TestServer silent([](TestLine& line) { line.wait_for_end(); });
    auto call = get(silent.url());
    call.is_cancelled = [] { return true; };
    EXPECT_THAT(fault(ask(call)), HasSubstr("cancelled"));
    TestServer endless([](TestLine& line) {
        line.read_head();
        line.send("HTTP/1.1 200 OK\r\n\r\n");
        while (line.send("more")) {
        }
    });
    int pieces = 0;
    auto reading = get(endless.url());
    reading.take = [&](HttpReply const&, std::string_view) -> Status {
        ++pieces;
        return {};
    };
    reading.is_cancelled = [&] { return pieces >= 3; };
    EXPECT_THAT(fault(ask(reading)), testing::AllOf(StartsWith("unavailable: "), HasSubstr("cancelled")));
    EXPECT_EQ(pieces, 3);
}

// --- what is asked ---

TEST(HttpClient, RefusesCallsThatCanNotBeSent) {
    for (auto const* const url :
         {"", "feeds.example/x", "ftp://feeds.example/", "file:///etc/passwd", "https://",
          "https://user@feeds.example/", "https://user:secret@feeds.example/", "https://feeds.example/a b",
          "https://feeds.example/\r\nx: y", "https://bücher.example/"}) {
        auto const said = fault(ask(get(url)));
        EXPECT_THAT(said, StartsWith("invalid: ")) << url;
        EXPECT_THAT(said, Not(HasSubstr("secret"))) << url;
    }
    auto call = get("http://127.0.0.1:1/");
    for (auto const& header : {Header{"x y", "z"}, Header{"x", "a\r\nb: c"}, Header{"", "z"}, Header{"x:", "z"}}) {
        call.headers = {header};
        EXPECT_THAT(fault(ask(call)), testing::AllOf(StartsWith("invalid: "), HasSubstr("header")));
    }
    call.headers.clear();
    call.method = Method::options;
    EXPECT_THAT(fault(ask(call)), StartsWith("invalid: "));
}

TEST(HttpClient, AKeyIsNotSentInTheClear) {
    HttpClientOptions options;
    options.authorization = "Bearer secret";
    EXPECT_THAT(fault(ask(get("http://feeds.example/"), options)),
                testing::AllOf(StartsWith("denied: "), HasSubstr("https://")));
}

TEST(HttpClient, ErrorsNameTheUrlWithoutWhatMayBeSecret) {
    EXPECT_THAT(fault(ask(get("http://127.0.0.1:1/feed?key=secret"))),
                testing::AllOf(StartsWith("unavailable: GET http://127.0.0.1:1/feed...: nobody answers"),
                               Not(HasSubstr("secret"))));
    EXPECT_EQ(printable_url("https://u:p/a@ss@host.example/x?k=v"), "https://host.example/x...");
    EXPECT_EQ(printable_url("https://host.example/@name/feed"), "https://host.example/@name/feed");
    EXPECT_EQ(printable_url("u:p@host"), "host");
    EXPECT_EQ(printable_url("https://host/\x1b[31m"), "https://host/_[31m");
}

}  // namespace
}  // namespace tocsin::net
