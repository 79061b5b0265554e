// Stands in for libFuzzer's main: feeds a fuzz target its saved corpus and a fixed run of small random inputs. A target
// without a saved input is no test: it would be met by random bytes only.
#include "base/random.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

int main(int count, char** values) {
    std::vector<std::vector<std::uint8_t>> corpus(1);
    for (int i = 1; i < count; ++i) {
        std::error_code fault;
        for (auto const& entry : std::filesystem::directory_iterator(values[i], fault)) {
            std::ifstream file(entry.path(), std::ios::binary);
            corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        }
        if (corpus.size() == 1) {
            std::fprintf(stderr, "%s holds no saved input; expected one at least\n", values[i]);
            return 1;
        }
    }
    for (auto const& input : corpus) LLVMFuzzerTestOneInput(input.data(), input.size());
    tocsin::Random random(20261123);
    constexpr int mutations = 2000;
    for (int i = 0; i < mutations; ++i) {
        auto input = corpus[random.below(corpus.size())];
        for (auto edits = 1 + random.below(8); edits > 0; --edits) {
            auto const byte = static_cast<std::uint8_t>(random.next());
            if (input.empty() || random.chance(0.3)) {
                input.insert(input.begin() + static_cast<std::ptrdiff_t>(random.below(input.size() + 1)), byte);
            } else if (random.chance(0.3)) {
                input.resize(random.below(input.size() + 1));
            } else {
                input[random.below(input.size())] = byte;
            }
        }
        LLVMFuzzerTestOneInput(input.data(), input.size());
    }
    std::printf("%zu saved inputs and %d mutations replayed\n", corpus.size() - 1, mutations);
}
