#include "api/test_house.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// The faces of sharing: what a viewer, an analyst and a peer get to see, and what comes in.
namespace tocsin::api {
namespace {

using net::Method;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view base = "/api/v1/intelligence";

/// One house for all tests that only read.
TestHouse& house() {
    static auto* const made = [] {
        auto* fresh = new TestHouse();
        fresh->fill();
        return fresh;
    }();
    return *made;
}

std::string at(std::string_view rest) {
    return std::string(base) + std::string(rest);
}
std::string object_path(int n, std::string_view rest = "") {
    return at("/objects/" + TestHouse::indicator(n) + std::string(rest));
}
std::int64_t count(As const& as, std::string_view query = "") {
    return house().get(at("/objects/count?" + std::string(query)), as).json().at("count").to_number<std::int64_t>();
}

TEST(IntelligenceRoutes, WhatAViewerMayNotHaveIsNowhere) {
    auto const& viewer = house().viewer();
    EXPECT_EQ(count(house().analyst()), 4);
    EXPECT_EQ(count(viewer), 2);
    EXPECT_EQ(count(viewer, "q=192.0.2.7"), 1);
    EXPECT_EQ(count(viewer, "label=label-3"), 0);
    EXPECT_EQ(count(viewer, "tlp=red"), 0);
    EXPECT_EQ(count(viewer, "refers_to=" + TestHouse::indicator(1)), 0);
    EXPECT_EQ(count(viewer, "q=number*"), 2);
    auto const reads = {at("/objects"),
                        at("/objects/export?format=jsonl"),
                        at("/facets"),
                        object_path(1),
                        object_path(1, "/related"),
                        object_path(1, "/graph?steps=3"),
                        object_path(1, "/who"),
                        at("/searches/1/objects"),
                        std::string("/api/v1/watches/1/hits"),
                        object_path(1, "/matches"),
                        std::string("/api/v1/matches"),
                        std::string("/api/v1/search?q=192.0.2.7"),
                        std::string("/api/v1/search?q=number")};
    for (auto const& target : reads) {
        auto const seen = house().get(target, viewer);
        EXPECT_EQ(seen.status, 200) << target << ": " << seen.text;
        for (auto const& secret : {TestHouse::indicator(3), std::string("Number 3"), std::string("label-3"),
                                   std::string("Number 4"), std::string("TLP:RED")})
            EXPECT_THAT(seen.text, Not(HasSubstr(secret))) << target;
    }
}

TEST(IntelligenceRoutes, NotAllowedIsAnsweredAsNotFound) {
    for (auto const* rest : {"", "/related", "/graph", "/who", "/matches"}) {
        auto const hidden = house().get(object_path(3, rest), house().viewer());
        auto const absent = house().get(object_path(9, rest), house().viewer());
        EXPECT_EQ(hidden.status, 404);
        EXPECT_EQ(absent.status, 404);
        EXPECT_EQ(replaced(hidden.text, TestHouse::indicator(3), "ID"),
                  replaced(absent.text, TestHouse::indicator(9), "ID"));
    }
    EXPECT_EQ(house().get(object_path(3), house().analyst()).status, 200);
}

TEST(IntelligenceRoutes, AMergeIsOneInListsAndTakenBack) {
    TestHouse own;
    own.fill();
    auto const count_of = [&](std::string_view query) {
        return own.get(at("/objects/count?type=indicator" + std::string(query)), own.analyst()).json().at("count");
    };
    auto const before = count_of("").to_number<int>();
    auto const body = R"({"into":")" + TestHouse::indicator(1) + R"("})";
    EXPECT_EQ(own.call(Method::post, object_path(2, "/merge"), own.viewer(), body).status, 403);
    auto const merged = own.call(Method::post, object_path(2, "/merge"), own.analyst(), body);
    EXPECT_EQ(merged.status, 204) << merged.text;
    EXPECT_EQ(count_of("").to_number<int>(), before - 1);
    EXPECT_EQ(count_of("&merged=apart").to_number<int>(), before);
    auto const page = own.get(object_path(2), own.analyst()).json();
    EXPECT_EQ(page.at("shown_as").as_string(), TestHouse::indicator(1));
    EXPECT_EQ(page.at("same").as_array().size(), 1U);
    EXPECT_EQ(own.call(Method::post, object_path(2, "/merge"), own.analyst(), body).status, 409);
    EXPECT_EQ(own.call(Method::del, object_path(2, "/merge"), own.analyst(), "").status, 204);
    EXPECT_EQ(count_of("").to_number<int>(), before);
    EXPECT_EQ(own.call(Method::del, object_path(2, "/merge"), own.analyst(), "").status, 404);
}

TEST(IntelligenceRoutes, ASavedSearchAndAWatchAreOnesOwn) {
    TestHouse own;
    own.fill();
    auto const made =
        own.call(Method::post, at("/searches"), own.viewer(), R"({"name":"mine","query":"type=indicator"})");
    ASSERT_EQ(made.status, 201) << made.text;
    auto const id = made.json().at("id").to_number<std::int64_t>();
    auto const path = at(fmt::format("/searches/{}", id));
    EXPECT_EQ(own.get(path + "/objects", own.viewer()).json().at("items").as_array().size(), 2U);
    EXPECT_EQ(own.get(path + "/objects", own.analyst()).status, 404) << "another's own";
    auto const bad = own.call(Method::post, at("/searches"), own.viewer(), R"({"name":"bad","query":"colour=red"})");
    EXPECT_EQ(bad.status, 422) << bad.text;
    auto const watch =
        own.call(Method::post, "/api/v1/watches", own.viewer(), fmt::format(R"({{"name":"w","search":{}}})", id));
    ASSERT_EQ(watch.status, 201) << watch.text;
    EXPECT_EQ(own.call(Method::del, path, own.viewer(), "").status, 409) << "it is watched";
    auto const watched = fmt::format("/api/v1/watches/{}", watch.json().at("id").to_number<std::int64_t>());
    EXPECT_EQ(own.get(watched + "/hits?unread=yes", own.viewer()).status, 200);
    EXPECT_EQ(own.call(Method::post, watched + "/read", own.viewer(), R"({"hits":[1]})").status, 200);
    EXPECT_EQ(own.call(Method::del, watched, own.analyst(), "").status, 404);
    EXPECT_EQ(own.call(Method::del, watched, own.viewer(), "").status, 204);
    EXPECT_EQ(own.call(Method::del, path, own.viewer(), "").status, 204);
}

TEST(IntelligenceRoutes, AnObjectComesAsItCameWithItsStory) {
    auto const one = house().get(object_path(1), house().analyst()).json();
    EXPECT_EQ(one.at("json").at("pattern").as_string(), "[ipv4-addr:value = '192.0.2.7']");
    EXPECT_EQ(one.at("object").at("tlp").as_string(), "TLP:GREEN");
    EXPECT_EQ(one.at("values").at(0).at("value").as_string(), "192.0.2.7");
    EXPECT_EQ(one.at("source").at("name").as_string(), "bundle.json");
    std::string told;
    for (auto const& entry : one.at("timeline").as_array()) told += std::string(entry.at("what").as_string()) + " ";
    EXPECT_THAT(told, HasSubstr("added"));
    EXPECT_THAT(told, HasSubstr("matched"));
}

TEST(IntelligenceRoutes, RelatedShowsReferencesAndSharedValues) {
    auto const around = house().get(object_path(1, "/related"), house().analyst()).json();
    ASSERT_EQ(around.at("nodes").as_array().size(), 1U);
    EXPECT_EQ(around.at("nodes").at(0).at("type").as_string(), "report");
    EXPECT_EQ(around.at("edges").at(0).at("label").as_string(), "object_refs");
    EXPECT_EQ(around.at("shares").at(0).at("objects").at(0).at("id").as_string(), TestHouse::indicator(3));
    auto const report =
        house().get(at("/objects/report--00000000-0000-4000-8000-000000000004/related"), house().analyst());
    EXPECT_EQ(report.json().at("edges").at(0).at("to").as_string(), TestHouse::indicator(1));
}

TEST(IntelligenceRoutes, WhoMayHaveItAndWhy) {
    auto const allowed = [&](int n) {
        std::string list;
        auto const answer = house().get(object_path(n, "/who?organisation=1"), house().analyst());
        EXPECT_EQ(answer.status, 200) << answer.text;
        auto const table = answer.json();
        for (auto const& one : table.at("items").as_array())
            if (one.at("allowed").as_bool())
                list += std::string(one.at("kind").as_string()) + ":" +
                        (one.at("id").is_null() ? "" : std::string(one.at("id").as_string())) + " ";
        return list;
    };
    EXPECT_EQ(allowed(1), "role:viewer role:analyst role:administrator peer:1 organisation:1 ");
    EXPECT_EQ(allowed(3), "role:analyst role:administrator ");
}

TEST(IntelligenceRoutes, FindsIndicatorsInATextAndKnowsThem) {
    auto const text = "Seen at 192.0.2[.]7 and hxxps://evil[.]example/a?b. See CVE-2024-12345.";
    auto const find = [&](As const& as) {
        return house().call(Method::post, at("/extract"), as, text, "application/octet-stream");
    };
    EXPECT_EQ(find(house().viewer()).status, 403);
    auto const answer = find(house().analyst());
    ASSERT_EQ(answer.status, 200) << answer.text;
    EXPECT_TRUE(house().contract().check(answer.json(), *house().contract().schema("Extraction")).empty())
        << answer.text;
    auto const json = answer.json();
    auto const& found = json.at("found").as_array();
    ASSERT_EQ(found.size(), 3U) << answer.text;
    EXPECT_EQ(found[0].at("value").as_string(), "192.0.2.7");
    EXPECT_EQ(found[0].at("known").as_array().size(), 2U);
    EXPECT_EQ(found[0].at("owner").at("name").as_string(), "Northern Power Company");
    EXPECT_EQ(found[1].at("value").as_string(), "https://evil.example/a?b");
    EXPECT_EQ(count(house().analyst()), 4) << "nothing was stored";
}

TEST(IntelligenceRoutes, ChosenIndicatorsBecomeStixObjectsWithTheirMarking) {
    TestHouse own;
    own.fill();
    auto const made = own.post(at("/objects"), own.analyst(),
                               R"({"indicators": [{"kind": "domain", "value": "evil.example"},
        {"kind": "url", "value": "http://evil.example/it's"}, {"kind": "vulnerability", "value": "CVE-2024-12345"},
        {"kind": "yara", "value": "rule a { condition: true }", "name": "a"}], "tlp": "TLP:RED", "labels": ["phishing"],
        "name": "a mail", "confidence": 70})");
    ASSERT_EQ(made.status, 201) << made.text;
    EXPECT_TRUE(own.contract().check(made.json(), *own.contract().schema("IndicatorsMade")).empty()) << made.text;
    ASSERT_EQ(made.json().at("ids").as_array().size(), 4U) << made.text;
    auto const first = at("/objects/" + std::string(made.json().at("ids").at(0).as_string()));
    auto const one = own.get(first, own.analyst());
    EXPECT_EQ(one.json().at("object").at("tlp").as_string(), "TLP:RED") << one.text;
    EXPECT_EQ(one.json().at("source").at("kind").as_string(), "text");
    EXPECT_EQ(own.get(first, own.viewer()).status, 404);
    auto const listed = own.get(at("/objects?q=evil[.]example"), own.analyst()).json();
    EXPECT_EQ(listed.at("items").as_array().size(), 2U) << "the URL is below the domain";
    auto const wrong = own.post(at("/objects"), own.analyst(),
                                R"({"indicators": [{"kind": "sha256", "value": "abc"}], "tlp": "TLP:GREEN"})");
    EXPECT_EQ(wrong.status, 422);
    EXPECT_THAT(wrong.text, HasSubstr("abc"));
}

