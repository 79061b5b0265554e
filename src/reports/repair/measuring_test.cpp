#include "reports/repair/measuring.hpp"

#include "reports/repair/moved.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tocsin::reports {
namespace {

Timestamp day(int number, int hour = 10) {
    return Timestamp::from_seconds(std::int64_t{20'000 + number} * 86'400 + hour * 3600);
}

events::Finding finding(std::string id, int first, int last, std::optional<int> repaired = {},
                        std::int64_t organisation = 1) {
    events::Finding one;
    one.id = std::move(id);
    one.type = "phishing";
    one.organisation = organisation;
    one.first_seen = day(first);
    one.last_seen = day(last);
    if (repaired) {
        one.repaired = day(*repaired, 0);
        one.state = events::FindingState::repaired;
    }
    return one;
}

TEST(CourseOf, CountsDaysFromFirstSeenToTheFirstRoundWithout) {
    auto const gone = course_of(finding("a", 3, 6, 7), std::nullopt);
    EXPECT_TRUE(gone.is_repaired);
    EXPECT_EQ(gone.days, 4);
    EXPECT_FALSE(gone.told_on);
    auto const there = course_of(finding("b", 3, 6), std::nullopt);
    EXPECT_FALSE(there.is_repaired);
    EXPECT_EQ(there.days, 3);
    EXPECT_EQ(there.standing, Standing::open);
}

TEST(CourseOf, LookingAgainIsADayOnWhichItWasSeenAndARepairOfItsOwn) {
    auto const open = course_of(finding("a", 3, 6), std::nullopt, events::LastVerdict{true, day(9)});
    EXPECT_TRUE(open.is_found_open);
    EXPECT_EQ(open.days, 6) << "followed to the day it was found";
    auto const closed = course_of(finding("b", 3, 6, 7), std::nullopt, events::LastVerdict{false, day(7, 0)});
    EXPECT_TRUE(closed.is_found_closed);
    auto const by_feed = course_of(finding("c", 3, 6, 7), std::nullopt, events::LastVerdict{false, day(12)});
    EXPECT_FALSE(by_feed.is_found_closed) << "its feed told first";
    auto const later = course_of(finding("d", 3, 20, 21), std::nullopt, events::LastVerdict{false, day(7)});
    EXPECT_FALSE(later.is_found_closed) << "it was back, and its feed told the second time";
    auto const gone = course_of(finding("e", 3, 6, 7), std::nullopt, events::LastVerdict{true, day(5)});
    EXPECT_FALSE(gone.is_found_open);
}

TEST(CourseOf, AWarningAfterTheRepairIsNone) {
    EXPECT_EQ(course_of(finding("a", 3, 6, 7), day(5)).told_on, 2);
    EXPECT_EQ(course_of(finding("a", 3, 6, 7), day(6, 23)).told_on, 3);
    EXPECT_EQ(course_of(finding("a", 3, 6, 7), day(7, 9)).told_on, std::nullopt);
    EXPECT_EQ(course_of(finding("a", 3, 6), day(7)).told_on, std::nullopt);  // not seen since
}

TEST(CourseOf, StandingsAreTheFirstThatIsTrue) {
    auto one = finding("a", 1, 5);
    EXPECT_EQ(course_of(one, day(2)).standing, Standing::silent);
    one.said = events::Saying::seen;
    EXPECT_EQ(course_of(one, day(2)).standing, Standing::open);
    one.said = events::Saying::not_ours;
    EXPECT_EQ(course_of(one, day(2)).standing, Standing::disputed);
    one.state = events::FindingState::back;
    EXPECT_EQ(course_of(one, day(2)).standing, Standing::disputed);
    one.said.reset();
    EXPECT_EQ(course_of(one, day(2)).standing, Standing::back);
    one.state = events::FindingState::false_positive;
    EXPECT_EQ(course_of(one, day(2)).standing, Standing::ruled_out);
}

struct Simple {
    int first, lasts, told, organisation;
    bool is_repaired, is_ruled_out;
};

/// Every finding by itself, without a histogram, and one group at a time.
double naive_share_standing(std::vector<Simple> const& all, int organisation, int day_asked) {
    double share = 1;
    for (int at = 0; at <= day_asked; ++at) {
        double risk = 0, gone = 0;
        for (auto const& one : all) {
            if (one.organisation != organisation || one.is_ruled_out) continue;
            risk += one.lasts >= at;
            gone += one.lasts == at && one.is_repaired;
        }
        if (gone > 0) share *= 1 - gone / risk;
    }
    return share;
}

TEST(Measuring, EqualsCountingEachGroupByItself) {
    EXPECT_TRUE(rc::check([] {
        auto const all = *rc::gen::container<std::vector<Simple>>(rc::gen::apply(
            [](int first, int lasts, int told, int organisation, bool is_repaired, bool is_out) {
                return Simple{first, is_repaired ? lasts + 1 : lasts, told, organisation, is_repaired, is_out};
            },
            rc::gen::inRange(0, 20), rc::gen::inRange(0, 25), rc::gen::inRange(-10, 30), rc::gen::inRange(1, 4),
            rc::gen::arbitrary<bool>(), rc::gen::weightedElement<bool>({{9, false}, {1, true}})));
        Owners const owners{{1, {"A", "energy"}}, {2, {"B", "energy"}}, {3, {"C", "health"}}};
        FirstTold told;
        RepairRequest const request{.filter = {}, .by = Dimension::organisation, .with_warnings = true};
        int number = 0;
        std::vector<events::Finding> findings;
        for (auto const& one : all) {
            auto const last = one.is_repaired ? one.first + one.lasts - 1 : one.first + one.lasts;
            auto made =
                finding(std::to_string(number++), one.first, last,
                        one.is_repaired ? std::optional(one.first + one.lasts) : std::nullopt, one.organisation);
            if (one.is_ruled_out) made.state = events::FindingState::false_positive;
            if (one.told >= 0) told.emplace(made.id, day(one.first + one.told, 12));
            findings.push_back(std::move(made));
        }
        Measuring measuring(request, owners, told);
        for (auto const& one : findings) measuring.count(one);
        auto const picture = measuring.picture();
        RC_ASSERT(picture.whole.findings == std::ssize(all));
        std::int64_t sum = 0;
        for (auto const& group : picture.groups) {
            sum += group.findings;
            auto const organisation = static_cast<int>(*parse_int(group.key));
            RC_ASSERT(group.name == owners.at(organisation).name);
            for (auto const& step : group.curve.steps)
                RC_ASSERT(std::abs(step.standing - naive_share_standing(all, organisation, step.day)) < 1e-9);
            // Warned and not warned share out the repairs: each is counted once.
            RC_ASSERT(group.warnings->not_warned.gone + group.warnings->warned.gone == group.curve.gone);
            RC_ASSERT(group.warnings->since.gone == group.warnings->warned.gone);
        }
        RC_ASSERT(sum == picture.whole.findings);
    }));
}

TEST(Measuring, WhoIsWarnedLateIsNotHeldToHaveLivedForIt) {
    // All are repaired ten days after they are seen; half of them are warned on the ninth day. Warnings did nothing.
    Owners const owners;
    FirstTold told;
    RepairRequest const request;
    Measuring measuring(request, owners, told);
    std::vector<events::Finding> findings;
    for (int i = 0; i < 100; ++i) {
        findings.push_back(finding(std::to_string(i), 0, 9, 10));
        if (i % 2 == 0) told.emplace(findings.back().id, day(9));
    }
    for (auto const& one : findings) measuring.count(one);
    auto const picture = measuring.picture();
    EXPECT_NEAR(picture.whole.warnings->test.chi_square, 0, 1e-9);
    EXPECT_EQ(picture.whole.warnings->since.median()->days, 1);
    EXPECT_EQ(picture.whole.curve.median()->days, 10);
}

TEST(Measuring, AWarningThatWorksIsSeen) {
    Owners const owners;
    FirstTold told;
    RepairRequest const request;
    Measuring measuring(request, owners, told);
    for (int i = 0; i < 400; ++i) {
        bool const is_warned = i % 2 == 0;
        auto const one = is_warned ? finding(std::to_string(i), 0, 2 + i % 7, 3 + i % 7)
                                   : finding(std::to_string(i), 0, 40, i % 4 == 1 ? std::optional(41) : std::nullopt);
        if (is_warned) told.emplace(one.id, day(1));
        measuring.count(one);
    }
    auto const whole = measuring.picture().whole;
    EXPECT_LT(whole.warnings->test.p, 1e-6);
    EXPECT_GT(whole.warnings->test.ratio->low, 1);
    ASSERT_TRUE(whole.worth);
    EXPECT_EQ(whole.worth->warned, 200);
    EXPECT_NEAR(whole.worth->won.value, 200, 1e-9);
}

TEST(Measuring, ARuleIsHeldAgainstFindingsOfTheSameSort) {
    // Of "quick", four in five are gone on the fifth day, warned or not; of "slow" one in ten, and half when warned.
    Owners const owners;
    FirstTold told;
    std::map<std::string, std::string> rules;
    std::vector<events::Finding> findings;
    int number = 0;
    auto const add = [&](std::string identifier, std::string rule, int gone, int of) {
        for (int i = 0; i < of; ++i) {
            auto one = i < gone ? finding(std::to_string(++number), 0, 4, 5) : finding(std::to_string(++number), 0, 60);
            one.identifier = identifier;
            if (!rule.empty()) {
                told.emplace(one.id, day(0));
                rules.emplace(one.id, rule);
            }
            findings.push_back(one);
        }
    };
    add("quick", "", 400, 500);
    add("quick", "of what goes by itself", 160, 200);
    add("slow", "", 50, 500);
    add("slow", "of what stays", 100, 200);
    add("unheard", "of what is always told", 10, 20);
    RepairRequest const request{.filter = {}, .by = Dimension::rule, .with_warnings = true};
    Measuring measuring(request, owners, told, [&](events::Finding const& one) {
        auto const found = rules.find(one.id);
        return found == rules.end() ? std::string_view() : std::string_view(found->second);
    });
    for (auto const& one : findings) measuring.count(one);
    auto const picture = measuring.picture();
    std::map<std::string, RepairGroup const*> groups;
    for (auto const& one : picture.groups) groups[one.key] = &one;
    ASSERT_EQ(groups.size(), 3U) << "what nobody was told of is in no group";
    auto const& vain = *groups["of what goes by itself"];
    EXPECT_EQ(vain.findings, 200);
    ASSERT_TRUE(vain.worth);
    EXPECT_NEAR(vain.worth->won.value, 0, 1e-9);
    EXPECT_LT(vain.worth->won.low, 0);
    auto const& good = *groups["of what stays"];
    ASSERT_TRUE(good.worth);
    EXPECT_NEAR(good.worth->without.value, 0.1, 1e-9);
    EXPECT_NEAR(good.worth->won.value, 80, 1e-6);
    EXPECT_GT(good.worth->won.low, 50);
    EXPECT_FALSE(groups["of what is always told"]->worth) << "nothing to hold it against";
}

TEST(Measuring, AMillionFindingsTakeABlink) {
    Owners owners;
    for (int i = 1; i <= 1000; ++i) owners.emplace(i, Owner{"Organisation", i % 2 == 0 ? "energy" : "health"});
    FirstTold const told;
    RepairRequest const request{.filter = {}, .by = Dimension::organisation};
    Measuring measuring(request, owners, told);
    auto one = finding("2001db8-7f-4d2-aaaa", 0, 5, 6);
    for (int i = 0; i < 1'000'000; ++i) {
        one.organisation = 1 + i % 1000;
        one.last_seen = day(i % 90);
        one.repaired = day(i % 90 + 1, 0);
        measuring.count(one);
    }
    auto const picture = measuring.picture();
    EXPECT_EQ(picture.whole.findings, 1'000'000);
    EXPECT_EQ(picture.groups.size(), 50U);
    EXPECT_EQ(picture.more_groups, 950);
}

TEST(AddressesHeld, ASmallerNetworkCountsForItsOwnHolderOnly) {
    auto const net = [](std::string_view text) { return *parse_prefix(text); };
    auto const held = addresses_held({{net("198.51.100.0/24"), 1},
                                      {net("198.51.100.0/28"), 2},
                                      {net("198.51.100.128/25"), 3},
                                      {net("198.51.100.192/26"), 1},
                                      {net("203.0.113.0/24"), 4},
                                      {net("203.0.113.0/24"), 5},
                                      {net("203.0.113.0/24"), 5},
                                      {net("2001:db8::/32"), 1}});
    EXPECT_EQ(held.at(1), 256 - 16 - 128 + 64);
    EXPECT_EQ(held.at(2), 16);
    EXPECT_EQ(held.at(3), 128 - 64);
    EXPECT_EQ(held.at(4), 256);  // claimed by both
    EXPECT_EQ(held.at(5), 256);
}

TEST(NetworksHeld, CountIpv6InTheSameWay) {
    auto const net = [](std::string_view text) { return *parse_prefix(text); };
    auto const held = networks_held_v6({{net("2001:db8::/32"), 1},
                                        {net("2001:db8:1::/48"), 2},
                                        {net("2001:db8:1:100::/56"), 3},
                                        {net("2001:db8:2::/64"), 4},
                                        {net("2001:db8:2::1/128"), 5},  // a host is no network
                                        {net("198.51.100.0/24"), 1},
                                        {net("0.0.0.0/0"), 1}});
    EXPECT_EQ(held.at(1), (std::int64_t{1} << 32) - 65'536 - 1);
    EXPECT_EQ(held.at(2), 65'536 - 256);
    EXPECT_EQ(held.at(3), 256);
    EXPECT_EQ(held.at(4), 1);
    EXPECT_FALSE(held.contains(5));
}

TEST(Moving, FindsADeviceOnItsNextAddressAndNoSharedValue) {
    Moving moving;
    auto const a = *parse_ip("192.0.2.1"), b = *parse_ip("192.0.2.2"), c = *parse_ip("192.0.2.3");
    Device const camera{"extra.device_serial", "SN-4711"}, made_so{"extra.sha1_fingerprint", "5C:C5:E9"};
    moving.see(camera, {b, day(5), "f2"}, "open-rtsp");
    moving.see(camera, {a, day(1), "f1"}, "open-rtsp");
    moving.see(camera, {a, day(3), "f1"}, "open-rtsp");
    moving.see(camera, {c, day(9), "f3"}, "open-rtsp");
    moving.see(camera, {c, day(2), "x"}, "open-telnet");  // another sort: not compared
    moving.see(made_so, {a, day(1), "f4"}, "open-ssl");
    moving.see(made_so, {b, day(2), "f5"}, "open-ssl");
    moving.see(made_so, {a, day(3), "f4"}, "open-ssl");  // on both at once
    auto const moves = moving.moves();
    ASSERT_EQ(moves.size(), 2U);
    EXPECT_EQ(moves[0].after, c);
    EXPECT_EQ(moves[1].before, a);
    EXPECT_EQ(moves[1].after, b);
    EXPECT_EQ(moves[1].last_before, day(3));
    EXPECT_EQ(moves[1].finding_before, "f1");
    EXPECT_EQ(moves[1].finding_after, "f2");
}

TEST(DeviceOf, ReadsOnlyWhatNamesADevice) {
    EXPECT_FALSE(device_of(R"({"source.ip":"192.0.2.1","extra.tag":"\"extra.device_serial\":\"X9999\""})"));
    EXPECT_FALSE(device_of(R"({"extra.mac_address":"00:00:00:00:00:00"})"));
    auto const found =
        device_of(R"({"extra.note":"a\"b","extra.mac_address":"00:00:5e:00:53:01","source.account":"anna@a.example"})");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->identifier, "extra.mac_address");
    EXPECT_EQ(found->value, "00:00:5e:00:53:01");
}

}  // namespace
}  // namespace tocsin::reports
