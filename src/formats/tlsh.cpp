#include "formats/tlsh.hpp"

#include "base/base.hpp"

#include <algorithm>
#include <cstdlib>

namespace tocsin::formats {
namespace {

constexpr std::size_t digits = 70;
constexpr int step = 12;  ///< what a difference of one in the head weighs, beyond the first

/// Digests are written with the halves of the head's bytes exchanged.
std::uint8_t exchanged(std::uint8_t byte) {
    return static_cast<std::uint8_t>(byte >> 4 | (byte & 0x0f) << 4);
}

int on_a_circle(int a, int b, int around) {
    int const straight = std::abs(a - b);
    return std::min(straight, around - straight);
}

int ratio_difference(int a, int b) {
    int const apart = on_a_circle(a, b, 16);
    return apart <= 1 ? apart : (apart - 1) * step;
}

/// Of two bytes with four quartiles each; the first and the last quartile are further apart than their numbers.
constexpr int pair_difference(unsigned a, unsigned b) {
    int sum = 0;
    for (unsigned shift = 0; shift < 8; shift += 2) {
        unsigned const x = a >> shift & 3, y = b >> shift & 3;
        int const apart = static_cast<int>(x > y ? x - y : y - x);
        sum += apart == 3 ? 6 : apart;
    }
    return sum;
}

/// pair_difference for halves of bytes: the table fits into four cache lines.
constexpr auto half_differences = [] {
    std::array<std::uint8_t, 256> table{};
    for (unsigned i = 0; i < 256; ++i) table[i] = static_cast<std::uint8_t>(pair_difference(i >> 4, i & 0x0f));
    return table;
}();

}  // namespace

std::optional<Tlsh> parse_tlsh(std::string_view text) {
    if (text.size() == digits + 2 && (text.starts_with("T1") || text.starts_with("t1"))) text.remove_prefix(2);
    if (text.size() != digits) return {};
    auto const bytes = from_hex(text);
    if (!bytes) return {};
    auto const at = [&](std::size_t i) { return static_cast<std::uint8_t>((*bytes)[i]); };
    Tlsh digest{.checksum = exchanged(at(0)), .length = exchanged(at(1))};
    digest.ratio_1 = at(2) >> 4;
    digest.ratio_2 = at(2) & 0x0f;
    for (std::size_t i = 0; i < digest.body.size(); ++i) digest.body[i] = at(i + 3);
    return digest;
}

int distance(Tlsh const& a, Tlsh const& b) {
    int const length = on_a_circle(a.length, b.length, 256);
    int sum = length <= 1 ? length : length * step;
    sum += ratio_difference(a.ratio_1, b.ratio_1) + ratio_difference(a.ratio_2, b.ratio_2);
    sum += a.checksum == b.checksum ? 0 : 1;
    for (std::size_t i = 0; i < a.body.size(); ++i) {
        unsigned const x = a.body[i], y = b.body[i];
        sum += half_differences[(x >> 4) << 4 | y >> 4] + half_differences[(x & 0x0f) << 4 | (y & 0x0f)];
    }
    return sum;
}

}  // namespace tocsin::formats
