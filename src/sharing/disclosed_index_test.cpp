#include "sharing/disclosed_index.hpp"

#include "base/random.hpp"
#include "sharing/disclosed.hpp"
#include "sharing/test_house.hpp"

#include <set>

namespace tocsin::sharing {
namespace {

/// Lines of the log with pages of any objects, some far apart, and the numbers of those that hold one of `wanted`.
TEST(DisclosedIndex, FindsEveryLineThatHeldAnObject) {
    House house;
    house.import({indicator(1)});
    auto const found = house.known->objects({}, house.peer.recipient(), intelligence::ObjectOrder::oldest_first, {});
    ASSERT_TRUE(found && !found->items.empty());
    Random random(7);
    std::map<std::int64_t, std::set<std::int64_t>> lines;
    auto const give = [&](int count) {
        for (int i = 0; i < count; ++i) {
            std::vector<std::int64_t> seqs;
            for (auto n = 1 + random.below(20); n > 0; --n)
                seqs.push_back(static_cast<std::int64_t>(1 + random.below(random.chance(0.5) ? 3000 : 100'000)));
            std::ranges::sort(seqs);
            seqs.erase(std::ranges::unique(seqs).begin(), seqs.end());
            ASSERT_TRUE(house.ledger->write([&](store::Transaction& tx) {
                return gate::Gate::record(tx, house.us, house.clock.now(), found->items, "page", ranges_of(seqs),
                                          "taxii");
            }));
            auto const last =
                house.ledger->read([](store::Transaction& tx) { return gate::disclosures(tx, {.limit = 1}); });
            lines[last->front().number] = {seqs.begin(), seqs.end()};
        }
    };
    give(60);
    for (int round = 0; round < 40; ++round) {
        give(3);  // the index goes on where it was
        std::vector<std::int64_t> const wanted{static_cast<std::int64_t>(1 + random.below(3000)),
                                               static_cast<std::int64_t>(1 + random.below(100'000))};
        std::set<std::int64_t> got;
        std::int64_t before = 0;
        ASSERT_TRUE(each_line_with(*house.ledger, {}, wanted, [&](gate::Disclosure const& line) {
            EXPECT_LT(before, line.number) << "in order";
            before = line.number;
            got.insert(line.number);
            return true;
        }));
        for (auto const& [number, seqs] : lines)
            if (std::ranges::any_of(wanted, [&](std::int64_t seq) { return seqs.contains(seq); })) {
                EXPECT_TRUE(got.contains(number)) << number;
            }
        EXPECT_LT(got.size(), lines.size()) << "not the whole log";
    }
}

}  // namespace
}  // namespace tocsin::sharing
