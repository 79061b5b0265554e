#include "net/http_client.hpp"

#include "net/http_test_server.hpp"

#include <brotli/encode.h>
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace tocsin::net {
namespace {

/// As the program does: a peer that goes away is an error of the call, not a signal.
auto const ignored_pipe = std::signal(SIGPIPE, SIG_IGN);

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

HttpClientOptions local() {
    HttpClientOptions options;
    options.reachable = {*parse_prefix("127.0.0.0/8"), *parse_prefix("::1/128")};
    options.total_time = 30s;
    return options;
}

HttpCall get(std::string url) {
    HttpCall call;
    call.url = std::move(url);
    return call;
}

Result<HttpReply> ask(HttpCall const& call, HttpClientOptions options = local()) {
    return HttpClient(std::move(options)).send(call);
}

/// What is wrong, as code and words; "" when nothing is.
std::string fault(Result<HttpReply> const& reply) {
    return reply ? "" : fmt::format("{}: {}", name_of(reply.error().code), reply.error().message);
}

std::string answer(std::string_view body, std::string_view headers = "", std::string_view status = "200 OK") {
    return fmt::format("HTTP/1.1 {}\r\ncontent-length: {}\r\n{}\r\n{}", status, body.size(), headers, body);
}

/// Says the same to all.
TestServer::Script saying(std::string text) {
    return [text = std::move(text)](TestLine& line) {
        line.read_head();
        line.send(text);
    };
}

std::string gzipped(std::string_view text) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string brotlied(std::string_view text) {
    std::size_t size = BrotliEncoderMaxCompressedSize(text.size());
    std::string out(size, '\0');
    EXPECT_EQ(BrotliEncoderCompress(9, 22, BROTLI_MODE_GENERIC, text.size(),
                                    reinterpret_cast<std::uint8_t const*>(text.data()), &size,
                                    reinterpret_cast<std::uint8_t*>(out.data())),
              BROTLI_TRUE);
    out.resize(size);
    return out;
}

std::string zstded(std::string_view text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    auto const size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 5);
    EXPECT_EQ(ZSTD_isError(size), 0U);
    out.resize(size);
    return out;
}

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

// --- packing ---

struct Packing {
    std::string name;
    std::function<std::string(std::string_view)> pack;
};

class HttpClientPacking : public testing::TestWithParam<Packing> {
  protected:
    Result<HttpReply> fetch(std::string const& packed, std::uint64_t limit = 64 << 20) {
        TestServer server(saying(answer(packed, fmt::format("content-encoding: {}\r\n", GetParam().name))));
        auto call = get(server.url());
        call.body_bytes = limit;
        return ask(call);
    }
};

TEST_P(HttpClientPacking, IsUndone) {
    std::string text;
    for (int i = 0; i < 50'000; ++i) text += fmt::format("line {}\n", i * 7919 % 10'007);
    auto const packed = GetParam().pack(text);
    auto const reply = fetch(packed);
    ASSERT_TRUE(reply) << fault(reply);
    EXPECT_EQ(reply->body, text);
    EXPECT_EQ(reply->wire_bytes, packed.size());
    EXPECT_EQ(reply->body_bytes, text.size());
}

TEST_P(HttpClientPacking, ABombIsStoppedAtTheLimit) {
    auto const packed = GetParam().pack(std::string(50'000'000, '\0'));
    ASSERT_LT(packed.size(), 100'000U);
    EXPECT_THAT(fault(fetch(packed, 1'000'000)),
                testing::AllOf(StartsWith("limit: "), HasSubstr("larger than 1000000")));
}

TEST_P(HttpClientPacking, DamageAndBreakingOffAreErrors) {
    std::string text;
    for (int i = 0; i < 5'000; ++i) text += fmt::format("line {}\n", i * 7919 % 10'007);
    auto const packed = GetParam().pack(text);
    EXPECT_THAT(fault(fetch(packed.substr(0, packed.size() - 1))), HasSubstr("broke off"));
    EXPECT_THAT(fault(fetch(packed.substr(0, packed.size() / 2))), HasSubstr("broke off"));
    EXPECT_THAT(fault(fetch("not packed at all, whatever the header says")), HasSubstr("damaged"));
    EXPECT_THAT(fault(fetch(packed + "behind the end")), HasSubstr("damaged"));
    auto const empty = fetch("");
    EXPECT_TRUE(empty) << fault(empty);
}

INSTANTIATE_TEST_SUITE_P(Each, HttpClientPacking,
                         testing::Values(Packing{"gzip", gzipped}, Packing{"br", brotlied}, Packing{"zstd", zstded}),
                         [](auto const& info) { return info.param.name; });

TEST(HttpClient, SeveralGzipMembersAreOneBody) {
    TestServer server(saying(answer(gzipped("one ") + gzipped("two"), "content-encoding: x-gzip\r\n")));
    auto const reply = ask(get(server.url()));
    ASSERT_TRUE(reply) << fault(reply);
    EXPECT_EQ(reply->body, "one two");
}

TEST(HttpClient, EmptyGzipMembersWithoutEndAreStopped) {
    auto const nothing = gzipped("");
    TestServer server([&](TestLine& line) {
        line.read_head();
        line.send("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n");
        while (line.send(nothing)) {
        }
    });
    auto call = get(server.url());
    call.body_bytes = 100'000;
    EXPECT_THAT(fault(ask(call)), StartsWith("limit: "));
}

TEST(HttpClient, AWindowBeyondEightMebibytesIsRefused) {
    std::string const text(20'000'000, 'w');
    std::string packed(ZSTD_compressBound(text.size()), '\0');
    auto* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 27);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    ZSTD_outBuffer out{packed.data(), packed.size(), 0};
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    EXPECT_EQ(ZSTD_isError(ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush)), 0U);
    ZSTD_freeCCtx(context);
    packed.resize(out.pos);
    TestServer server(saying(answer(packed, "content-encoding: zstd\r\n")));
    EXPECT_THAT(fault(ask(get(server.url()))), HasSubstr("damaged"));
}

