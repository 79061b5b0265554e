#include "constituency/prefix_table.hpp"

#include <gtest/gtest.h>
#include <map>

namespace tocsin::constituency {
namespace {

IpPrefix prefix(std::string_view text) {
    auto const parsed = parse_prefix(text);
    EXPECT_TRUE(parsed) << text;
    return *parsed;
}
IpAddress address(std::string_view text) {
    auto const parsed = parse_ip(text);
    EXPECT_TRUE(parsed) << text;
    return *parsed;
}

/// What the table must equal: looks at every prefix.
struct Naive {
    std::map<IpPrefix, std::uint32_t> entries;

    std::uint32_t find(IpAddress a) const {
        int best = -1;
        std::uint32_t value = PrefixTable::none;
        for (auto const& [p, v] : entries) {
            bool const p_is_v4 = p.length >= 96 && p.address.is_v4();
            if (p_is_v4 != a.is_v4() || masked(a, p.length) != p.address || int{p.length} <= best) continue;
            best = p.length;
            value = v;
        }
        return value;
    }
};

void expect_equal(Naive const& naive, PrefixTable const& table, std::vector<IpAddress> const& questions) {
    std::vector<std::uint32_t> values(questions.size());
    table.find(questions, values);
    for (std::size_t i = 0; i < questions.size(); ++i) {
        auto const expected = naive.find(questions[i]);
        ASSERT_EQ(table.find(questions[i]), expected) << format_ip(questions[i]);
        ASSERT_EQ(values[i], expected) << format_ip(questions[i]) << " in a batch";
    }
}

TEST(PrefixTable, AnEmptyTableKnowsNothing) {
    PrefixTable const table = PrefixTableBuilder().build();
    EXPECT_EQ(table.find(address("192.0.2.1")), PrefixTable::none);
    EXPECT_EQ(table.find(address("2001:db8::1")), PrefixTable::none);
    EXPECT_EQ(PrefixTable().find(address("::")), PrefixTable::none);
}

TEST(PrefixTable, TheLongestPrefixWins) {
    PrefixTableBuilder builder;
    builder.add(prefix("192.0.2.0/24"), 1);
    builder.add(prefix("192.0.2.128/25"), 2);
    builder.add(prefix("192.0.2.255/32"), 3);
    builder.add(prefix("0.0.0.0/0"), 4);
    builder.add(prefix("255.255.255.255/32"), 5);
    PrefixTable const table = builder.build();
    EXPECT_EQ(table.find(address("192.0.2.127")), 1U);
    EXPECT_EQ(table.find(address("192.0.2.128")), 2U);
    EXPECT_EQ(table.find(address("192.0.2.255")), 3U);
    EXPECT_EQ(table.find(address("192.0.3.0")), 4U);
    EXPECT_EQ(table.find(address("0.0.0.0")), 4U);
    EXPECT_EQ(table.find(address("255.255.255.254")), 4U);
    EXPECT_EQ(table.find(address("255.255.255.255")), 5U);
}

TEST(PrefixTable, Ipv6PrefixesNestAcrossTheMiddleOfTheAddress) {
    PrefixTableBuilder builder;
    builder.add(prefix("::/0"), 0);
    builder.add(prefix("2001:db8::/32"), 1);
    builder.add(prefix("2001:db8::/64"), 2);
    builder.add(prefix("2001:db8::8000:0:0:0/65"), 3);
    builder.add(prefix("2001:db8::1/128"), 4);
    builder.add(prefix("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"), 5);
    PrefixTable const table = builder.build();
    EXPECT_EQ(table.find(address("2001:db8::")), 2U);
    EXPECT_EQ(table.find(address("2001:db8::1")), 4U);
    EXPECT_EQ(table.find(address("2001:db8::2")), 2U);
    EXPECT_EQ(table.find(address("2001:db8::ffff:0:0:1")), 3U);
    EXPECT_EQ(table.find(address("2001:db8:0:1::")), 1U);
    EXPECT_EQ(table.find(address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")), 5U);
    EXPECT_EQ(table.find(address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")), 0U);
}

TEST(PrefixTable, AnIpv6PrefixHoldsNoIpv4Address) {
    PrefixTableBuilder builder;
    builder.add(prefix("::/0"), 1);
    PrefixTable const table = builder.build();
    EXPECT_EQ(table.find(address("192.0.2.1")), PrefixTable::none);
    EXPECT_EQ(table.find(address("::1")), 1U);
}

TEST(PrefixTable, OfEqualPrefixesTheLastCounts) {
    PrefixTableBuilder builder;
    builder.add(prefix("192.0.2.0/24"), 1);
    builder.add(prefix("192.0.2.0/24"), 2);
    EXPECT_EQ(builder.build().find(address("192.0.2.9")), 2U);
}

TEST(PrefixTable, NeighboursWithOneValueAreOneRange) {
    PrefixTableBuilder builder;
    for (std::uint32_t i = 0; i < 4096; ++i) builder.add({IpAddress::v4(i << 8), 120}, 7);
    EXPECT_EQ(builder.build().ranges(), 2U);
}

/// A random prefix; `spread` bits of the address are random, so that prefixes nest and touch.
IpPrefix random_prefix(Random& random, bool v4) {
    if (v4) {
        auto const length = static_cast<std::uint8_t>(96 + random.below(33));
        std::uint32_t const bits = random.chance(0.5) ? static_cast<std::uint32_t>(random.next())
                                                      : 0xc000'0200U | static_cast<std::uint32_t>(random.below(1024));
        return {masked(IpAddress::v4(bits), length), length};
    }
    auto const length = static_cast<std::uint8_t>(random.below(129));
    IpAddress a{random.chance(0.3) ? random.next() : 0x2001'0db8'0000'0000ULL | random.below(64),
                random.chance(0.3) ? random.next() : random.below(64) << (random.chance(0.5) ? 0 : 58)};
    if (random.chance(0.02)) a = {~std::uint64_t{0}, ~random.below(16)};
    IpPrefix const made{masked(a, length), length};
    return made.address.is_v4() ? IpPrefix{{0x2001'0db8'0000'0000ULL, 0}, 32} : made;
}

/// Property: the table equals a look at every prefix, at random addresses and at both sides of every edge.
TEST(PrefixTable, EqualsANaiveScanForRandomPrefixes) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        Random random(seed);
        Naive naive;
        PrefixTableBuilder builder;
        auto const count = random.below(seed % 5 == 0 ? 1500 : 60);
        std::vector<IpAddress> questions;
        for (std::uint64_t i = 0; i < count; ++i) {
            auto const p = random_prefix(random, random.chance(0.5));
            auto const value = static_cast<std::uint32_t>(random.below(20));
            naive.entries[p] = value;
            builder.add(p, value);
            auto const last = p.last();
            questions.insert(questions.end(), {p.address,
                                               last,
                                               {p.address.high, p.address.low - 1},
                                               {last.high + (last.low + 1 == 0 ? 1 : 0), last.low + 1}});
            questions.push_back({p.address.high, p.address.low | random.next()});
        }
        for (int i = 0; i < 200; ++i) questions.push_back(random_prefix(random, i % 2 == 0).address);
        if (questions.size() > 3000) questions.resize(3000);
        expect_equal(naive, builder.build(), questions);
        if (HasFatalFailure()) FAIL() << "seed " << seed;
    }
}

TEST(PrefixTable, ARangeBecomesTheFewestPrefixes) {
    std::vector<std::string> made;
    PrefixTableBuilder::for_each_prefix(address("192.0.2.1"), address("192.0.2.16"),
                                        [&](IpPrefix const& p) { made.push_back(format_prefix(p)); });
    EXPECT_EQ(made, (std::vector<std::string>{"192.0.2.1/32", "192.0.2.2/31", "192.0.2.4/30", "192.0.2.8/29",
                                              "192.0.2.16/32"}));
    made.clear();
    PrefixTableBuilder::for_each_prefix(address("0.0.0.0"), address("255.255.255.255"),
                                        [&](IpPrefix const& p) { made.push_back(format_prefix(p)); });
    EXPECT_EQ(made, std::vector<std::string>{"0.0.0.0/0"});
    made.clear();
    PrefixTableBuilder::for_each_prefix(address("::"), address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
                                        [&](IpPrefix const& p) { made.push_back(format_prefix(p)); });
    EXPECT_EQ(made, std::vector<std::string>{"::/0"});
}

}  // namespace
}  // namespace tocsin::constituency
