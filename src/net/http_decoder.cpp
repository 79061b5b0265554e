#include "net/http_decoder.hpp"

#include <array>
#include <brotli/decode.h>
#include <vector>
#include <zlib.h>
#include <zstd.h>

namespace tocsin::net {
namespace {

constexpr std::size_t piece_size = std::size_t{64} << 10;
constexpr int zstd_window_log = 23;  // RFC 9659 section 3

std::unexpected<Error> damaged(std::string_view coding) {
    return fail(Code::invalid, fmt::format("the answer's {} packing is damaged", coding));
}
std::unexpected<Error> broken_off(std::string_view coding) {
    return fail(Code::unavailable, fmt::format("the answer broke off inside its {} packing", coding));
}

class Gzip final : public HttpDecoder {
  public:
    Gzip() : room_(piece_size) { is_ready_ = inflateInit2(&stream_, 15 + 16) == Z_OK; }
    ~Gzip() override { inflateEnd(&stream_); }
    Gzip(Gzip const&) = delete;
    Gzip& operator=(Gzip const&) = delete;

    Status write(std::string_view packed, TakeBytes const& take) override {
        if (!is_ready_) return fail(Code::internal, "zlib could not be started");
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
        stream_.avail_in = static_cast<uInt>(packed.size());
        bool is_full = false;
        while (stream_.avail_in > 0 || is_full) {
            if (is_whole_ && inflateReset(&stream_) != Z_OK) return damaged("gzip");  // the next member
            is_whole_ = false;
            stream_.next_out = reinterpret_cast<Bytef*>(room_.data());
            stream_.avail_out = static_cast<uInt>(room_.size());
            int const answer = inflate(&stream_, Z_NO_FLUSH);
            if (answer != Z_OK && answer != Z_STREAM_END && answer != Z_BUF_ERROR) return damaged("gzip");
            is_whole_ = answer == Z_STREAM_END;
            is_full = stream_.avail_out == 0 && !is_whole_;
            if (auto const size = room_.size() - stream_.avail_out; size > 0) CHECK(take({room_.data(), size}));
        }
        return {};
    }
    Status finish() override {
        if (!is_whole_) return broken_off("gzip");
        return {};
    }

  private:
    z_stream stream_{};
    std::vector<char> room_;
    bool is_ready_ = false;
    bool is_whole_ = true;
};

class Brotli final : public HttpDecoder {
  public:
    Brotli() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), &BrotliDecoderDestroyInstance) {}

    Status write(std::string_view packed, TakeBytes const& take) override {
        if (!state_) return fail(Code::internal, "brotli could not be started");
        auto const* next = reinterpret_cast<std::uint8_t const*>(packed.data());
        std::size_t left = packed.size(), none = 0;
        while (left > 0 || BrotliDecoderHasMoreOutput(state_.get()) != BROTLI_FALSE) {
            if (is_whole_) return damaged("br");  // bytes behind the end
            has_begun_ = true;
            auto const answer = BrotliDecoderDecompressStream(state_.get(), &left, &next, &none, nullptr, nullptr);
            if (answer == BROTLI_DECODER_RESULT_ERROR) return damaged("br");
            std::size_t size = piece_size;
            while (auto const* const bytes = BrotliDecoderTakeOutput(state_.get(), &size)) {
                if (size == 0) break;
                CHECK(take({reinterpret_cast<char const*>(bytes), size}));
                size = piece_size;
            }
            is_whole_ = BrotliDecoderIsFinished(state_.get()) != BROTLI_FALSE;
        }
        return {};
    }
    Status finish() override {
        if (has_begun_ && !is_whole_) return broken_off("br");
        return {};
    }

  private:
    std::unique_ptr<BrotliDecoderState, decltype(&BrotliDecoderDestroyInstance)> state_;
    bool has_begun_ = false;
    bool is_whole_ = false;
};

class Zstd final : public HttpDecoder {
  public:
    Zstd() : stream_(ZSTD_createDStream(), &ZSTD_freeDStream), room_(piece_size) {
        if (stream_) ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, zstd_window_log);
    }

    Status write(std::string_view packed, TakeBytes const& take) override {
        if (!stream_) return fail(Code::internal, "zstd could not be started");
        ZSTD_inBuffer in{packed.data(), packed.size(), 0};
        bool is_full = false;
        while (in.pos < in.size || is_full) {
            ZSTD_outBuffer out{room_.data(), room_.size(), 0};
            auto const answer = ZSTD_decompressStream(stream_.get(), &out, &in);
            if (ZSTD_isError(answer) != 0) return damaged("zstd");
            is_whole_ = answer == 0;
            is_full = out.pos == out.size && !is_whole_;  // more may be waiting inside without new input
            if (out.pos > 0) CHECK(take({room_.data(), out.pos}));
        }
        return {};
    }
    Status finish() override {
        if (!is_whole_) return broken_off("zstd");
        return {};
    }

  private:
    std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream_;
    std::vector<char> room_;
    bool is_whole_ = true;
};

}  // namespace

Result<std::unique_ptr<HttpDecoder>> decoder_for(std::string_view content_encoding) {
    auto const coding = lowered(trimmed(content_encoding));
    std::unique_ptr<HttpDecoder> decoder;
    if (coding.empty() || coding == "identity") return decoder;
    if (coding == "gzip" || coding == "x-gzip") {
        decoder = std::make_unique<Gzip>();
    } else if (coding == "br") {
        decoder = std::make_unique<Brotli>();
    } else if (coding == "zstd") {
        decoder = std::make_unique<Zstd>();
    } else {
        return fail(Code::invalid,
                    "the answer is packed in a way that was not asked for; only one layer of gzip, br or "
                    "zstd is read");
    }
    return decoder;
}

}  // namespace tocsin::net
