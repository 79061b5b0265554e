#include "events/finding_brief.hpp"
#include "events/stretches.hpp"
#include "events/test_house.hpp"

#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

namespace tocsin::events {
namespace {

TEST(Stretches, GiveEveryAddressOnceHoweverTheyLie) {
    std::mt19937_64 dice(7);
    std::set<IpAddress> all{{}, {~0ULL, ~0ULL}, IpAddress::v4(0), IpAddress::v4(~0U)};
    for (int i = 0; i < 3000; ++i) all.insert(IpAddress::v4(0x0a000000U + static_cast<std::uint32_t>(dice() % 4096)));
    for (int i = 0; i < 300; ++i) all.insert({0x2001'0db8'0000'0000ULL | dice() % 64, dice()});
    for (auto const& wanted : {std::vector<AddressRange>{},
                               std::vector<AddressRange>{{IpAddress::v4(0x0a000100), IpAddress::v4(0x0a0001ff)},
                                                         {IpAddress::v4(0x0a000000), IpAddress::v4(0x0a000180)}}}) {
        Stretches stretches(wanted);
        std::mutex mutex;
        std::map<IpAddress, int> given;
        auto const work = [&] {
            while (auto const range = stretches.next()) {
                std::optional<IpAddress> rest;
                int seen = 0;
                for (auto at = all.lower_bound(range->first); at != all.end() && *at <= range->last; ++at) {
                    if (++seen > 10) {
                        rest = *at;
                        break;
                    }
                    std::lock_guard const lock(mutex);
                    ++given[*at];
                }
                stretches.done(*range, rest);
            }
        };
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 4; ++i) threads.emplace_back(work);
        }
        ASSERT_TRUE(stretches.status());
        std::size_t expected = 0;
        for (auto const& address : all)
            expected +=
                wanted.empty() || (address >= IpAddress::v4(0x0a000000) && address <= IpAddress::v4(0x0a0001ff));
        EXPECT_EQ(given.size(), expected);
        for (auto const& [address, times] : given) EXPECT_EQ(times, 1) << format_ip(address);
    }
}

TEST_F(EngineTest, FindingsAreToldBrieflyAsTheyAreToldAtLength) {
    // On four days; some are gone after the first, so that they are repaired.
    for (int day = 1; day <= 4; ++day) {
        clock.set(parse_timestamp(fmt::format("2026-11-0{}T10:00:00Z", day)).value());
        std::vector<std::string> lines;
        for (int host = 1; host <= 60; ++host)
            if (day == 1 || host % 3 != 0)
                lines.push_back(line(fmt::format("192.0.2.{}", host), fmt::format("2026-11-0{}T0{}:00:00Z", day, day)));
        ingest(report(fmt::format("{}.jsonl", day), lines));
    }
    auto const at_length = all_findings();
    ASSERT_EQ(at_length.size(), 60U);
    ASSERT_TRUE(events->say({{at_length[4].id}, Saying::not_ours, false, "Owner", ""}));
    ASSERT_TRUE(events->say({{at_length[5].id}, Saying::false_positive, true, "anna", "a honeypot"}));
    std::map<IpAddress, Finding> by_address;
    for (auto const& one : all_findings()) by_address[*one.address] = one;
    std::mutex mutex;
    std::size_t told = 0;
    auto const compare = [&](FindingBrief const& brief) {
        std::lock_guard const lock(mutex);
        ++told;
        auto const& whole = by_address.at(brief.address);
        EXPECT_EQ(brief.kind->feed, whole.feed);
        EXPECT_EQ(brief.kind->taxonomy, whole.taxonomy);
        EXPECT_EQ(brief.kind->type, whole.type);
        EXPECT_EQ(brief.kind->identifier, whole.identifier);
        EXPECT_EQ(brief.kind->severity, whole.severity);
        EXPECT_EQ(brief.kind->tlp, whole.tlp);
        EXPECT_EQ(brief.organisation, whole.organisation);
        EXPECT_EQ(brief.lane, whole.lane);
        EXPECT_EQ(brief.state, whole.state);
        EXPECT_EQ(brief.said, whole.said);
        EXPECT_EQ(brief.asn, whole.asn.value_or(0));
        EXPECT_EQ(brief.country(), whole.country);
        EXPECT_EQ(brief.first_seen, whole.first_seen);
        EXPECT_EQ(brief.times, whole.times);
        EXPECT_EQ(brief.closed.has_value(), whole.state == FindingState::repaired);
        // Gone since the second; the third round without it makes it repaired.
        if (brief.closed) EXPECT_EQ(format_date(*brief.closed), "2026-11-04");
        return true;
    };
    std::vector<std::function<bool(FindingBrief const&)>> const three(3, compare);
    ASSERT_TRUE(events->scan_briefly(everything, {}, three));
    EXPECT_EQ(told, by_address.size());
    FindingFilter open;
    open.states = {FindingState::open};
    told = 0;
    ASSERT_TRUE(events->scan_briefly(everything, open, three));
    EXPECT_EQ(told, all_findings(open).size());
    told = 0;
    std::vector<std::function<bool(FindingBrief const&)>> const first_only{
        [&](FindingBrief const&) { return ++told < 5; }};
    ASSERT_TRUE(events->scan_briefly(everything, {}, first_only));
    EXPECT_EQ(told, 5U);
}

}  // namespace
}  // namespace tocsin::events
