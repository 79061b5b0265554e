// Damaged archives end in an error or in bytes, never beyond the limits.
#include "formats/inflate.hpp"

#include <array>

using namespace tocsin;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    formats::InflateLimits const limits{.expanded_bytes = std::uint64_t{1} << 20, .expansion = 100, .free_bytes = 4096};
    auto inflated = formats::inflate(
        std::make_unique<formats::MemorySource>(std::string(reinterpret_cast<char const*>(data), size), 37), limits);
    if (!inflated) return 0;
    TOCSIN_ASSERT(inflated->inner_name.find('/') == std::string::npos);
    std::array<char, 999> piece;
    std::uint64_t total = 0;
    while (true) {
        auto const got = inflated->source->read(piece);
        if (!got || *got == 0) break;
        total += *got;
    }
    TOCSIN_ASSERT(inflated->compression == formats::Compression::none || total <= limits.expanded_bytes);
    return 0;
}
