// The first line is a pattern, the second the objects of one observation, the third those of another: a match, none, or
// an error within small limits. What matched is enough by itself.
#include "formats/formats.hpp"

#include <vector>

using namespace tocsin;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    namespace stix = formats::stix_pattern;
    auto const lines = split({reinterpret_cast<char const*>(data), size}, '\n');
    if (lines.size() < 2) return 0;
    auto const pattern = stix::parse(lines[0], {.bytes = 1 << 12, .nodes = 1000, .depth = 20});
    if (!pattern) return 0;
    std::vector<stix::Observation> seen{{Timestamp{0}, Timestamp{0}, 1, lines[1]},
                                        {Timestamp{1}, Timestamp{5'000'000}, 2, lines[1]}};
    if (lines.size() > 2) seen.push_back({Timestamp{2'000'000}, Timestamp{2'000'000}, 1, lines[2]});
    stix::MatchLimits const limits{.steps = 100'000, .regex_steps = 10'000, .search_steps = 20'000, .bound = 50};
    auto const match = stix::matches(*pattern, seen, limits);
    if (!match || !match->found) return 0;
    std::vector<stix::Observation> named;
    for (auto const index : match->observations) named.push_back(seen[index]);
    auto const again = stix::matches(*pattern, named, limits);
    TOCSIN_ASSERT(!again || again->found);
    return 0;
}
