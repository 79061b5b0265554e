// The OpenIOC reader ends on any bytes within its limits.
#include "formats/openioc/openioc.hpp"

#include <cstdint>

using namespace tocsin;
using namespace tocsin::formats;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    static_cast<void>(openioc::looks_like_openioc(bytes));
    auto const definitions = openioc::read(bytes, {.bytes = 1 << 20, .depth = 16, .items = 100});
    if (!definitions) return 0;
    for (auto const& definition : *definitions)
        for (auto const& item : definition.items)
            if (auto const value = openioc::observable_of(item)) TOCSIN_ASSERT(normalised(*value) == *value);
    return 0;
}
