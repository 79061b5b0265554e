#include "base/random.hpp"

#include "base/result.hpp"

#include <sys/random.h>

namespace tocsin {

// SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t Random::next() {
    std::uint64_t z = state_ += 0x9e37'79b9'7f4a'7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11ebULL;
    return z ^ (z >> 31);
}

std::uint64_t Random::below(std::uint64_t bound) {
    TOCSIN_ASSERT(bound > 0);
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
}

bool Random::chance(double probability) {
    return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability;
}

std::string secret_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    for (std::size_t at = 0; at < count;) {
        auto const got = getrandom(bytes.data() + at, count - at, 0);
        TOCSIN_ASSERT(got > 0);
        at += static_cast<std::size_t>(got);
    }
    return bytes;
}

}  // namespace tocsin
