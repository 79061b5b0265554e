// Any bytes as a packed body: the same comes out however they are cut, and a bomb is stopped by who takes it.
#include "net/http_decoder.hpp"

using namespace tocsin;
using namespace tocsin::net;

namespace {

constexpr std::size_t most = std::size_t{1} << 20;

struct Outcome {
    std::string bytes;
    bool is_whole = false;
    friend bool operator==(Outcome const&, Outcome const&) = default;
};

Outcome decode(std::string_view encoding, std::string_view packed, std::size_t piece) {
    auto decoder = decoder_for(encoding);
    TOCSIN_ASSERT(decoder && *decoder);
    Outcome outcome;
    auto const take = [&](std::string_view bytes) -> Status {
        TOCSIN_ASSERT(bytes.size() <= std::size_t{64} << 10);
        outcome.bytes += bytes;
        return outcome.bytes.size() > most ? fail(Code::limit, "too much") : Status();
    };
    for (; !packed.empty(); packed.remove_prefix(std::min(piece, packed.size())))
        if (!(*decoder)->write(packed.substr(0, piece), take)) return outcome;
    outcome.is_whole = (*decoder)->finish().has_value();
    return outcome;
}

}  // namespace

/// The first byte chooses the encoding.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    constexpr auto encodings = std::to_array<std::string_view>({"gzip", "br", "zstd"});
    auto const encoding = encodings[data[0] % encodings.size()];
    std::string_view const packed(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const at_once = decode(encoding, packed, std::max<std::size_t>(packed.size(), 1));
    auto const in_pieces = decode(encoding, packed, 3);
    TOCSIN_ASSERT(at_once.is_whole == in_pieces.is_whole);
    if (at_once.is_whole) TOCSIN_ASSERT(at_once == in_pieces);
    static_cast<void>(decoder_for(packed));
    return 0;
}