TEST(IntelligenceRoutes, ImportsWhatIsSentAndKeepsTheBadAside) {
    TestHouse own;
    own.fill();
    std::string const body = R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-00000000000b","objects":[
        {"type":"domain-name","spec_version":"2.1","id":"domain-name--00000000-0000-4000-8000-000000000021","value":"bad.example"},
        {"type":"indicator"}]})";
    auto const send = [&](As const& as, std::string const& query) {
        return own.call(Method::post, at("/import?" + query), as, body, "application/octet-stream");
    };
    EXPECT_EQ(send(own.viewer(), "name=x").status, 403);
    EXPECT_EQ(send(own.analyst(), "organisation=4711").status, 404);
    auto const taken = send(own.analyst(), "name=x.json&tlp=TLP:RED&originator_control=yes");
    ASSERT_EQ(taken.status, 200) << taken.text;
    EXPECT_EQ(taken.json().at("stored").to_number<int>(), 1);
    EXPECT_EQ(taken.json().at("rejected").to_number<int>(), 1);
    EXPECT_EQ(send(own.analyst(), "name=x.json").json().at("known").to_number<int>(), 1);
    EXPECT_EQ(own.get(at("/objects?value=bad.example"), own.viewer()).json().at("items").as_array().size(), 0U);
    auto const found = own.get(at("/objects?value=bad.example"), own.analyst()).json();
    EXPECT_EQ(found.at("items").at(0).at("tlp").as_string(), "TLP:RED");
    auto const rejected = own.get(at("/rejected"), own.analyst()).json();
    EXPECT_EQ(rejected.at("items").at(0).at("property").as_string(), "id");
    EXPECT_EQ(own.get(at("/rejected"), own.viewer()).status, 403);
    EXPECT_EQ(own.get(at("/sources"), own.viewer()).status, 403);
}

