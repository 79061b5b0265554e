// UTF-16 always becomes UTF-8, whatever the pieces; Latin-1 always does.
#include "formats/formats.hpp"

#include <array>

using namespace tocsin;

namespace {

std::optional<std::string> converted(std::string const& bytes, std::size_t piece) {
    auto source = formats::to_utf8(std::make_unique<formats::MemorySource>(bytes, piece));
    if (!source) return std::nullopt;
    std::string text;
    std::array<char, 61> part;
    while (true) {
        auto const got = (*source)->read(part);
        if (!got || *got == 0) return text;
        text.append(part.data(), *got);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string const bytes(reinterpret_cast<char const*>(data), size);
    TOCSIN_ASSERT(converted(bytes, 1) == converted(bytes, 4096));
    TOCSIN_ASSERT(formats::is_valid_utf8(formats::from_latin1(bytes)));
    TOCSIN_ASSERT(formats::is_valid_utf8(bytes) == is_utf8(bytes));
    if (bytes.starts_with("\xFF\xFE") && !bytes.starts_with(std::string("\xFF\xFE\0\0", 4)))
        TOCSIN_ASSERT(formats::is_valid_utf8(*converted(bytes, 7)));
    (void)formats::idna_to_ascii(bytes);
    return 0;
}
