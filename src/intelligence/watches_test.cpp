#include "intelligence/watches.hpp"

#include "intelligence/test_store.hpp"

namespace tocsin::intelligence {
namespace {

access::Principal viewer() {
    auto who = analyst(access::Role::viewer);
    who.who = "account:2";
    return who;
}

struct WatchesOfStore : Store {
    Watches watches() { return Watches(*intelligence); }
    Searches searches() { return Searches(*intelligence); }
    Watch watch_search(std::string query, access::Principal const& by, bool is_team = false) {
        auto const search = searches().add({"search", std::move(query), is_team}, by);
        EXPECT_TRUE(search) << search.error().message;
        auto const watch = watches().add({"watch", search->id, {}, is_team}, by);
        EXPECT_TRUE(watch) << watch.error().message;
        return *watch;
    }
    std::string seen(Watch const& watch, access::Principal const& by) {
        std::string text;
        auto const hits = watches().hits(watch.id, false, by, {});
        EXPECT_TRUE(hits) << hits.error().message;
        for (auto const& hit : hits->items) text += hit.object->id.back();
        std::ranges::reverse(text);
        return text;
    }
};

TEST_F(WatchesOfStore, ASearchIsKeptAsItsOwnersAndTheTeams) {
    ASSERT_TRUE(searches().add({"mine", "type=indicator&label=c2", false}, analyst()));
    ASSERT_TRUE(searches().add({"ours", "?q=loader&live_at=now", true}, analyst()));
    EXPECT_EQ(searches().all(analyst())->size(), 2U);
    EXPECT_EQ(searches().all(viewer())->size(), 1U);
    EXPECT_EQ(searches().find("mine", viewer()).error().code, Code::not_found);
    EXPECT_EQ(searches().find("ours", viewer())->query, "q=loader&live_at=now");
    EXPECT_EQ(searches().add({"mine", "type=tool", false}, analyst()).error().code, Code::conflict);
    EXPECT_EQ(searches().remove(searches().find("ours", viewer())->id, viewer()).error().code, Code::denied);
    EXPECT_EQ(searches().add({"for all", "type=tool", true}, viewer()).error().code, Code::denied);
    EXPECT_TRUE(searches().remove(searches().find("ours", analyst())->id, analyst()));
}

TEST_F(WatchesOfStore, ASearchThatCannotBeAskedIsRefused) {
    for (auto const query : {"", "colour=red", "value=nonsense&is=network", "tlp=purple", "from=soon"}) {
        auto const made = searches().add({"bad", query, false}, analyst());
        ASSERT_FALSE(made) << query;
        EXPECT_EQ(made.error().code, Code::invalid) << query;
    }
}

TEST_F(WatchesOfStore, AWatchTellsWhatIsNewOnce) {
    import(indicator(1, bad_address, R"(,"labels":["c2"])"));
    auto const watch = watch_search("label=c2", analyst());
    EXPECT_EQ(*watches().look(), 0) << "what was there is no news";
    import(bundle({indicator(2, bad_address, R"(,"labels":["c2"])"), indicator(3, bad_address)}));
    EXPECT_EQ(*watches().look(), 1);
    EXPECT_EQ(*watches().look(), 0);
    EXPECT_EQ(seen(watch, analyst()), "2");
    EXPECT_EQ(*watches().unread(analyst()), 1);
    open();
    EXPECT_EQ(*watches().read(watch.id, {}, analyst()), 1);
    EXPECT_EQ(*watches().unread(analyst()), 0);
    EXPECT_TRUE(watches().hits(watch.id, true, analyst(), {})->items.empty());
    EXPECT_EQ(seen(watch, analyst()), "2") << "read, not gone";
}

TEST_F(WatchesOfStore, NobodyIsToldOfWhatTheyMayNotSee) {
    auto const watch = watch_search("type=indicator", viewer());
    import(bundle({indicator(1, bad_address, marked(red)), indicator(2, bad_address, marked(green))}));
    EXPECT_EQ(*watches().look(), 1);
    EXPECT_EQ(seen(watch, viewer()), "2");
    auto const team_watch = watches().add({"team", 0, {"198.51.100.0/24"}, true}, analyst(access::Role::administrator));
    ASSERT_TRUE(team_watch) << team_watch.error().message;
    import(bundle({indicator(3, bad_address, marked(red)), indicator(4, bad_address, marked(green))}));
    ASSERT_TRUE(watches().look());
    EXPECT_EQ(seen(*team_watch, viewer()), "4") << "looked for as the owner, shown as who asks";
    EXPECT_EQ(watches().hits(watch.id, false, analyst(), {}).error().code, Code::not_found) << "another's own";
    EXPECT_EQ(watches().read(team_watch->id, {}, viewer()).error().code, Code::denied) << "read is read for all";
}

TEST_F(WatchesOfStore, WhatBecomesVisibleLaterIsNewsThen) {
    constexpr std::string_view unknown = "marking-definition--00000000-0000-4000-8000-0000000000aa";
    auto const watch = watch_search("type=indicator", viewer());
    import(indicator(1, bad_address, marked(unknown)));
    EXPECT_EQ(*watches().look(), intelligence->object("indicator--" + uuid(1), team(access::Role::viewer)) ? 1 : 0);
    import(fmt::format(R"({{"type":"marking-definition","spec_version":"2.1","id":"{}",)"
                       R"("created":"2026-11-20T10:00:00.000Z","definition_type":"statement",)"
                       R"("definition":{{"statement":"free"}}}})",
                       unknown));
    ASSERT_TRUE(watches().look());
    EXPECT_EQ(seen(watch, viewer()), "1");
}

TEST_F(WatchesOfStore, AListOfValuesIsMetByWhatIsAboutThem) {
    auto const made = watches().add(
        {"values", 0, {"192.0.2.0/28", "198.51.100.9", "evil.example", "aabb0000000000000000000000000001"}, false},
        analyst());
    ASSERT_TRUE(made) << made.error().message;
    import(bundle({indicator(1, "[ipv4-addr:value = '192.0.2.5']"), indicator(2, "[ipv4-addr:value = '192.0.2.77']"),
                   indicator(3, "[ipv4-addr:value = '198.51.100.0/24']"),
                   indicator(4, "[url:value = 'http://www.evil.example/x']"),
                   indicator(5, "[domain-name:value = 'notevil.example']"),
                   indicator(6, "[file:hashes.MD5 = 'AABB0000000000000000000000000001']"),
                   indicator(7, "[email-addr:value = 'a@mail.evil.example']")}));
    EXPECT_EQ(*watches().look(), 5);
    EXPECT_EQ(seen(*made, analyst()), "13467");
    auto const hits = watches().hits(made->id, false, analyst(), {.after = {}, .limit = 1});
    EXPECT_EQ(hits->items.front().value, "evil.example");
    EXPECT_FALSE(hits->next.empty());
    EXPECT_EQ(watches().add({"bad", 0, {"what is this"}, false}, analyst()).error().code, Code::invalid);
    EXPECT_EQ(watches().add({"none", 0, {}, false}, analyst()).error().code, Code::invalid);
}

TEST_F(WatchesOfStore, WhoMayNotSignInAnyMoreIsToldNothing) {
    auto gone = analyst();
    gone.who = "account:99";
    auto const watch = watch_search("type=indicator", gone);
    import(indicator(1, bad_address));
    EXPECT_EQ(*watches().look(), 0);
    EXPECT_EQ(searches().remove(watch.search, gone).error().code, Code::conflict) << "it is watched";
    EXPECT_TRUE(watches().remove(watch.id, gone));
    EXPECT_TRUE(searches().remove(watch.search, gone));
}

}  // namespace
}  // namespace tocsin::intelligence