TEST(IntelligenceRoutes, WhatIsSaidOfAnObjectGoesNoFurtherThanTheObject) {
    TestHouse own;
    own.fill();
    auto const say = [&](int n, std::string_view what, std::string const& body) {
        auto const answer = own.post(object_path(n, what), own.analyst(), body);
        EXPECT_EQ(answer.status, 201) << answer.text;
        return std::string(answer.json().at("id").as_string());
    };
    auto const sighting = say(1, "/sightings", R"({"count": 3, "description": "in our proxy"})");
    auto const opinion =
        say(3, "/opinions", R"({"opinion": "strongly-disagree", "explanation": "a resolver", "tlp": "TLP:CLEAR"})");
    say(1, "/notes", R"({"text": "Asked the owner."})");
    EXPECT_EQ(own.get(at("/objects/" + sighting), own.viewer()).json().at("object").at("tlp").as_string(), "TLP:GREEN");
    EXPECT_EQ(own.get(at("/objects/" + opinion), own.viewer()).status, 404) << "it is RED as the object is";
    auto const told = own.get(object_path(1), own.viewer());
    EXPECT_THAT(told.text, HasSubstr("in our proxy"));
    EXPECT_THAT(told.text, HasSubstr("Asked the owner."));
    EXPECT_EQ(own.post(object_path(9, "/notes"), own.analyst(), R"({"text": "x"})").status, 404);
    EXPECT_EQ(own.post(object_path(1, "/notes"), own.viewer(), R"({"text": "x"})").status, 403);
}

