#include "gate/test_world.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace tocsin::gate {
namespace {

Reason to(OrganisationId organisation, Particulars const& thing) {
    return decide(thing, Recipient::constituent(organisation, "x"), world);
}

TEST(Decide, AFindingGoesToItsOwnerAndThoseAboveOnly) {
    for (auto const tlp : {Tlp::clear, Tlp::green, Tlp::amber}) {
        EXPECT_EQ(to(bank, finding(tlp, {bank})), Reason::is_concerned);
        EXPECT_EQ(to(ministry, finding(tlp, {branch})), Reason::is_above);
        EXPECT_EQ(to(branch, finding(tlp, {bank})), Reason::not_concerned) << "what is the bank's is not the branch's";
        EXPECT_EQ(to(shop, finding(tlp, {bank})), Reason::not_concerned) << "however open the marking";
        EXPECT_EQ(to(shop, finding(tlp, {})), Reason::not_concerned);
    }
    EXPECT_EQ(decide(finding(Tlp::clear, {bank}), Recipient::everyone(), world), Reason::not_concerned);
}

TEST(Decide, StrictStaysWithinTheOrganisation) {
    EXPECT_EQ(to(bank, finding(Tlp::amber_strict, {bank})), Reason::is_concerned);
    EXPECT_EQ(to(ministry, finding(Tlp::amber_strict, {bank})), Reason::strict);
    EXPECT_EQ(to(branch, advisory(Tlp::amber_strict, {bank})), Reason::strict);
    EXPECT_EQ(to(shop, finding(Tlp::amber_strict, {bank})), Reason::not_concerned);
}

TEST(Decide, RedReachesTheNamedOnly) {
    auto red = finding(Tlp::red, {bank});
    EXPECT_EQ(to(bank, red), Reason::not_named);
    red.named_organisations = {shop};
    EXPECT_EQ(to(shop, red), Reason::is_named);
    EXPECT_EQ(decide(red, Recipient::team(member(access::Role::analyst)), world), Reason::is_team);
    EXPECT_EQ(decide(red, Recipient::team(member(access::Role::viewer)), world), Reason::not_named);
    red.named_accounts = {{5}};
    EXPECT_EQ(decide(red, Recipient::team(member(access::Role::viewer, 5)), world), Reason::is_named);
    EXPECT_EQ(decide(red, Recipient::team(member(access::Role::viewer, 6)), world), Reason::not_named);
}

TEST(Decide, AnAdvisoryGoesAsFarAsItsMarkingSays) {
    EXPECT_EQ(to(shop, advisory(Tlp::clear)), Reason::is_public);
    EXPECT_EQ(to(shop, advisory(Tlp::green)), Reason::is_community);
    EXPECT_EQ(to(shop, advisory(Tlp::amber, {bank})), Reason::not_concerned);
    EXPECT_EQ(to(branch, advisory(Tlp::amber, {bank})), Reason::is_client);
    EXPECT_EQ(to(ministry, advisory(Tlp::amber, {bank})), Reason::is_above);
    EXPECT_EQ(decide(advisory(Tlp::clear), Recipient::everyone(), world), Reason::is_public);
    EXPECT_EQ(decide(advisory(Tlp::green), Recipient::everyone(), world), Reason::not_public);
}

TEST(Decide, APapKeepsAThingFromThePublic) {
    auto thing = advisory(Tlp::clear);
    thing.marking.pap = Pap::amber;
    EXPECT_EQ(decide(thing, Recipient::everyone(), world), Reason::pap_holds);
    EXPECT_EQ(to(shop, thing), Reason::is_public);
    thing.marking.pap = Pap::green;
    EXPECT_EQ(decide(thing, Recipient::everyone(), world), Reason::is_public);
}

TEST(Decide, APeerGetsNothingAboveItsClearance) {
    EXPECT_EQ(decide(advisory(Tlp::green), Recipient::peer({}, "north", Tlp::clear), world), Reason::above_clearance);
    EXPECT_EQ(decide(advisory(Tlp::green), Recipient::peer({}, "north", Tlp::green), world), Reason::is_community);
    EXPECT_EQ(decide(finding(Tlp::amber, {shop}), Recipient::peer(shop, "north", Tlp::green), world),
              Reason::above_clearance);
    EXPECT_EQ(decide(finding(Tlp::amber, {shop}), Recipient::peer(shop, "north", Tlp::amber), world),
              Reason::is_concerned);
    EXPECT_EQ(decide(finding(Tlp::clear, {bank}), Recipient::peer(shop, "north", Tlp::red), world),
              Reason::not_concerned);
}

TEST(Decide, AKeyForPushingReadsNothing) {
    auto key = member(access::Role::analyst);
    key.feeds = {"a/b"};
    EXPECT_EQ(decide(advisory(Tlp::clear), Recipient::team(key), world), Reason::no_right_to_read);
}

// The decision, against a naive statement of the rules

bool naive(Particulars const& thing, Recipient const& to_whom) {
    Tlp const tlp = thing.marking.tlp;
    bool const future = thing.terms.embargo && *thing.terms.embargo > noon.now();
    auto const is_in = [](auto const& list, auto const& one) { return std::ranges::count(list, one) > 0; };
    if (to_whom.kind == Recipient::Kind::team) {
        auto const& who = to_whom.principal;
        if (!who.feeds.empty() || who.role == access::Role::constituent) return false;
        return tlp != Tlp::red || who.role != access::Role::viewer ||
               (who.account && is_in(thing.named_accounts, who.account));
    }
    if (thing.terms.recalled == Recalled::withdrawn) return false;
    if (to_whom.kind == Recipient::Kind::open)
        return tlp == Tlp::clear && !thing.is_for_the_concerned_only && !future && !thing.terms.originator_control &&
               !thing.terms.group &&
               (!thing.marking.pap || *thing.marking.pap == Pap::clear || *thing.marking.pap == Pap::green);
    if (to_whom.kind == Recipient::Kind::peer && static_cast<int>(tlp) > static_cast<int>(to_whom.clearance))
        return false;
    OrganisationId const it = to_whom.organisation;
    bool const known = it.value != 0;
    bool const named = known && is_in(thing.named_organisations, it);
    bool const own = known && is_in(thing.concerns, it);
    bool above = false, below = false;
    for (auto const concerned : thing.concerns) {
        above = above || (known && is_within(concerned, it));
        below = below || (known && is_within(it, concerned));
    }
    std::map<Tlp, bool> const reaches{
        {Tlp::clear, own || above || !thing.is_for_the_concerned_only},
        {Tlp::green, own || above || !thing.is_for_the_concerned_only},
        {Tlp::amber, own || above || (below && !thing.is_for_the_concerned_only)},
        {Tlp::amber_strict, own},
        {Tlp::red, false},
    };
    if (named || (known && thing.terms.originator == it)) return true;
    if (future || thing.terms.originator_control) return false;
    if (thing.terms.group) return known && is_member(thing.terms.group, it) && tlp != Tlp::red;
    bool const given_to_peer = to_whom.kind == Recipient::Kind::peer && !thing.is_for_the_concerned_only &&
                               !thing.terms.originator && tlp == Tlp::amber;
    return given_to_peer || reaches.at(tlp);
}

TEST(Decide, SaysTheSameAsTheRulesStatedNaively) {
    Dice dice{Random(20261123)};
    int allowed = 0;
    for (int i = 0; i < 100'000; ++i) {
        auto const thing = dice.thing();
        auto const recipient = dice.recipient();
        Reason const reason = decide(thing, recipient, world);
        ASSERT_EQ(allows(reason), naive(thing, recipient))
            << label_of(thing.marking) << " to " << recipient.reference() << ": " << words_of(reason);
        allowed += allows(reason) ? 1 : 0;
    }
    EXPECT_GT(allowed, 20'000);
    EXPECT_LT(allowed, 80'000);
}

TEST(Decide, AStricterMarkingNeverReachesMore) {
    Dice dice{Random(7)};
    for (int i = 0; i < 20'000; ++i) {
        auto thing = dice.thing();
        auto const recipient = dice.recipient();
        bool before = true;
        for (auto const tlp : {Tlp::clear, Tlp::green, Tlp::amber, Tlp::amber_strict, Tlp::red}) {
            thing.marking.tlp = tlp;
            bool const now = allows(decide(thing, recipient, world));
            ASSERT_TRUE(before || !now) << label_of(thing.marking) << " to " << recipient.reference();
            before = now;
        }
    }
}

TEST(Reach, SaysForEachRelationWhatTheDecisionWouldSay) {
    Dice dice{Random(11)};
    for (int i = 0; i < 50'000; ++i) {
        auto thing = dice.thing();
        auto const recipient = dice.recipient();
        Reason const reason = decide(thing, recipient, world);
        auto relation = Relation::none;
        auto const mine = recipient.organisation;
        for (auto const concerned : thing.concerns) {
            if (!mine) break;
            if (concerned == mine) {
                relation = Relation::own;
            } else if (is_within(concerned, mine)) {
                relation = std::max(relation, Relation::above);
            } else if (is_within(mine, concerned)) {
                relation = std::max(relation, Relation::below);
            }
        }
        thing.concerns.clear();
        ASSERT_EQ(reach(thing, recipient, world).at(relation), allows(reason))
            << label_of(thing.marking) << " to " << recipient.reference() << ": " << words_of(reason);
    }
}

TEST(Terms, HoldBackWhatTheMarkingWouldLetGo) {
    auto thing = advisory(Tlp::green);
    thing.terms.group = banks;
    EXPECT_EQ(to(bank, thing), Reason::is_member);
    EXPECT_EQ(to(shop, thing), Reason::not_member);
    thing.terms = {.embargo = noon.now() + std::chrono::seconds(1)};
    EXPECT_EQ(to(bank, thing), Reason::embargoed);
    thing.terms.embargo = noon.now();
    EXPECT_EQ(to(bank, thing), Reason::is_community);
    thing.terms = {.originator = bank, .originator_control = true};
    EXPECT_EQ(to(bank, thing), Reason::is_originator);
    EXPECT_EQ(to(ministry, thing), Reason::originator_holds);
    EXPECT_EQ(decide(thing, Recipient::team(member(access::Role::viewer)), world), Reason::is_team);
    thing.named_organisations = {shop};
    EXPECT_EQ(to(shop, thing), Reason::is_named);
}

TEST(Terms, WhatWasWithdrawnLeavesToNobodyOutsideTheTeam) {
    auto thing = advisory(Tlp::clear);
    thing.terms = {.originator = bank, .recalled = Recalled::withdrawn};
    thing.named_organisations = {shop};
    for (auto const organisation : {bank, shop, ministry}) {
        EXPECT_EQ(to(organisation, thing), Reason::withdrawn);
        auto const peer = Recipient::peer(organisation, "peer", Tlp::red);
        EXPECT_EQ(decide(thing, peer, world), Reason::withdrawn);
        EXPECT_TRUE(reach(thing, peer, world).nowhere());
    }
    EXPECT_EQ(decide(thing, Recipient::everyone(), world), Reason::withdrawn);
    EXPECT_EQ(decide(thing, Recipient::team(member(access::Role::viewer)), world), Reason::is_team);
}

TEST(Terms, OfAPeerWhatIsOursGoesToItsClearanceWhatIsOthersDoesNot) {
    auto thing = advisory(Tlp::amber);
    auto const north = Recipient::peer(shop, "north", Tlp::amber);
    EXPECT_EQ(decide(thing, north, world), Reason::is_cleared);
    thing.terms.originator = ministry;
    EXPECT_EQ(decide(thing, north, world), Reason::not_concerned);
}

TEST(Terms, OfTwoBindAsBothDo) {
    Terms const group{.group = banks}, other{.group = everybody};
    EXPECT_EQ(stricter(group, {}), group);
    EXPECT_TRUE(stricter(group, other).originator_control) << "no recipient can be sure to be in both";
    EXPECT_EQ(*stricter({.embargo = noon.now()}, {}).embargo, noon.now());
}

TEST(Reasons, HaveNamesAndWords) {
    for (int i = 0; i <= static_cast<int>(Reason::nothing_left); ++i) {
        EXPECT_FALSE(name_of(static_cast<Reason>(i)).empty());
        EXPECT_TRUE(words_of(static_cast<Reason>(i)).ends_with('.'));
    }
}

}  // namespace
}  // namespace tocsin::gate
