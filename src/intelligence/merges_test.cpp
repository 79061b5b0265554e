#include "intelligence/merges.hpp"

#include "intelligence/test_store.hpp"

#include <random>

namespace tocsin::intelligence {
namespace {

std::string id(int n) {
    return "indicator--" + uuid(n);
}

struct MergesOfStore : Store {
    Merges merges() { return Merges(*intelligence); }
    ObjectFilter folded() {
        ObjectFilter filter;
        filter.types = {"indicator"};
        filter.folds = true;
        return filter;
    }
    ObjectFilter folded_by(std::string value) {
        auto filter = by_value(ValueQuery::Is::equal, std::move(value));
        filter.folds = true;
        return filter;
    }
    /// All that lists, counts and facets say to three askers.
    std::string everything() {
        std::string text;
        for (bool const folds : {true, false})
            for (auto const& asker : {team(), team(access::Role::viewer), gate::Recipient::everyone()}) {
                ObjectFilter filter;
                filter.folds = folds;
                for (auto const& one : ids(filter, asker)) text += one + " ";
                for (auto const by : {"type", "label", "tlp", "source", "creator"}) {
                    auto const facet = *intelligence->facet(filter, asker, by);
                    for (auto const& [value, count] : facet) text += fmt::format("{}={} ", value, count);
                }
                text += "\n";
            }
        return text;
    }
};

TEST_F(MergesOfStore, ListsShowOneThatIsFoundByEither) {
    import(bundle({indicator(1, bad_address, R"(,"labels":["one"])"),
                   indicator(2, "[domain-name:value = 'evil.example']", R"(,"labels":["two"])"),
                   indicator(3, "[url:value = 'http://evil.example/']")}));
    ASSERT_TRUE(merges().merge(id(2), id(1), analyst()));
    EXPECT_EQ(ids(folded()), (std::vector{id(1), id(3)}));
    EXPECT_EQ(ids(folded_by("198.51.100.7")), std::vector{id(1)});
    EXPECT_EQ(ids(folded_by("evil.example")), (std::vector{id(1), id(3)})) << "by the merged one's value";
    auto apart = folded();
    apart.folds = false;
    EXPECT_EQ(ids(apart).size(), 3U) << "who does not fold sees them as they came";
    EXPECT_TRUE(intelligence->object(id(2), team()));
    EXPECT_EQ((*merges().same_as(id(1), team())).front()->id, id(2));
    EXPECT_EQ((*merges().same_as(id(2), team())).front()->id, id(1));
    EXPECT_EQ(*merges().shown_as(id(2), team()), id(1));
    EXPECT_EQ(*merges().shown_as(id(1), team()), "");
}

TEST_F(MergesOfStore, WhoMayNotSeeOneOfThemSeesTheOther) {
    import(bundle({indicator(1, bad_address, marked(red)), indicator(2, bad_address, marked(green))}));
    ASSERT_TRUE(merges().merge(id(2), id(1), analyst(access::Role::administrator)));
    auto const viewer = team(access::Role::viewer);
    ASSERT_FALSE(intelligence->object(id(1), viewer)) << "or this says nothing";
    EXPECT_EQ(ids(folded(), viewer), std::vector{id(2)});
    EXPECT_EQ(ids(folded_by("198.51.100.7"), viewer), std::vector{id(2)});
    EXPECT_EQ(*merges().shown_as(id(2), viewer), "");
    EXPECT_TRUE((*merges().same_as(id(2), viewer)).empty());
}

TEST_F(MergesOfStore, TheValueOfAnUnseenMemberFindsNothing) {
    import(bundle({indicator(1, "[domain-name:value = 'open.example']", marked(green)),
                   indicator(2, "[domain-name:value = 'secret.example']", marked(red))}));
    ASSERT_TRUE(merges().merge(id(2), id(1), analyst(access::Role::administrator)));
    auto const viewer = team(access::Role::viewer);
    EXPECT_EQ(ids(folded(), viewer), std::vector{id(1)});
    EXPECT_TRUE(ids(folded_by("secret.example"), viewer).empty());
    EXPECT_EQ(ids(folded_by("secret.example"), team(access::Role::administrator)), std::vector{id(1)});
}

TEST_F(MergesOfStore, RefusesWhatCouldNotBeTakenBackClearly) {
    import(bundle(
        {indicator(1, bad_address), indicator(2, bad_address), indicator(3, bad_address),
         R"({"type":"malware","spec_version":"2.1","id":"malware--)" + uuid(9) +
             R"(","created":"2026-11-20T10:00:00.000Z","modified":"2026-11-20T10:00:00.000Z","is_family":true,"name":"X"})"}));
    ASSERT_TRUE(merges().merge(id(2), id(1), analyst()));
    EXPECT_EQ(merges().merge(id(1), id(1), analyst()).error().code, Code::conflict);
    EXPECT_EQ(merges().merge(id(2), id(3), analyst()).error().code, Code::conflict) << "merged already";
    EXPECT_EQ(merges().merge(id(3), id(2), analyst()).error().code, Code::conflict) << "into one that is not shown";
    EXPECT_EQ(merges().merge(id(1), id(3), analyst()).error().code, Code::conflict) << "another is merged into it";
    EXPECT_EQ(merges().merge("malware--" + uuid(9), id(1), analyst()).error().code, Code::conflict) << "of two types";
    EXPECT_EQ(merges().merge("indicator--" + uuid(77), id(1), analyst()).error().code, Code::not_found);
    EXPECT_EQ(merges().unmerge(id(1), analyst()).error().code, Code::not_found);
    EXPECT_TRUE(merges().merge(id(3), id(1), analyst()));
}

TEST_F(MergesOfStore, WhatWasMergedAndTakenBackIsAsBefore) {
    std::vector<std::string> objects;
    for (int n = 1; n <= 12; ++n)
        objects.push_back(indicator(n, fmt::format("[domain-name:value = 'n{}.example']", n % 5),
                                    fmt::format(R"(,"labels":["l{}"]{})", n % 3, marked(n % 4 == 0 ? red : green))));
    import(bundle(objects));
    auto const before = everything();
    std::mt19937 random(11);
    for (int round = 0; round < 20; ++round) {
        std::vector<int> merged;
        for (int i = 0; i < 6; ++i) {
            int const a = 1 + static_cast<int>(random() % 12), b = 1 + static_cast<int>(random() % 12);
            if (merges().merge(id(a), id(b), analyst(access::Role::administrator))) merged.push_back(a);
        }
        ASSERT_FALSE(merged.empty());
        EXPECT_NE(everything(), before);
        if (round % 5 == 0) open();  // it is kept
        std::ranges::shuffle(merged, random);
        for (int const a : merged) ASSERT_TRUE(merges().unmerge(id(a), analyst(access::Role::administrator)));
        ASSERT_EQ(everything(), before);
    }
}

TEST_F(MergesOfStore, ProposesWhatLooksLikeTheSameThing) {
    auto const malware = [](int n, std::string_view name) {
        return fmt::format(R"({{"type":"malware","spec_version":"2.1","id":"malware--{}",)"
                           R"("created":"2026-11-20T10:00:00.000Z","modified":"2026-11-20T10:00:00.000Z",)"
                           R"("is_family":true,"name":"{}"}})",
                           uuid(n), name);
    };
    import(bundle({indicator(1, bad_address), indicator(2, "[ipv4-addr:value='198.51.100.7']"),
                   indicator(3, "[ipv4-addr:value = '198.51.100.8']"), malware(4, "Dark  Loader"),
                   malware(5, "dark loader"), malware(6, "Other")}));
    auto const all = merges().duplicates({}, 10, team());
    ASSERT_TRUE(all) << all.error().message;
    EXPECT_TRUE(all->is_all);
    EXPECT_EQ(all->looked_at, 6);
    ASSERT_EQ(all->found.size(), 2U);
    EXPECT_EQ(all->found[0].why, "pattern");
    EXPECT_EQ(all->found[1].why, "name");
    EXPECT_EQ(merges().duplicates({"malware"}, 10, team())->found.size(), 1U);
    ASSERT_TRUE(merges().merge(id(2), id(1), analyst()));
    EXPECT_EQ(merges().duplicates({}, 10, team())->found.size(), 1U) << "what is merged is not proposed again";
}

}  // namespace
}  // namespace tocsin::intelligence