TEST(MatchRoutes, AreRuledOutAndTakenBack) {
    TestHouse own;
    own.fill();
    auto const& as = own.analyst();
    auto const list = own.get("/api/v1/matches", as).json();
    ASSERT_EQ(list.at("items").as_array().size(), 2U);
    EXPECT_EQ(own.get("/api/v1/matches", own.viewer()).json().at("items").as_array().size(), 1U);
    auto const id = list.at("items").at(0).at("id").to_number<int>();
    auto const judge = [&](std::string_view judgement) {
        return own.post("/api/v1/matches/judge", as,
                        fmt::format(R"({{"matches": [{}], "judgement": "{}"}})", id, judgement));
    };
    auto const ruled_out = [&] {
        return own.get("/api/v1/matches?state=ruled_out", as).json().at("items").as_array().size();
    };
    EXPECT_EQ(judge("rule_out").json().at("changed").to_number<int>(), 1);
    EXPECT_EQ(ruled_out(), 1U);
    EXPECT_EQ(judge("hold").json().at("changed").to_number<int>(), 1);
    EXPECT_EQ(ruled_out(), 0U);
    EXPECT_EQ(own.get("/api/v1/matches?state=held", as).json().at("items").as_array().size(), 1U);
    EXPECT_EQ(judge("release").status, 200);
    EXPECT_EQ(own.get("/api/v1/matches", as).status, 200) << "one that is released and not handed on yet is shown too";
    EXPECT_EQ(judge("handed_on").status, 422);
}

