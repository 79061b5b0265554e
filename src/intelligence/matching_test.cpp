#include "intelligence/matching.hpp"

#include "intelligence/test_store.hpp"

namespace tocsin::intelligence {
namespace {

TEST(FateOf, SaysHowAPatternIsHeldAgainstEvents) {
    EXPECT_EQ(fate_of(bad_address).matching, Matching::by_value);
    EXPECT_EQ(fate_of("[ipv4-addr:value = '198.51.100.7'] OR [domain-name:value = 'evil.example']").matching,
              Matching::by_value);
    auto const whole = fate_of("[network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 4444]");
    EXPECT_EQ(whole.matching, Matching::whole) << (whole.reason ? english(*whole.reason) : "");
    ASSERT_EQ(whole.keys.size(), 1U);
    EXPECT_EQ(whole.keys[0].value, "198.51.100.7");
    EXPECT_EQ(fate_of("[ipv4-addr:value = '198.51.100.7'] START t'2026-01-01T00:00:00Z' STOP t'2027-01-01T00:00:00Z'")
                  .matching,
              Matching::whole);
}

TEST(FateOf, SaysWhyAPatternIsNever) {
    for (auto const pattern :
         {"[ipv4-addr:value = '198.51.100.7'] AND [domain-name:value = 'evil.example']",
          "[ipv4-addr:value = '198.51.100.7'] FOLLOWEDBY [ipv4-addr:value = '198.51.100.8'] WITHIN 60 SECONDS",
          "[ipv4-addr:value = '198.51.100.7'] REPEATS 5 TIMES", "[mutex:name = 'x']", "[url:value LIKE 'http://%']",
          "[network-traffic:dst_port = 4444]", "not a pattern"}) {
        auto const fate = fate_of(pattern);
        EXPECT_EQ(fate.matching, Matching::never) << pattern;
        EXPECT_TRUE(fate.reason) << pattern;
    }
}

TEST_F(Store, CountsIndicatorsThatAreNeverMatched) {
    import(bundle({indicator(1, bad_address), indicator(2, "[ipv4-addr:value = '198.51.100.7'] REPEATS 5 TIMES"),
                   indicator(3, "[ipv4-addr:value = '198.51.100.7' AND network-traffic:dst_port = 25]")}));
    ObjectFilter filter;
    filter.matching = Matching::never;
    EXPECT_EQ(ids(filter), std::vector{"indicator--" + uuid(2)});
    auto const worth = *intelligence->worth(*intelligence->object("indicator--" + uuid(2), team()));
    EXPECT_FALSE(worth.is_matched_kind);
    EXPECT_TRUE(worth.matching_reason);
    EXPECT_EQ(intelligence->live_values(), 2U);
}

std::string saying(int n, std::string_view type, std::string_view members, std::string_view at) {
    return fmt::format(R"({{"type":"{}","spec_version":"2.1","id":"{}--{}","created":"{}","modified":"{}",{}}})", type,
                       type, uuid(n), at, at, members);
}

struct WorthOfStore : Store {
    std::string const id = "indicator--" + uuid(1);
    Worth worth() { return *intelligence->worth(*intelligence->object(id, team())); }
    bool is_live() {
        ObjectFilter filter;
        filter.ids = {id};
        filter.live_at = clock.now();
        return *intelligence->count(filter, team()) == 1;
    }
    std::string sighting(int n, std::string_view at) {
        return saying(n, "sighting", fmt::format(R"("sighting_of_ref":"{}","last_seen":"{}")", id, at), at);
    }
    std::string opinion(int n, std::string_view word) {
        return saying(n, "opinion", fmt::format(R"("opinion":"{}","object_refs":["{}"])", word, id),
                      "2026-11-25T10:00:00.000Z");
    }
};

TEST_F(WorthOfStore, ASightingKeepsAnIndicatorAlive) {
    import(indicator(1, bad_address, "", "2026-10-20T10:00:00.000Z"));
    EXPECT_FALSE(is_live()) << "an address of 37 days";
    EXPECT_LE(worth().score, worth().threshold);
    import(sighting(2, "2026-11-20T10:00:00.000Z"));
    EXPECT_TRUE(is_live());
    EXPECT_GT(worth().score, worth().threshold);
    EXPECT_GT(*worth().expires, clock.now());
    open();
    EXPECT_TRUE(is_live());
}

TEST_F(WorthOfStore, TheOrderOfArrivalDoesNotMatter) {
    import(sighting(2, "2026-11-20T10:00:00.000Z"));
    import(indicator(1, bad_address, "", "2026-10-20T10:00:00.000Z"));
    EXPECT_TRUE(is_live());
}

TEST_F(WorthOfStore, WhatTheTeamCallsWrongIsNotMatchedAnyMore) {
    import(indicator(1, bad_address, R"(,"valid_until":"2036-01-01T00:00:00Z")"));
    EXPECT_TRUE(is_live());
    ImportRequest north_says;
    north_says.source.organisation = north;
    import(opinion(2, "strongly-disagree"), north_says);
    EXPECT_TRUE(is_live()) << "a partner can't switch off what is not theirs";
    import(opinion(3, "strongly-disagree"));
    EXPECT_FALSE(is_live());
    EXPECT_NE(english(worth().reasons.back()).find("not matched"), std::string::npos);
}

TEST_F(Store, ReplayTakesWhatCanBeTakenNow) {
    auto const by = [](int n) { return fmt::format(R"(,"created_by_ref":"identity--{}")", uuid(n)); };
    import(indicator(1, bad_address, by(50)));
    ImportRequest peer;
    peer.source.organisation = north;
    auto const totals = import(bundle({indicator(1, bad_address, by(50), "2026-11-24T10:00:00.000Z"), "7"}), peer);
    ASSERT_EQ(totals.rejected, 2);
    auto const again = intelligence->replay({}, analyst());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->tried, 2);
    EXPECT_EQ(again->rejected, 2);
    auto const dry = intelligence->replay({.may_override = true, .is_dry_run = true}, analyst());
    EXPECT_EQ(dry->stored, 1);
    EXPECT_EQ(ids({}).size(), 1U);
    EXPECT_EQ((*intelligence->object("indicator--" + uuid(1), team()))->version_text, "2026-11-20T10:00:00.000Z")
        << "a dry run changes nothing";
    auto const done = intelligence->replay({.may_override = true}, analyst());
    EXPECT_EQ(done->stored, 1);
    EXPECT_EQ(done->rejected, 1);
    auto const now = intelligence->object("indicator--" + uuid(1), team());
    EXPECT_EQ((*now)->version_text, "2026-11-24T10:00:00.000Z");
    EXPECT_EQ((*now)->terms.originator, north) << "as of the delivery that brought it";
    EXPECT_EQ(intelligence->replay({}, analyst())->tried, 1) << "what was taken is not tried again";
    auto const source = intelligence->sources(1)->front();
    EXPECT_EQ(source.stored, 1);
    EXPECT_EQ(source.rejected, 1);
}

TEST_F(Store, FindsWhatIsNearATlshDigest) {
    constexpr std::string_view digest = "45D18407A78523B35A030267671FA2C2F725402973629B25545EB43C3356679477F7FC";
    auto near = std::string(digest);
    near.back() = 'D';
    auto const far = "11A1A52753E603564767032A699EB2D3B325813C6150C964306C6BAD37829B483BF9EA";
    auto const pattern = [](std::string_view text) { return fmt::format("[file:hashes.TLSH = '{}']", text); };
    import(bundle({indicator(1, pattern(digest)), indicator(2, pattern("T1" + near)), indicator(3, pattern(far))}));
    auto filter = by_value(ValueQuery::Is::near, std::string(digest));
    EXPECT_EQ(ids(filter).size(), 2U);
    filter.value->distance = 0;
    EXPECT_EQ(ids(filter).size(), 1U);
    filter.value->distance = 144;
    EXPECT_EQ(ids(filter).size(), 3U) << "their published distance";
    filter.value->text = "none";
    EXPECT_EQ(intelligence->count(filter, team()).error().code, Code::invalid);
}

}  // namespace
}  // namespace tocsin::intelligence
