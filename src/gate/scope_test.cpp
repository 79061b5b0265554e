#include "gate/test_world.hpp"

#include <gtest/gtest.h>

namespace tocsin::gate {
namespace {

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

}  // namespace
}  // namespace tocsin::gate
