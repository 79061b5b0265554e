#include "constituency/owner_table.hpp"

#include "constituency/constituency.hpp"
#include "constituency/test_ledger.hpp"

#include <gtest/gtest.h>

namespace tocsin::constituency {
namespace {

constexpr OrganisationId power{1}, bank{2}, sector{3}, cirt_xb{4}, home_cirt{5};
Timestamp const now = *parse_timestamp("2026-11-23T10:00:00Z");
CountryCode const home{{'X', 'A'}}, abroad{{'X', 'B'}}, unknown{{'X', 'C'}};

IpAddress address(std::string_view text) {
    return *parse_ip(text);
}

struct OwnerOf : testing::Test {
    OwnerTableBuilder builder{home, now};
    std::shared_ptr<OwnerTable const> table;
    std::int64_t order = 0;

    OwnerOf() {
        builder.add_organisation(sector, "Energy CIRT", {}, OrganisationKind::sector_cirt, home);
        builder.add_organisation(power, "Power", sector, OrganisationKind::operator_, home);
        builder.add_organisation(bank, "Bank", {}, OrganisationKind::constituent, home);
        builder.add_organisation(cirt_xb, "CIRT of XB", {}, OrganisationKind::national_cirt, abroad);
        builder.add_organisation(home_cirt, "CIRT of XA", {}, OrganisationKind::national_cirt, home);
    }
    void claim(OrganisationId who, ResourceKind kind, std::string_view value, bool verified = false,
               std::string_view from = {}, std::string_view to = {}) {
        builder.add({.organisation = who,
                     .kind = kind,
                     .value = value,
                     .verified = verified,
                     .from = from.empty() ? std::nullopt : std::optional(*parse_timestamp(from)),
                     .to = to.empty() ? std::nullopt : std::optional(*parse_timestamp(to)),
                     .order = ++order});
    }
    /// Asks alone and in a batch.
    Ownership ask(OwnerQuery const& query) {
        if (!table) table = builder.build();
        auto const one = table->owner_of(query);
        Ownership many[1];
        table->owners_of({&query, 1}, many);
        EXPECT_EQ(one.organisation, many[0].organisation);
        EXPECT_EQ(one.by, many[0].by);
        EXPECT_EQ(one.lane, many[0].lane);
        return one;
    }
};

TEST_F(OwnerOf, LongestPrefixThenAsnThenDomainThenCountry) {
    claim(power, ResourceKind::prefix, "192.0.2.0/24");
    claim(bank, ResourceKind::prefix, "192.0.2.128/25");
    claim(sector, ResourceKind::asn, "AS64496");
    claim(bank, ResourceKind::domain, "bank.example");
    claim(home_cirt, ResourceKind::country, "XA");
    EXPECT_EQ(ask({.address = address("192.0.2.200"), .asn = 64496}).organisation, bank);
    EXPECT_EQ(ask({.address = address("192.0.2.1"), .asn = 64496}).organisation, power);
    auto const by_asn = ask({.address = address("198.51.100.1"), .asn = 64496, .domain = "bank.example"});
    EXPECT_EQ(by_asn.organisation, sector);
    EXPECT_EQ(by_asn.by, By::asn);
    auto const by_domain = ask({.domain = "www.mail.bank.example", .country = home});
    EXPECT_EQ(by_domain.organisation, bank);
    EXPECT_EQ(by_domain.by, By::domain);
    EXPECT_EQ(by_domain.length, std::string_view("bank.example").size());
    EXPECT_EQ(ask({.domain = "notbank.example", .country = home}).organisation, home_cirt);
    EXPECT_FALSE(ask({.domain = "example"}));
}

TEST_F(OwnerOf, Ipv6IsNoSecondClassCitizen) {
    claim(power, ResourceKind::prefix, "2001:db8::/32", true);
    claim(bank, ResourceKind::prefix, "2001:db8:1::5/128");
    EXPECT_EQ(ask({.address = address("2001:db8:1::5")}).organisation, bank);
    auto const found = ask({.address = address("2001:db8:1::6")});
    EXPECT_EQ(found.organisation, power);
    EXPECT_TRUE(found.verified);
    EXPECT_EQ(table->claim_of({.address = address("2001:db8:1::6")})->matched, "2001:db8::/32");
    EXPECT_EQ(table->claim_of({.address = address("2001:db8:1::6")})->chain, (std::vector{power, sector}));
}

TEST_F(OwnerOf, AmongEqualsTheNewestVerifiedClaimWins) {
    claim(power, ResourceKind::prefix, "192.0.2.0/24", true, "2020-01-01");
    claim(bank, ResourceKind::prefix, "192.0.2.0/24", true, "2021-01-01");
    claim(sector, ResourceKind::prefix, "192.0.2.0/24", false, "2022-01-01");
    claim(power, ResourceKind::domain, "a.example");
    claim(bank, ResourceKind::domain, "a.example");
    EXPECT_EQ(ask({.address = address("192.0.2.1")}).organisation, bank);
    EXPECT_EQ(ask({.domain = "a.example"}).organisation, bank);
}

TEST_F(OwnerOf, ClaimsCountOnlyWithinTheirDates) {
    claim(power, ResourceKind::prefix, "192.0.2.0/24");
    claim(bank, ResourceKind::prefix, "192.0.2.0/25", true, "2027-01-01");
    claim(sector, ResourceKind::prefix, "192.0.2.0/26", true, {}, "2026-11-23T10:00:00Z");
    claim(sector, ResourceKind::asn, "AS64496", true, {}, "2026-12-01");
    EXPECT_EQ(ask({.address = address("192.0.2.1")}).organisation, power);
    EXPECT_EQ(ask({.asn = 64496}).organisation, sector);
    EXPECT_EQ(table->valid_until(), *parse_timestamp("2026-12-01"));
}

TEST_F(OwnerOf, AnAddressAbroadGoesToThatCountrysTeamInALaneOfItsOwn) {
    auto const found = ask({.address = address("203.0.113.1"), .country = abroad});
    EXPECT_EQ(found.organisation, cirt_xb);
    EXPECT_EQ(found.lane, Lane::abroad);
    EXPECT_EQ(found.by, By::country);
    auto const nobody = ask({.address = address("203.0.113.1"), .country = unknown});
    EXPECT_FALSE(nobody);
    EXPECT_EQ(nobody.lane, Lane::abroad);
    auto const at_home = ask({.address = address("203.0.113.1"), .country = home});
    EXPECT_FALSE(at_home) << "the queue without an owner is the home team's own work";
    EXPECT_EQ(at_home.lane, Lane::home);
}

TEST_F(OwnerOf, APrefixOfATeamAbroadIsInTheLaneAbroad) {
    claim(cirt_xb, ResourceKind::prefix, "203.0.113.0/24");
    EXPECT_EQ(ask({.address = address("203.0.113.1")}).lane, Lane::abroad);
}

/// Property: the table equals a look at every claim.
TEST_F(OwnerOf, EqualsANaiveScanForRandomClaims) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Random random(seed);
        OwnerTableBuilder made({}, now);
        for (std::int64_t id = 1; id <= 9; ++id) made.add_organisation({id}, "o", {}, OrganisationKind::other, {});
        struct Entry {
            IpPrefix prefix;
            bool verified;
            std::int64_t order;
            OrganisationId who;
        };
        std::vector<Entry> entries;
        for (int i = 0; i < 300; ++i) {
            bool const v4 = random.chance(0.5);
            auto const length = static_cast<std::uint8_t>(v4 ? 112 + random.below(17) : 32 + random.below(97));
            IpAddress const a = v4 ? IpAddress::v4(0xc000'0000U | static_cast<std::uint32_t>(random.below(1 << 16)))
                                   : IpAddress{0x2001'0db8'0000'0000ULL | random.below(8), random.below(64)};
            IpPrefix const prefix{masked(a, length), length};
            entries.push_back({prefix, random.chance(0.5), i, {static_cast<std::int64_t>(1 + random.below(9))}});
            auto const text = format_prefix(prefix);
            made.add({.organisation = entries.back().who,
                      .kind = ResourceKind::prefix,
                      .value = text,
                      .verified = entries.back().verified,
                      .from = {},
                      .to = {},
                      .order = i});
        }
        auto const built = made.build();
        for (int i = 0; i < 2000; ++i) {
            IpAddress const a = random.chance(0.5)
                                    ? IpAddress::v4(0xc000'0000U | static_cast<std::uint32_t>(random.below(1 << 16)))
                                    : IpAddress{0x2001'0db8'0000'0000ULL | random.below(8), random.below(64)};
            Entry const* best = nullptr;
            for (auto const& entry : entries)
                if (entry.prefix.contains(a) &&
                    (best == nullptr || std::tuple(best->prefix.length, best->verified, best->order) <
                                            std::tuple(entry.prefix.length, entry.verified, entry.order)))
                    best = &entry;
            auto const found = built->owner_of({.address = a});
            ASSERT_EQ(found.organisation, best == nullptr ? OrganisationId() : best->who) << format_ip(a);
            if (best != nullptr) ASSERT_EQ(found.length, best->prefix.length);
        }
    }
}

struct SnapshotTest : testing::Test {
    TestLedger ledger;
    Constituency room{*ledger.ledger, ledger.clock, {.home = home, .files = {}}};
    access::Principal const me = access::command_principal();
};

TEST_F(SnapshotTest, AChangeOfTheDirectoryIsInTheNextSnapshot) {
    OrganisationDraft draft;
    draft.name = "Power";
    auto const id = room.directory().add(draft, me)->id;
    EXPECT_FALSE((*room.owners())->owner_of({.address = address("192.0.2.1")}));
    ResourceDraft claim;
    claim.organisation = id;
    claim.value = "192.0.2.0/24";
    claim.to = *parse_timestamp("2026-12-01");
    ASSERT_TRUE(room.directory().add(claim, me));
    auto const snapshot = *room.owners();
    EXPECT_EQ(snapshot->owner_of({.address = address("192.0.2.1")}).organisation, id);
    EXPECT_EQ(*room.owners(), snapshot) << "nothing has changed: the same snapshot";
    ledger.clock.set(*parse_timestamp("2026-12-01"));
    EXPECT_FALSE((*room.owners())->owner_of({.address = address("192.0.2.1")})) << "the claim has ended";
}

TEST_F(SnapshotTest, ASuppressionMatchesWhenAllItNamesMatches) {
    OrganisationDraft draft;
    draft.name = "Power";
    auto const id = room.directory().add(draft, me)->id;
    SuppressionDraft quiet;
    quiet.network = "192.0.2.64/28";
    quiet.identifier = "open-telnet";
    quiet.reason = "their own scanner";
    quiet.until = *parse_timestamp("2026-12-01");
    auto const added = room.directory().add(quiet, me);
    ASSERT_TRUE(added) << added.error().message;
    auto const table = *room.suppressions();
    SuppressionTable::Question question{address("192.0.2.70"), id, "shadowserver/scan_telnet", "open-telnet", now};
    EXPECT_EQ(table->match(question), added->id);
    question.identifier = "open-ssh";
    EXPECT_FALSE(table->match(question));
    question.identifier = "open-telnet";
    question.now = *parse_timestamp("2026-12-01");
    EXPECT_FALSE(table->match(question));
}

TEST_F(SnapshotTest, ALookupTellsTheWholeChainOfDecisions) {
    OrganisationDraft draft;
    draft.name = "Power";
    auto const p = room.directory().add(draft, me)->id;
    draft.name = "Bank";
    auto const b = room.directory().add(draft, me)->id;
    ContactDraft contact;
    contact.organisation = b;
    contact.email = "abuse@bank.example";
    ASSERT_TRUE(room.directory().add(contact, me));
    auto const add = [&](OrganisationId who, std::string_view value, bool verified) {
        ResourceDraft claim;
        claim.organisation = who;
        claim.value = value;
        claim.verified = verified;
        ASSERT_TRUE(room.directory().add(claim, me));
    };
    add(p, "192.0.2.0/24", true);
    add(p, "192.0.2.128/25", false);
    add(b, "192.0.2.128/25", true);
    auto const answer = room.look_up("192.0.2.200");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->reason, "Bank: prefix 192.0.2.128/25, verified");
    ASSERT_EQ(answer->steps.size(), 3U);
    EXPECT_TRUE(answer->steps[0].wins);
    EXPECT_EQ(answer->steps[0].resource.organisation, b);
    EXPECT_EQ(answer->steps[1].why, "the same, but another claim is verified or newer");
    EXPECT_EQ(answer->steps[2].why, "weighs less than prefix 192.0.2.128/25");
    EXPECT_EQ(answer->recipients.contacts.at(0).email, "abuse@bank.example");
    EXPECT_EQ(room.look_up("http://user@192.0.2.200:8080/x?y")->owner.organisation, b);
    EXPECT_EQ(room.look_up("192.0.2.0/24")->owner.organisation, p);
    EXPECT_EQ(room.look_up("192.0.0.0/16")->owner.organisation, OrganisationId());
    EXPECT_FALSE(room.look_up("no such thing!"));
    EXPECT_EQ(room.look_up("www.example.co.uk")->registered_domain, "example.co.uk");
}

}  // namespace
}  // namespace tocsin::constituency
