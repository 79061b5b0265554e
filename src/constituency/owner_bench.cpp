#include "constituency/owner_table.hpp"

#include <benchmark/benchmark.h>
#include <map>

/// Owner lookups with a million prefixes, against the plain way: a std::map of range starts.
namespace {

using namespace tocsin;
using namespace tocsin::constituency;

constexpr int organisations = 1000;
constexpr std::size_t prefixes = 1'000'000;
constexpr std::size_t questions = 1 << 16;

enum Family { v4, v6, mixed };

IpPrefix random_prefix(Random& random, Family family) {
    bool const is_v4 = family == v4 || (family == mixed && random.chance(0.5));
    if (is_v4) {
        auto const length = static_cast<std::uint8_t>(96 + 16 + random.below(9));
        return {masked(IpAddress::v4(static_cast<std::uint32_t>(random.next())), length), length};
    }
    auto const length = static_cast<std::uint8_t>(32 + random.below(25));
    return {masked({0x2000'0000'0000'0000ULL | (random.next() >> 3), 0}, length), length};
}

struct World {
    std::shared_ptr<OwnerTable const> table;
    std::map<IpAddress, std::uint32_t> plain;
    std::vector<OwnerQuery> queries;

    explicit World(Family family) {
        Random random(7);
        OwnerTableBuilder builder({}, {});
        for (int id = 1; id <= organisations; ++id)
            builder.add_organisation({id}, "o", {}, OrganisationKind::other, {});
        std::string text;
        for (std::size_t i = 0; i < prefixes; ++i) {
            auto const prefix = random_prefix(random, family);
            text = format_prefix(prefix);
            auto const who = static_cast<std::int64_t>(1 + random.below(organisations));
            builder.add({.organisation = {who},
                         .kind = ResourceKind::prefix,
                         .value = text,
                         .verified = true,
                         .from = {},
                         .to = {},
                         .order = static_cast<std::int64_t>(i)});
            plain[prefix.address] = static_cast<std::uint32_t>(who);
        }
        table = builder.build();
        for (std::size_t i = 0; i < questions; ++i) {
            auto address = random_prefix(random, family).address;
            if (address.is_v4()) address = IpAddress::v4(static_cast<std::uint32_t>(random.next()));
            queries.push_back({.address = address, .asn = 0, .domain = {}, .country = {}});
        }
    }
};

World const& world(Family family) {
    static std::map<Family, World> worlds;
    auto found = worlds.find(family);
    if (found == worlds.end()) found = worlds.emplace(family, family).first;
    return found->second;
}

void rate(benchmark::State& state) {
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * std::int64_t{questions});
}

void owner_one_by_one(benchmark::State& state) {
    auto const& w = world(static_cast<Family>(state.range(0)));
    for (auto _ : state)
        for (auto const& query : w.queries) benchmark::DoNotOptimize(w.table->owner_of(query));
    rate(state);
    state.counters["table_bytes"] = static_cast<double>(w.table->bytes());
}

void owner_in_batches(benchmark::State& state) {
    auto const& w = world(static_cast<Family>(state.range(0)));
    std::vector<Ownership> owners(questions);
    for (auto _ : state) {
        w.table->owners_of(w.queries, owners);
        benchmark::DoNotOptimize(owners.data());
    }
    rate(state);
}

/// The floor: finds the nearest start below, without even checking that the prefix holds the address.
void baseline_std_map(benchmark::State& state) {
    auto const& w = world(static_cast<Family>(state.range(0)));
    for (auto _ : state)
        for (auto const& query : w.queries) {
            auto const after = w.plain.upper_bound(query.address);
            benchmark::DoNotOptimize(after == w.plain.begin() ? 0 : std::prev(after)->second);
        }
    rate(state);
}

BENCHMARK(owner_one_by_one)->Arg(v4)->Arg(v6)->Arg(mixed)->Unit(benchmark::kMillisecond);
BENCHMARK(owner_in_batches)->Arg(v4)->Arg(v6)->Arg(mixed)->Unit(benchmark::kMillisecond);
BENCHMARK(baseline_std_map)->Arg(v4)->Arg(v6)->Arg(mixed)->Unit(benchmark::kMillisecond);

}  // namespace
