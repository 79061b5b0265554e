#include "intelligence/match_index.hpp"

#include <benchmark/benchmark.h>

namespace tocsin::intelligence {
namespace {

constexpr std::uint32_t indicators = 10'000'000;

MatchIndex const& ten_million() {
    static auto const index = [] {
        auto made = MatchIndex::make(indicators);
        for (std::uint32_t i = 1; i <= indicators; ++i)
            made->add(address_fingerprint(IpAddress::v4(i * 2654435761U), 128), i);
        return made;
    }();
    return *index;
}

/// Questions among ten million indicators, one in ten a hit.
void ask(benchmark::State& state) {
    auto const& index = ten_million();
    Random random(1);
    std::vector<std::uint64_t> questions(1 << 20);  // more than the caches hold
    for (auto& question : questions) {
        auto const i = static_cast<std::uint32_t>(random.below(indicators)) + 1;
        bool const hit = random.chance(0.1);
        question = address_fingerprint(IpAddress::v4(hit ? i * 2654435761U : i), 128);
    }
    std::uint64_t hits = 0;
    for (auto _ : state) {
        index.find(questions, [&](std::size_t, std::uint32_t) { ++hits; });
    }
    benchmark::DoNotOptimize(hits);
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(questions.size()));
    state.counters["bytes_each"] = static_cast<double>(index.bytes()) / static_cast<double>(index.count());
}
BENCHMARK(ask);

}  // namespace
}  // namespace tocsin::intelligence