TEST(PeerRoutes, AKeyIsShownOnceAndAPeerIsChangedAndRemoved) {
    TestHouse own;
    own.fill();
    auto const& as = own.administrator();
    EXPECT_EQ(
        own.post("/api/v1/peers", own.analyst(), R"({"name": "x", "organisation": 1, "clearance": "TLP:RED"})").status,
        403);
    EXPECT_EQ(own.post("/api/v1/peers", as, R"({"name": "x", "organisation": 99, "clearance": "TLP:RED"})").status,
              404);
    auto const made = own.post("/api/v1/peers", as,
                               R"({"name": "south", "organisation": 1, "clearance": "TLP:GREEN", "may_write": true})");
    ASSERT_EQ(made.status, 201) << made.text;
    auto const key = std::string(made.json().at("key").as_string());
    EXPECT_THAT(own.get("/api/v1/peers", as).text, Not(HasSubstr(key)));
    EXPECT_EQ(own.get("/api/v1/intelligence/objects", {.key = key}).status, 403) << "TAXII and nothing else";
    auto const path = fmt::format("/api/v1/peers/{}", made.json().at("id").to_number<int>());
    EXPECT_EQ(own.get(path, own.analyst()).json().at("would_get").to_number<int>(), 1);
    EXPECT_EQ(own.call(Method::patch, path, as, R"({"clearance": "TLP:AMBER"})").status, 200);
    auto const changed = own.get(path, own.analyst()).json();
    EXPECT_EQ(changed.at("peer").at("may_write").as_bool(), true);
    EXPECT_EQ(changed.at("would_get").to_number<int>(), 2) << "what is ours, up to its clearance";
    EXPECT_EQ(own.call(Method::del, path, as).status, 204);
    EXPECT_EQ(own.get(path, own.analyst()).status, 404);
}

TEST(CollectionRoutes, AreMadeAndRemoved) {
    TestHouse own;
    own.fill();
    auto const made = own.post(
        "/api/v1/collections", own.analyst(),
        R"({"title": "Phishing", "alias": "phishing", "types": ["indicator"], "tlps": ["TLP:GREEN", "TLP:RED"]})");
    ASSERT_EQ(made.status, 201) << made.text;
    EXPECT_EQ(made.json().at("count").to_number<int>(), 2);
    auto const seen = own.get("/api/v1/collections", own.viewer()).json();
    EXPECT_EQ(seen.at("items").at(2).at("count").to_number<int>(), 1) << "a viewer's count holds nothing RED";
    auto const path = fmt::format("/api/v1/collections/{}", made.json().at("id").to_number<int>());
    EXPECT_EQ(own.call(Method::del, path, own.analyst()).status, 204);
    EXPECT_EQ(own.call(Method::del, path, own.analyst()).status, 404);
}

}  // namespace
}  // namespace tocsin::api
