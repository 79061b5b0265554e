#include "intelligence/block.hpp"

#include <fmt/format.h>
#include <memory>
#include <zstd.h>

namespace tocsin::intelligence {
namespace {

constexpr int level = 1;
constexpr unsigned long long most_bytes = 64ULL << 20;

struct FreeCompressor {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

std::string pack_block(std::string_view lines) {
    thread_local std::unique_ptr<ZSTD_CCtx, FreeCompressor> const context(ZSTD_createCCtx());
    std::string packed(ZSTD_compressBound(lines.size()), '\0');
    auto const size = ZSTD_compressCCtx(context.get(), packed.data(), packed.size(), lines.data(), lines.size(), level);
    TOCSIN_ASSERT(!ZSTD_isError(size));
    packed.resize(size);
    return packed;
}

Result<std::string> unpack_block(std::string_view bytes) {
    thread_local std::unique_ptr<ZSTD_DCtx, FreeDecompressor> const context(ZSTD_createDCtx());
    auto const size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > most_bytes)
        return fail(Code::io, "a block of intelligence in the ledger is damaged: run tocsin doctor, restore a backup");
    std::string text(size, '\0');
    auto const got = ZSTD_decompressDCtx(context.get(), text.data(), text.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(got) || got != size)
        return fail(Code::io, fmt::format("a block of intelligence in the ledger is damaged ({}): run tocsin doctor, "
                                          "restore a backup",
                                          ZSTD_getErrorName(got)));
    return text;
}

std::vector<std::size_t> line_starts(std::string_view text) {
    std::vector<std::size_t> starts{0};
    for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
        starts.push_back(at + 1);
    starts.push_back(text.size() + 1);
    return starts;
}

}  // namespace tocsin::intelligence