TEST(HttpClient, LayersAndUnknownPackingsAreRefused) {
    for (auto const* const header : {"content-encoding: gzip, gzip\r\n", "content-encoding: deflate\r\n",
                                     "content-encoding: gzip\r\ncontent-encoding: gzip\r\n"}) {
        TestServer server(saying(answer(gzipped(gzipped("x")), header)));
        EXPECT_THAT(fault(ask(get(server.url()))), HasSubstr("packed")) << header;
    }
}

// --- hostile peers ---

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

// --- where it may go ---

TEST(HttpClient, DoesNotReachInsideUnlessAllowed) {
    TestServer server(saying(answer("inside")));
    for (auto const* const host : {"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "017700000001"}) {
        auto const reply = ask(get(server.url("/", host)), HttpClientOptions{});
        EXPECT_THAT(fault(reply), testing::AllOf(StartsWith("denied: "), HasSubstr("loopback"))) << host;
    }
    EXPECT_EQ(server.connections, 0);
    auto const reply = ask(get(server.url("/", "localhost")));
    EXPECT_TRUE(reply) << fault(reply);
}

TEST(HttpClient, ThroughAProxyAddressesInTheUrlAreStillHeldAgainstTheRule) {
    std::string head;
    TestServer proxy([&](TestLine& line) {
        head = line.read_head();
        line.send(answer("by proxy"));
    });
    HttpClientOptions options;
    options.proxy = fmt::format("http://127.0.0.1:{}", proxy.port());
    options.proxy_user = "through";
    options.proxy_password = "pw";
    auto const reply = ask(get("http://feeds.example/list"), options);
    ASSERT_TRUE(reply) << fault(reply);
    EXPECT_EQ(reply->body, "by proxy");
    EXPECT_THAT(head, StartsWith("GET http://feeds.example/list HTTP/1.1\r\n"));
    EXPECT_THAT(head, HasSubstr("Proxy-Authorization: Basic dGhyb3VnaDpwdw=="));
    EXPECT_THAT(fault(ask(get("http://10.0.0.1/"), options)), StartsWith("denied: "));
    options.proxy = "http://u:p@127.0.0.1";
    EXPECT_THAT(fault(ask(get("http://feeds.example/"), options)), StartsWith("invalid: "));
}

TEST(AddressKind, KnowsWhatIsNotGlobal) {
    using enum AddressKind;
    for (auto const& [text, kind] : std::vector<std::pair<std::string_view, AddressKind>>{
             {"192.0.2.1", global},           {"8.8.8.8", global},
             {"172.15.255.255", global},      {"172.32.0.0", global},
             {"2a00:1450::1", global},        {"100.128.0.0", global},
             {"127.255.255.255", loopback},   {"::1", loopback},
             {"::ffff:127.0.0.1", loopback},  {"::127.0.0.1", loopback},
             {"64:ff9b::7f00:1", loopback},   {"2002:7f00:1::", loopback},
             {"169.254.169.254", link_local}, {"fe80::1", link_local},
             {"10.1.2.3", internal},          {"172.16.0.1", internal},
             {"192.168.0.1", internal},       {"100.64.0.1", internal},
             {"198.18.0.1", internal},        {"fd00::1", internal},
             {"2002:a00:1::1", internal},     {"64:ff9b:1::1", internal},
             {"0.0.0.0", unusable},           {"::", unusable},
             {"224.0.0.1", unusable},         {"255.255.255.255", unusable},
             {"ff02::1", unusable},           {"2001:0:1::", unusable}})
        EXPECT_EQ(kind_of(*parse_ip(text)), kind) << text;
}

// --- redirects ---

/// Answers "/" with a redirect, everything else with what was asked.
TestServer::Script redirecting(std::string const& location, std::string status = "302 Found") {
    return [location, status](TestLine& line) {
        auto const head = line.read_head();
        if (head.starts_with("GET / ") || head.starts_with("POST / ")) {
            line.send(answer("moved", "location: " + location + "\r\nconnection: close\r\n", status));
        } else {
            line.send(answer(head, "connection: close\r\n"));
        }
    };
}

TEST(HttpClient, RedirectsAreAnswersUnlessAskedToFollow) {
    TestServer server(redirecting("/there"));
    auto const reply = ask(get(server.url()));
    ASSERT_TRUE(reply) << fault(reply);
    EXPECT_EQ(reply->status, 302);
    EXPECT_EQ(reply->header("location"), "/there");
    auto options = local();
    options.redirects = 3;
    options.authorization = "Bearer secret";
    auto const followed = ask(get(server.url()), options);
    ASSERT_TRUE(followed) << fault(followed);
    EXPECT_EQ(followed->status, 200);
    EXPECT_EQ(followed->url, server.url("/there"));
    EXPECT_THAT(followed->body, HasSubstr("Authorization: Bearer secret\r\n"));
    auto post = get(server.url());
    post.method = Method::post;
    auto const posted = ask(post, options);
    ASSERT_TRUE(posted) << fault(posted);
    EXPECT_EQ(posted->status, 302);
}

TEST(HttpClient, RedirectLoopsEnd) {
    TestServer server([](TestLine& line) {
        line.read_head();
        line.send(answer("", "location: /\r\n", "301 Moved"));
    });
    auto options = local();
    options.redirects = 5;
    EXPECT_THAT(fault(ask(get(server.url()), options)),
                testing::AllOf(StartsWith("limit: "), HasSubstr("more than 5")));
    EXPECT_EQ(server.connections, 6);
}

TEST(HttpClient, OtherHostsAreNamedAndNotGoneTo) {
    TestServer other(saying(answer("other")));
    TestServer server(redirecting(other.url("/x", "localhost")));
    auto options = local();
    options.redirects = 3;
    EXPECT_THAT(fault(ask(get(server.url()), options)),
                testing::AllOf(StartsWith("denied: "), HasSubstr("http://localhost:"), HasSubstr("another host")));
    EXPECT_EQ(other.connections, 0);
}

TEST(HttpClient, CredentialsDoNotTravelToOtherHosts) {
    std::string head;
    TestServer other([&](TestLine& line) {
        head = line.read_head();
        line.send(answer("other"));
    });
    TestServer server(redirecting(other.url("/x", "localhost")));
    auto options = local();
    options.redirects = 3;
    options.redirects_to_other_hosts = true;
    options.authorization = "Bearer secret";
    auto call = get(server.url());
    call.headers = {{"X-Api-Key", "secret"}, {"Cookie", "secret"}, {"Accept", "text/csv"}};
    auto const reply = ask(call, options);
    ASSERT_TRUE(reply) << fault(reply);
    EXPECT_EQ(reply->body, "other");
    EXPECT_THAT(head, HasSubstr("Accept: text/csv\r\n"));
    EXPECT_THAT(head, Not(HasSubstr("secret")));
}

TEST(HttpClient, RedirectsToOtherSchemesAndInsideAreRefused) {
    auto options = local();
    options.redirects = 3;
    options.redirects_to_other_hosts = true;
    for (auto const* const target : {"file:///etc/passwd", "ftp://x.example/", "http://169.254.169.254/latest",
                                     "http://10.0.0.1/", "http://[fe80::1]/", "http://u:p@127.0.0.1/"}) {
        TestServer server(redirecting(target));
        auto const said = fault(ask(get(server.url()), options));
        EXPECT_THAT(said, testing::AnyOf(StartsWith("denied: "), StartsWith("invalid: "))) << target;
        EXPECT_THAT(said, Not(HasSubstr("u:p"))) << target;
    }
}

// --- TLS ---

TEST(HttpClient, TrustsTheGivenAuthorityOnly) {
    TestCertificate const authority({.name = "authority", .is_authority = true});
    TestCertificate const peer({.issuer = &authority});
    TestServer server(saying(answer("over TLS")), {.own = &peer});
    auto options = local();
    auto const unknown = fault(ask(get(server.url()), options));
    EXPECT_THAT(unknown, testing::AllOf(StartsWith("denied: "), HasSubstr("can't be trusted"), HasSubstr("SHA-256")));
    options.ca_file = authority.certificate_file();
    auto const known = ask(get(server.url()), options);
    ASSERT_TRUE(known) << fault(known);
    EXPECT_EQ(known->body, "over TLS");
}

TEST(HttpClient, AWrongNameAndAWrongDateAreRefused) {
    TestCertificate const authority({.name = "authority", .is_authority = true});
    auto options = local();
    options.ca_file = authority.certificate_file();
    TestCertificate const other_name({.alternative_names = "DNS:other.example", .issuer = &authority});
    TestServer misnamed(saying(answer("x")), {.own = &other_name});
    EXPECT_THAT(fault(ask(get(misnamed.url()), options)), StartsWith("denied: "));
    TestCertificate const expired({.starts = -7200, .ends = -3600, .issuer = &authority});
    TestServer old(saying(answer("x")), {.own = &expired});
    EXPECT_THAT(fault(ask(get(old.url()), options)), testing::AllOf(StartsWith("denied: "), HasSubstr("expired")));
}

TEST(HttpClient, APinnedCertificateIsTheWholeIdentity) {
    TestCertificate const peer({.alternative_names = "DNS:other.example", .starts = -7200, .ends = -3600});
    TestCertificate const other({});
    TestServer server(saying(answer("pinned")), {.own = &peer});
    auto options = local();
    options.fingerprint = peer.fingerprint();
    auto const reply = ask(get(server.url()), options);
    ASSERT_TRUE(reply) << fault(reply);
    EXPECT_EQ(reply->body, "pinned");
    options.fingerprint = other.fingerprint();
    auto const said = fault(ask(get(server.url()), options));
    EXPECT_THAT(said, testing::AllOf(StartsWith("denied: "), HasSubstr("not the one that was pinned"),
                                     HasSubstr(lowered(replaced(peer.fingerprint(), ":", "")))));
    options.fingerprint = "abc";
    EXPECT_THAT(fault(ask(get(server.url()), options)), StartsWith("invalid: "));
}

TEST(HttpClient, APinDoesNotVouchForWhereARedirectLeads) {
    TestCertificate const peer({});
    TestServer other(saying(answer("x")), {.own = &peer});
    TestServer server(redirecting(other.url("/x")), {.own = &peer});
    auto options = local();
    options.fingerprint = peer.fingerprint();
    options.redirects = 3;
    options.redirects_to_other_hosts = true;
    EXPECT_THAT(fault(ask(get(server.url()), options)), testing::AllOf(StartsWith("denied: "), HasSubstr("trusted")));
}

TEST(HttpClient, NeverGoesFromHttpsToHttp) {
    TestCertificate const peer({});
    TestServer other(saying(answer("x")));
    TestServer server(redirecting(other.url("/x")), {.own = &peer});
    auto options = local();
    options.fingerprint = peer.fingerprint();
    options.redirects = 3;
    options.redirects_to_other_hosts = true;
    EXPECT_THAT(fault(ask(get(server.url()), options)),
                testing::AllOf(StartsWith("denied: "), HasSubstr("not encrypted")));
    EXPECT_EQ(other.connections, 0);
}

TEST(HttpClient, OldTlsIsRefused) {
    TestCertificate const peer({});
    TestServer server(saying(answer("x")), {.own = &peer, .most = TLS1_1_VERSION});
    auto options = local();
    options.fingerprint = peer.fingerprint();
    EXPECT_THAT(fault(ask(get(server.url()), options)), HasSubstr("TLS 1.2"));
}

TEST(HttpClient, ShowsItsOwnCertificate) {
    TestCertificate const peer({}), client({.name = "client"});
    TestServer server(saying(answer("welcome")), {.own = &peer, .client_authority = &client});
    auto options = local();
    options.fingerprint = peer.fingerprint();
    EXPECT_THAT(fault(ask(get(server.url()), options)), StartsWith("unavailable: "));
    options.certificate = client.certificate_file();
    EXPECT_THAT(fault(ask(get(server.url()), options)), testing::AllOf(StartsWith("invalid: "), HasSubstr("its key")));
    options.key = client.key_file();
    auto const reply = ask(get(server.url()), options);
    ASSERT_TRUE(reply) << fault(reply);
    EXPECT_EQ(reply->body, "welcome");
    options.key = "/nonexistent/key.pem";
    EXPECT_THAT(fault(ask(get(server.url()), options)),
                testing::AllOf(StartsWith("io: "), HasSubstr("/nonexistent/key.pem")));
    options.key = peer.key_file();
    EXPECT_THAT(fault(ask(get(server.url()), options)),
                testing::AllOf(StartsWith("io: "), HasSubstr("our client certificate")));
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

TEST(HttpUrl, ResolvesReferencesAndComparesOrigins) {
    auto const base = "https://taxii.example:8443/root/collections/?x=1";
    for (auto const& [reference, expected] : {std::pair{"/api/", "https://taxii.example:8443/api/"},
                                              {"objects/", "https://taxii.example:8443/root/collections/objects/"},
                                              {"../x", "https://taxii.example:8443/root/x"},
                                              {"//other.example/y#part", "https://other.example/y"},
                                              {"http://a.example", "http://a.example/"}}) {
        auto const url = resolved_url(base, reference);
        ASSERT_TRUE(url) << reference;
        EXPECT_EQ(*url, expected);
    }
    EXPECT_FALSE(resolved_url(base, "javascript:alert(1)"));
    EXPECT_TRUE(is_same_origin("https://A.example/", "https://a.example:443/x"));
    EXPECT_FALSE(is_same_origin("https://a.example/", "http://a.example/"));
    EXPECT_FALSE(is_same_origin("https://a.example/", "https://a.example:444/"));
    EXPECT_FALSE(is_same_origin("nonsense", "nonsense"));
}

TEST(Authorization, IsMadeOrRefused) {
    EXPECT_EQ(*basic_authorization("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    EXPECT_EQ(*bearer_authorization("mF_9.B5f-4.1JqM="), "Bearer mF_9.B5f-4.1JqM=");
    EXPECT_FALSE(basic_authorization("a:b", "c"));
    EXPECT_FALSE(basic_authorization("a", "c\r\n"));
    for (auto const* const bad : {"", "=", "a b", "a\r\n", "a=b"}) EXPECT_FALSE(bearer_authorization(bad)) << bad;
}

TEST(HttpDate, AllThreeFormsAreReadAndOneIsWritten) {
    auto const time = Timestamp::from_seconds(784'111'777);
    for (auto const* const text :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
        EXPECT_EQ(parse_http_date(text), time) << text;
    EXPECT_EQ(format_http_date(time), "Sun, 06 Nov 1994 08:49:37 GMT");
    for (std::int64_t seconds = -2'000'000'000; seconds < 4'000'000'000; seconds += 86'400 * 37 + 4'321)
        EXPECT_EQ(parse_http_date(format_http_date(Timestamp::from_seconds(seconds))),
                  Timestamp::from_seconds(seconds));
    for (auto const* const text : {"", "tomorrow", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
                                   "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 00 Nov 1994 08:49:37 GMT", "1 2 3 4 5 6 7"})
        EXPECT_FALSE(parse_http_date(text)) << text;
}

TEST(RetryAfter, TakesSecondsAndDatesWithinReason) {
    auto const now = *parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
    for (auto const& [text, seconds] :
         std::vector<std::pair<std::string, std::optional<int>>>{{"120", 120},
                                                                 {" 0 ", 0},
                                                                 {"Sun, 06 Nov 1994 08:50:37 GMT", 60},
                                                                 {"Sun, 06 Nov 1994 08:00:00 GMT", 0},
                                                                 {"99999999999999999999", 7 * 86'400},
                                                                 {"Sun, 06 Nov 2094 08:49:37 GMT", 7 * 86'400},
                                                                 {"-5", std::nullopt},
                                                                 {"soon", std::nullopt},
                                                                 {"", std::nullopt}}) {
        HttpReply reply;
        reply.headers = {{"retry-after", text}};
        auto const wait = retry_after(reply, now);
        ASSERT_EQ(wait.has_value(), seconds.has_value()) << text;
        if (seconds) EXPECT_EQ(wait->count(), *seconds) << text;
    }
}

}  // namespace
}  // namespace tocsin::net
