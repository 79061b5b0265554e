#include "net/http_test_calls.hpp"

#include <brotli/encode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace tocsin::net {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

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

}  // namespace
}  // namespace tocsin::net
