#include "events/within.hpp"

#include <gtest/gtest.h>

namespace tocsin::events {
namespace {

/// Meant for many, unlike events: only such things are there for all but some.
struct Advice {};

}  // namespace
}  // namespace tocsin::events

template <>
struct tocsin::gate::About<tocsin::events::Advice> {
    static Particulars kind() { return {.kind = "advice", .is_for_the_concerned_only = false}; }
    static Particulars of(tocsin::events::Advice const&) { return kind(); }
};

namespace tocsin::events {
namespace {

using gate::OrganisationId;
using gate::Recipient;
using gate::Tlp;

/// 7 is below 4, and 4 below 2.
gate::Gate const family{
    gate::World{.is_within =
                    [](OrganisationId below, OrganisationId above) {
                        return below == above || (below.value == 7 && (above.value == 4 || above.value == 2)) ||
                               (below.value == 4 && above.value == 2);
                    },
                .kin_of = [](OrganisationId) { return gate::Kin{.above = {{2}, {4}}, .below = {{4}, {7}}}; }}};

Recipient team(access::Role role) {
    access::Principal principal;
    principal.role = role;
    principal.via = access::Via::session;
    principal.account = {1};
    return Recipient::team(principal);
}
std::optional<std::string> condition(Recipient const& recipient) {
    return events_within(family.scope<StoredEvent>(recipient));
}

TEST(Within, NothingIsAskedWhereNothingIsHidden) {
    EXPECT_FALSE(condition(team(access::Role::analyst)));
    EXPECT_EQ(reports_within(family.scope<StoredEvent>(team(access::Role::analyst)), "r"), "");
}

TEST(Within, RedIsLeftOutByOneComparisonOfTheColumnAsItLies) {
    EXPECT_EQ(condition(team(access::Role::viewer)), "((flags < 327680))");
    EXPECT_EQ(reports_within(family.scope<StoredEvent>(team(access::Role::viewer)), "r"),
              " AND coalesce(r.tlp, 5) IN (0,1,2,3,4)");
}

TEST(Within, AnOrganisationHasItsOwnAndWhatIsBelow) {
    EXPECT_EQ(condition(Recipient::constituent({4}, "x")),
              "((flags < 262144 AND organisation IN (4,7)) OR "
              "(flags >= 262144 AND flags < 327680 AND organisation IN (4)))");
    EXPECT_EQ(reports_within(family.scope<StoredEvent>(Recipient::constituent({4}, "x")), "r"), " AND 1 = 0");
}

TEST(Within, WhoMayHaveNothingIsGivenNothing) {
    EXPECT_EQ(condition(Recipient::everyone()), "false");
}

TEST(Within, WhatIsNotToldIsAmberAndWhatIsUnknownIsRed) {
    EXPECT_EQ(marking_of_rank(0), Tlp::amber);
    EXPECT_EQ(marking_of_rank(1), Tlp::clear);
    EXPECT_EQ(marking_of_rank(5), Tlp::red);
    EXPECT_EQ(marking_of_rank(6), Tlp::red);
    // a peer up to GREEN: neither rank 0 nor those from AMBER on
    EXPECT_EQ(condition(Recipient::peer({4}, "x", Tlp::green)),
              "((flags >= 65536 AND flags < 196608 AND organisation IN (4,7)))");
    EXPECT_EQ(marking_of(""), Tlp::amber);
    EXPECT_EQ(marking_of("PURPLE"), Tlp::red);
}

TEST(Within, WhatIsMeantForManyIsForAllWhereItsMarkingAllows) {
    // AMBER that is meant for many goes to clients too: everybody above 4 counts, and 4, and what is below it
    auto const scope = family.scope<Advice>(Recipient::constituent({4}, "x"));
    EXPECT_EQ(events_within(scope),
              "((flags < 65536 AND organisation IN (2,4,7)) OR (flags >= 65536 AND flags < 196608) OR "
              "(flags >= 196608 AND flags < 262144 AND organisation IN (2,4,7)) OR "
              "(flags >= 262144 AND flags < 327680 AND organisation IN (4)))");
}

}  // namespace
}  // namespace tocsin::events
