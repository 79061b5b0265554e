#include "api/test_house.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// Recalls, sharing groups, remotes, and what a peer would get.
namespace tocsin::api {
namespace {

using net::Method;
using testing::HasSubstr;
using testing::Not;

int number(boost::json::value const& value) {
    return value.to_number<int>();
}

TEST(RecallRoutes, WhatIsTakenBackLeavesNoMoreAndWhoHadItIsNamed) {
    TestHouse own;
    own.fill();
    auto const key = own.peer_key();
    auto const page = [&] {
        return own.get("/taxii2/root/collections/all/objects/",
                       {.key = key, .headers = {{"accept", "application/taxii+json;version=2.1"}}});
    };
    EXPECT_THAT(page().text, HasSubstr(TestHouse::indicator(1)));
    auto const order = fmt::format(R"({{"objects": ["{}"], "kind": "withdraw", "reason": "a false positive"}})",
                                   TestHouse::indicator(1));
    EXPECT_EQ(own.post("/api/v1/recalls", own.viewer(), order).status, 403);
    auto const plan = own.post("/api/v1/recalls/plan", own.analyst(), order);
    ASSERT_EQ(plan.status, 200) << plan.text;
    EXPECT_EQ(number(plan.json().at("counts").at("recipients")), 1);
    EXPECT_EQ(own.get("/api/v1/recalls", own.analyst()).json().at("items").as_array().size(), 0U);
    EXPECT_EQ(own.post("/api/v1/recalls", own.analyst(), R"({"kind": "downgrade", "reason": "x"})").status, 422);
    auto const made = own.post("/api/v1/recalls", own.analyst(), order);
    ASSERT_EQ(made.status, 201) << made.text;
    auto const path = fmt::format("/api/v1/recalls/{}", number(made.json().at("id")));
    EXPECT_THAT(page().text, HasSubstr("\"revoked\":true"));
    auto const seen = own.get(path, own.analyst()).json();
    EXPECT_EQ(number(seen.at("counts").at("told")), 1);
    auto const recipient = std::string(seen.at("recipients").at(0).at("recipient").as_string());
    EXPECT_THAT(own.get(path + "/letter?recipient=" + recipient, own.analyst()).text,
                HasSubstr(TestHouse::indicator(1)));
    auto const told = fmt::format(R"({{"recipient": "{}", "answer": "deleted", "confirmed": true}})", recipient);
    EXPECT_EQ(number(own.post(path + "/told", own.analyst(), told).json().at("counts").at("confirmed")), 1);
    EXPECT_EQ(own.post(path + "/accept", own.analyst(), "").status, 409);
}

TEST(SharingGroupRoutes, AreMadeAndChangedByAnAdministrator) {
    TestHouse own;
    own.fill();
    EXPECT_EQ(own.post("/api/v1/sharing-groups", own.analyst(), R"({"name": "x", "members": []})").status, 403);
    EXPECT_EQ(own.post("/api/v1/sharing-groups", own.administrator(), R"({"name": "x", "members": [99]})").status, 404);
    auto const made =
        own.post("/api/v1/sharing-groups", own.administrator(), R"({"name": "Banks", "members": [1, 1]})");
    ASSERT_EQ(made.status, 201) << made.text;
    EXPECT_EQ(made.json().at("members").as_array().size(), 1U);
    auto const path = fmt::format("/api/v1/sharing-groups/{}", number(made.json().at("id")));
    EXPECT_EQ(own.call(Method::patch, path, own.administrator(), R"({"members": []})").status, 200);
    auto const seen = own.get(path, own.viewer()).json();
    EXPECT_EQ(seen.at("name").as_string(), "Banks");
    EXPECT_EQ(seen.at("members").as_array().size(), 0U);
}

TEST(RemoteRoutes, TheSecretNeverComesBack) {
    TestHouse own;
    own.fill();
    std::string const draft =
        R"({"name": "north", "peer": 1, "url": "http://127.0.0.1:9/taxii2/", "collection": "all", "direction": "both",)"
        R"( "login": "us", "secret": "hush-hush", "paused": true})";
    EXPECT_EQ(own.post("/api/v1/remotes", own.analyst(), draft).status, 403);
    auto const made = own.post("/api/v1/remotes", own.administrator(), draft);
    ASSERT_EQ(made.status, 201) << made.text;
    auto const path = fmt::format("/api/v1/remotes/{}", number(made.json().at("id")));
    EXPECT_EQ(own.call(Method::put, path + "/secret", own.administrator(), R"({"login": "us", "secret": "hush-more"})")
                  .status,
              204);
    auto const seen = own.get(path, own.viewer());
    for (auto const& text : {made.text, seen.text, own.get("/api/v1/remotes", own.viewer()).text})
        EXPECT_THAT(text, Not(HasSubstr("hush")));
    EXPECT_EQ(seen.json().at("remote").at("secret").as_bool(), true);
    EXPECT_EQ(seen.json().at("remote").at("poll").at("condition").as_string(), "paused");
    EXPECT_EQ(own.call(Method::post, path + "/resume", own.analyst()).status, 200);
    EXPECT_EQ(own.call(Method::post, path + "/poll", own.analyst()).status, 202);
    auto const preview = own.get(path + "/preview", own.analyst());
    ASSERT_EQ(preview.status, 200) << preview.text;
    EXPECT_EQ(number(preview.json().at("would_send")), 1);
    EXPECT_EQ(own.call(Method::del, path, own.administrator()).status, 204);
    EXPECT_EQ(own.get(path, own.viewer()).status, 404);
}

TEST(PeerRoutes, APreviewSaysWhatIsWithheldAndWhy) {
    TestHouse own;
    own.fill();
    auto const seen = own.get("/api/v1/peers/1/preview?collection=all", own.administrator()).json();
    auto const& all = seen.at("items").at(0);
    EXPECT_EQ(number(all.at("would_get")), 1);
    EXPECT_GE(number(all.at("in_all")), 4);
    EXPECT_EQ(all.at("withheld").at(0).at("reason").as_string(), "above_clearance");
    EXPECT_EQ(all.at("first").as_array().size(), 1U);
    EXPECT_EQ(own.get("/api/v1/disclosures", own.analyst()).json().at("total").as_int64(), 0);
    EXPECT_EQ(own.get("/api/v1/disclosures", own.analyst()).json().at("items").as_array().size(), 0U)
        << "nothing has left";
}

}  // namespace
}  // namespace tocsin::api
