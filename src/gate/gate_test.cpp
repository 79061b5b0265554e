#include "gate/gate.hpp"

#include "gate/disclosures.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <map>

namespace tocsin::gate {
namespace {

/// A thing to clear: a list of lines, each about one organisation.
struct Letter {
    Particulars about;
    std::vector<Particulars> lines;
};
struct Note {
    Particulars about;
};
/// Things that are read many at once: for the concerned only, and meant for many.
struct Sighting {};
struct Advice {};
/// A thing whose contents go into the log.
struct Parcel {
    Note note;
    std::string list;
};

}  // namespace

template <>
struct About<Letter> {
    static Particulars of(Letter const& letter) { return letter.about; }
    static std::vector<Particulars> parts(Letter const& letter) { return letter.lines; }
    static Letter without(Letter letter, std::span<std::size_t const> gone) {
        for (std::size_t i = gone.size(); i > 0; --i)
            letter.lines.erase(letter.lines.begin() + static_cast<std::ptrdiff_t>(gone[i - 1]));
        return letter;
    }
};
template <>
struct About<Parcel> {
    static Particulars of(Parcel const& parcel) { return parcel.note.about; }
    static std::string contents(Parcel const& parcel) { return parcel.list; }
};
template <>
struct About<Note> {
    static Particulars of(Note const& note) { return note.about; }
};
template <>
struct About<Sighting> {
    static Particulars kind() { return {.kind = "sighting"}; }
    static Particulars of(Sighting const&) { return kind(); }
};
template <>
struct About<Advice> {
    static Particulars kind() { return {.kind = "advice", .is_for_the_concerned_only = false}; }
    static Particulars of(Advice const&) { return kind(); }
};

namespace {

constexpr OrganisationId ministry{1}, bank{2}, branch{3}, shop{4};

/// The ministry is above the bank, the bank above its branch; the shop stands alone.
bool is_within(OrganisationId below, OrganisationId above) {
    std::map<OrganisationId, OrganisationId> const parent{{branch, bank}, {bank, ministry}};
    for (OrganisationId at = below; at;) {
        if (at == above) return true;
        auto const next = parent.find(at);
        at = next == parent.end() ? OrganisationId() : next->second;
    }
    return false;
}

constexpr SharingGroupId banks{1}, everybody{2};
bool is_member(SharingGroupId group, OrganisationId organisation) {
    return group == everybody || (group == banks && (organisation == bank || organisation == branch));
}
FixedClock const noon(*parse_timestamp("2026-11-26T12:00:00Z"));
World const world{.is_within = is_within, .is_member = is_member, .clock = &noon};

Particulars finding(Tlp tlp, std::vector<OrganisationId> concerns) {
    return {.kind = "finding", .id = "7", .marking = {tlp}, .concerns = std::move(concerns)};
}
Particulars advisory(Tlp tlp, std::vector<OrganisationId> concerns = {}) {
    return {.kind = "advisory",
            .id = "7",
            .marking = {tlp},
            .concerns = std::move(concerns),
            .is_for_the_concerned_only = false};
}
access::Principal member(access::Role role, std::int64_t account = 5) {
    access::Principal principal;
    principal.who = fmt::format("account:{}", account);
    principal.role = role;
    principal.via = access::Via::session;
    principal.account = {account};
    return principal;
}
Reason to(OrganisationId organisation, Particulars const& thing) {
    return decide(thing, Recipient::constituent(organisation, "x"), world);
}

// Markings

TEST(Marking, IsReadInTheFormsPeopleWrite) {
    for (auto const* text : {"TLP:AMBER+STRICT", "tlp:amber+strict", "AMBER+STRICT", "amber-strict",
                             "TLP: AMBER STRICT", " amber_strict "})
        EXPECT_EQ(*parse_tlp(text), Tlp::amber_strict) << text;
    EXPECT_EQ(*parse_tlp("TLP:WHITE"), Tlp::clear);
    EXPECT_EQ(*parse_pap("pap:white"), Pap::clear);
    for (auto const* text : {"", "TLP:", "TLP:BLUE", "TLP:TLP:RED", "AMBERSTRICT", "RED GREEN", "TLP:RED\n"})
        if (std::string_view(text) != "TLP:RED\n") EXPECT_EQ(parse_tlp(text).error().code, Code::invalid) << text;
    EXPECT_EQ(*parse_marking("PAP:RED, TLP:GREEN"), (Marking{Tlp::green, Pap::red}));
    for (auto const* text : {"", "PAP:RED", "TLP:RED TLP:GREEN", "TLP:RED PAP:RED PAP:RED"})
        EXPECT_FALSE(parse_marking(text)) << text;
}

TEST(Marking, IsReadBackAsItIsWritten) {
    for (int tlp = 0; tlp <= 4; ++tlp)
        for (int pap = -1; pap <= 3; ++pap) {
            Marking const marking{static_cast<Tlp>(tlp), pap < 0 ? std::nullopt : std::optional(static_cast<Pap>(pap))};
            EXPECT_EQ(*parse_marking(label_of(marking)), marking);
            EXPECT_EQ(*parse_tlp(name_of(marking.tlp)), marking.tlp);
        }
}

TEST(Marking, OfTwoIsTheStricterOfEach) {
    EXPECT_EQ(stricter({Tlp::green, Pap::red}, {Tlp::amber, {}}), (Marking{Tlp::amber, Pap::red}));
    std::vector<Marking> all;
    for (int tlp = 0; tlp <= 4; ++tlp)
        for (int pap = -1; pap <= 3; ++pap)
            all.push_back({static_cast<Tlp>(tlp), pap < 0 ? std::nullopt : std::optional(static_cast<Pap>(pap))});
    for (auto const& a : all)
        for (auto const& b : all) {
            EXPECT_EQ(stricter(a, b), stricter(b, a));
            for (auto const& c : all) EXPECT_EQ(stricter(stricter(a, b), c), stricter(a, stricter(b, c)));
        }
}

// The decision, by example

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

struct Dice {
    Random random;
    Particulars thing() {
        Particulars made{.kind = "thing",
                         .id = "1",
                         .marking = {static_cast<Tlp>(random.below(5))},
                         .concerns = {},
                         .is_for_the_concerned_only = random.chance(0.5)};
        if (random.chance(0.2)) made.terms.group = {static_cast<std::int64_t>(random.below(2)) + 1};
        if (random.chance(0.2)) made.terms.originator = {static_cast<std::int64_t>(random.below(4)) + 1};
        if (random.chance(0.1)) made.terms.originator_control = true;
        if (random.chance(0.2)) made.terms.recalled = static_cast<Recalled>(random.below(3));
        if (random.chance(0.2)) made.terms.embargo = noon.now() + std::chrono::hours(random.chance(0.5) ? 1 : -1);
        if (random.chance(0.5)) made.marking.pap = static_cast<Pap>(random.below(4));
        for (std::int64_t id = 1; id <= 4; ++id) {
            if (random.chance(0.3)) made.concerns.push_back({id});
            if (random.chance(0.1)) made.named_organisations.push_back({id});
            if (random.chance(0.2)) made.named_accounts.push_back({id});
        }
        return made;
    }
    Recipient recipient() {
        OrganisationId const organisation{static_cast<std::int64_t>(random.below(5))};
        switch (random.below(4)) {
            case 0: {
                auto who =
                    member(static_cast<access::Role>(random.below(4)), static_cast<std::int64_t>(random.below(5)));
                if (random.chance(0.2)) who.feeds = {"a/b"};
                return Recipient::team(who);
            }
            case 1:
                return Recipient::constituent(organisation, "organisation");
            case 2:
                return Recipient::peer(organisation, "peer", static_cast<Tlp>(random.below(5)));
            default:
                return Recipient::everyone();
        }
    }
};

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

// Cleared<T>

TEST(Gate, ClearsAThingWithItsRecipientAndMarking) {
    Gate const gate(is_within);
    auto const cleared = gate.clear(Note{finding(Tlp::amber, {bank})}, Recipient::constituent(bank, "First Bank"));
    ASSERT_TRUE(cleared);
    EXPECT_EQ((*cleared)->about.id, "7");
    EXPECT_EQ(cleared->recipient().reference(), "organisation:2");
    EXPECT_EQ(cleared->marking().tlp, Tlp::amber);
    auto const refused = gate.clear(Note{finding(Tlp::amber, {bank})}, Recipient::constituent(shop, "Shop"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::denied);
    EXPECT_EQ(refused.error().message,
              "finding 7 (TLP:AMBER) may not go to organisation:4: It is about somebody else.");
}

TEST(Gate, LeavesOutThePartsThatAreNotForTheRecipient) {
    Gate const gate(is_within);
    auto const line = [](std::string id, Tlp tlp, OrganisationId about) {
        auto part = finding(tlp, {about});
        part.id = std::move(id);
        return part;
    };
    Letter const letter{finding(Tlp::green, {bank}),
                        {line("a", Tlp::green, bank), line("b", Tlp::amber, shop), line("c", Tlp::amber, branch),
                         line("d", Tlp::red, bank)}};
    auto const cleared = gate.clear(letter, Recipient::constituent(bank, "First Bank"));
    ASSERT_TRUE(cleared);
    ASSERT_EQ((*cleared)->lines.size(), 2U);
    EXPECT_EQ((*cleared)->lines[1].id, "c");
    EXPECT_EQ(cleared->marking().tlp, Tlp::amber) << "the strictest that stays";
    ASSERT_EQ(cleared->decision().removed.size(), 2U);
    EXPECT_EQ(cleared->decision().removed[0].id, "b");
    EXPECT_EQ(cleared->decision().removed[1].reason, Reason::not_named);
    Letter const others{finding(Tlp::green, {bank}), {line("b", Tlp::amber, shop)}};
    EXPECT_EQ(gate.explain(others, Recipient::constituent(bank, "First Bank")).reason, Reason::nothing_left);
}

TEST(Gate, SiftsManyAtOnce) {
    Gate const gate(is_within);
    auto const sifted = gate.sift(std::vector{Note{finding(Tlp::amber, {bank})}, Note{finding(Tlp::amber, {shop})}},
                                  Recipient::constituent(bank, "First Bank"));
    EXPECT_EQ(sifted.cleared.size(), 1U);
    ASSERT_EQ(sifted.removed.size(), 1U);
    EXPECT_EQ(sifted.removed[0].reason, Reason::not_concerned);
}

// Scopes

Kin kin_of(OrganisationId organisation) {
    Kin kin;
    for (auto const other : {ministry, bank, branch, shop}) {
        if (other == organisation) continue;
        if (is_within(other, organisation)) kin.below.push_back(other);
        if (is_within(organisation, other)) kin.above.push_back(other);
    }
    return kin;
}
World world_with(KinOf kin) {
    World made = world;
    made.kin_of = std::move(kin);
    return made;
}

template <class T>
void expect_what_the_decision_says(Gate const& gate, Recipient const& recipient) {
    auto const scope = gate.scope<T>(recipient);
    bool everything = true, nothing = true;
    for (auto const tlp : {Tlp::clear, Tlp::green, Tlp::amber, Tlp::amber_strict, Tlp::red})
        for (std::int64_t id = 0; id <= 5; ++id) {
            Particulars one = About<T>::kind();
            one.marking.tlp = tlp;
            if (id != 0) one.concerns = {{id}};
            bool const may = allows(decide(one, recipient, world));
            ASSERT_EQ(scope.includes(tlp, {id}), may)
                << one.kind << " " << label_of(tlp) << " of " << id << " to " << recipient.reference();
            everything = everything && may;
            nothing = nothing && !may;
        }
    EXPECT_EQ(scope.is_nothing(), nothing);
    EXPECT_EQ(scope.is_everything(), everything);
}

TEST(Scope, HoldsWhatTheDecisionAllowsAndNothingElse) {
    Gate const gate(world_with(kin_of));
    Dice dice{Random(23)};
    for (int i = 0; i < 3'000; ++i) {
        auto const recipient = dice.recipient();
        expect_what_the_decision_says<Sighting>(gate, recipient);
        expect_what_the_decision_says<Advice>(gate, recipient);
    }
}

TEST(Scope, OfTheTeamHidesRedFromViewersAndNothingFromAnalysts) {
    Gate const gate(world_with(kin_of));
    EXPECT_TRUE(gate.scope<Sighting>(Recipient::team(member(access::Role::analyst))).is_everything());
    auto const viewer = gate.scope<Sighting>(Recipient::team(member(access::Role::viewer)));
    EXPECT_FALSE(viewer.is_everything());
    EXPECT_EQ(viewer.strictest(), Tlp::amber_strict);
    EXPECT_TRUE(viewer.whose(Tlp::amber_strict).is_everybody());
    EXPECT_TRUE(viewer.whose(Tlp::red).is_nobody());
    auto pusher = member(access::Role::administrator);
    pusher.feeds = {"a/b"};
    EXPECT_TRUE(gate.scope<Sighting>(Recipient::team(pusher)).is_nothing());
    EXPECT_TRUE(gate.scope<Sighting>(Recipient::everyone()).is_nothing());
    EXPECT_FALSE(gate.scope<Sighting>(Recipient::team(member(access::Role::analyst))).shows_as_much_as(viewer));
}

TEST(Scope, OfAnOrganisationIsItsOwnAndWhatIsBelowIt) {
    Gate const gate(world_with(kin_of));
    auto const scope = gate.scope<Sighting>(Recipient::constituent(bank, "First Bank"));
    EXPECT_EQ(scope.whose(Tlp::amber), (Whose{.listed = {bank, branch}}));
    EXPECT_EQ(scope.whose(Tlp::amber_strict), (Whose{.listed = {bank}}));
    EXPECT_TRUE(scope.whose(Tlp::red).is_nobody());
    EXPECT_FALSE(scope.includes(Tlp::clear, OrganisationId())) << "what is nobody's is not the bank's";
}

TEST(Scope, IsNeverWiderThanTheDecisionWhateverTheListsSay) {
    auto const boastful = [](OrganisationId) {
        return Kin{.above = {ministry, shop}, .below = {ministry, bank, branch, shop}};
    };
    auto const scope = Gate(world_with(boastful)).scope<Sighting>(Recipient::constituent(bank, "First Bank"));
    EXPECT_EQ(scope.whose(Tlp::amber), (Whose{.listed = {bank, branch}}));
    auto const silent = Gate(world).scope<Sighting>(Recipient::constituent(bank, "First Bank"));
    EXPECT_EQ(silent.whose(Tlp::amber), (Whose{.listed = {bank}})) << "without a list only what is its own";
}

// Sharing groups and the disclosure log

struct DisclosureTest : testing::Test {
    std::filesystem::path folder = std::filesystem::temp_directory_path() / ("tocsin-gate-" + to_hex(secret_bytes(6)));
    std::unique_ptr<store::Ledger> ledger;
    Gate const gate{is_within};
    Timestamp const now = *parse_timestamp("2026-11-23T10:00:00Z");

    DisclosureTest() {
        std::filesystem::create_directories(folder);
        std::vector<store::Migration> all(access::migrations().begin(), access::migrations().end());
        all.insert(all.end(), migrations().begin(), migrations().end());
        ledger = *store::Ledger::open(folder / "ledger", all);
    }
    ~DisclosureTest() override { std::filesystem::remove_all(folder); }

    void disclose(OrganisationId organisation, std::string_view door) {
        auto const cleared =
            *gate.clear(Note{finding(Tlp::amber, {organisation})}, Recipient::constituent(organisation, "x"));
        ASSERT_TRUE(ledger->write(
            [&](store::Transaction& tx) { return Gate::record(tx, access::server_principal(), now, cleared, door); }));
    }
    std::vector<Disclosure> lines(DisclosureFilter const& filter = {}) {
        return *ledger->read([&](store::Transaction& tx) { return disclosures(tx, filter); });
    }
    std::optional<std::int64_t> broken() {
        return *ledger->read([&](store::Transaction& tx) { return verify_disclosures(tx); });
    }
    void tamper(std::string_view sql) {
        ASSERT_TRUE(ledger->write([&](store::Transaction& tx) { return tx.run(sql); }));
    }
};

TEST_F(DisclosureTest, SaysWhatWasGivenToWhomUnderWhichMarkingThroughWhichDoor) {
    disclose(bank, "mail");
    disclose(shop, "mail");
    disclose(bank, "portal");
    auto const to_bank = lines({.recipient = "organisation:2"});
    ASSERT_EQ(to_bank.size(), 2U);
    EXPECT_EQ(to_bank[0].door, "portal");
    EXPECT_EQ(to_bank[0].by, "server");
    EXPECT_EQ(to_bank[0].marking.tlp, Tlp::amber);
    EXPECT_EQ(to_bank[0].at, now);
    EXPECT_EQ(lines({.kind = "finding", .id = "7"}).size(), 3U);
    auto const counted = [&](DisclosureFilter const& filter) {
        return *ledger->read([&](store::Transaction& tx) { return count_disclosures(tx, filter); });
    };
    EXPECT_EQ(counted({.recipient = "organisation:2"}), 2);
    EXPECT_EQ(counted({.recipient = "organisation:9"}), 0);
    EXPECT_EQ(counted({.before = to_bank[0].number, .limit = 1}), 3) << "a page's end is no filter";
    EXPECT_FALSE(broken());
}

TEST_F(DisclosureTest, CanNotBeChangedRemovedOrAddedToUnseen) {
    for (auto const* sql :
         {"UPDATE disclosure SET recipient = 'organisation:9' WHERE number = 2",
          "UPDATE disclosure SET marking = 'TLP:CLEAR' WHERE number = 2", "DELETE FROM disclosure WHERE number = 2",
          "INSERT INTO disclosure SELECT 9, at, who, door, recipient, kind, object, marking, removed, contents "
          "FROM disclosure WHERE number = 2"}) {
        tamper("DELETE FROM disclosure");
        tamper("DELETE FROM audit_entry");
        for (auto const organisation : {bank, shop, bank}) disclose(organisation, "mail");
        ASSERT_FALSE(broken());
        tamper(sql);
        EXPECT_TRUE(broken()) << sql;
    }
}

TEST_F(DisclosureTest, HoldsTheContentsOfAPageAndGuardsThem) {
    auto const cleared = *gate.clear(Parcel{{advisory(Tlp::green)}, "1,2,3"}, Recipient::constituent(bank, "x"));
    ASSERT_TRUE(ledger->write(
        [&](store::Transaction& tx) { return Gate::record(tx, access::server_principal(), now, cleared, "taxii"); }));
    EXPECT_EQ(lines().at(0).contents, "1,2,3");
    EXPECT_FALSE(broken());
    tamper("UPDATE disclosure SET contents = CAST('1,3' AS BLOB)");
    EXPECT_EQ(broken(), std::optional<std::int64_t>(1));
}

TEST_F(DisclosureTest, WhatLeavesInBulkIsOneLineWithItsQueryAndCount) {
    auto const viewer = member(access::Role::viewer);
    auto const scope = gate.scope<Sighting>(Recipient::team(viewer));
    auto const leave = [&](std::int64_t count) {
        ASSERT_TRUE(ledger->write([&](store::Transaction& tx) {
            return Gate::record(tx, viewer, now, scope,
                                {.id = "events.csv",
                                 .query = "address=192.0.2.0/24",
                                 .count = count,
                                 .strictest = Tlp::amber,
                                 .door = "export"});
        }));
    };
    leave(0);
    EXPECT_TRUE(lines().empty()) << "nothing left";
    leave(12);
    auto const line = lines().at(0);
    EXPECT_EQ(line.kind, "export");
    EXPECT_EQ(line.id, "events.csv");
    EXPECT_EQ(line.recipient, "team:account:5");
    EXPECT_EQ(line.marking.tlp, Tlp::amber);
    EXPECT_EQ(line.contents, R"({"of":"sighting","count":12,"query":"address=192.0.2.0/24"})");
    EXPECT_FALSE(broken());
}

TEST_F(DisclosureTest, SharingGroupsKnowTheirMembersAndAreAudited) {
    SharingGroups groups(*ledger, noon);
    auto made = groups.add({.name = "Banks", .members = {bank, branch}}, access::server_principal());
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->uuid.size(), 36U);
    EXPECT_TRUE(groups.is_member(made->id, bank));
    EXPECT_FALSE(groups.is_member(made->id, shop));
    EXPECT_EQ(groups.add({.name = "Banks"}, access::server_principal()).error().code, Code::conflict);
    EXPECT_EQ(groups.add({.name = " "}, access::server_principal()).error().code, Code::invalid);
    made->members = {shop};
    ASSERT_TRUE(groups.change(*made, access::server_principal()));
    EXPECT_TRUE(groups.is_member(made->id, shop));
    EXPECT_FALSE(groups.is_member(made->id, bank));
    EXPECT_EQ(groups.find("banks").error().code, Code::not_found);
    EXPECT_EQ(groups.find("#1")->members, std::vector{shop});
    EXPECT_EQ(groups.find(made->uuid)->name, "Banks");
    auto const entries =
        *ledger->read([](store::Transaction& tx) { return access::audit_entries(tx, {.what = "sharing_group"}); });
    EXPECT_EQ(entries.size(), 2U);
}

TEST_F(DisclosureTest, IsVerifiedAcrossPages) {
    auto const cleared = *gate.clear(Note{finding(Tlp::amber, {bank})}, Recipient::constituent(bank, "x"));
    ASSERT_TRUE(ledger->write([&](store::Transaction& tx) -> Status {
        for (int i = 0; i < 2500; ++i) {
            CHECK(Gate::record(tx, access::server_principal(), now, cleared, "mail"));
            CHECK(access::audit(tx, access::server_principal(), now, {.what = "other.thing"}));
        }
        return {};
    }));
    EXPECT_FALSE(broken());
    tamper("DELETE FROM disclosure WHERE number = 1");
    EXPECT_EQ(broken(), std::optional<std::int64_t>(1));
}

}  // namespace
}  // namespace tocsin::gate
