#include "api/test_house.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// Documents about the team over the API, and what everybody may read once it is published.
namespace tocsin::api {
namespace {

using net::Method;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TestHouse& house() {
    static auto* const made = [] {
        auto* fresh = new TestHouse();
        fresh->fill();
        return fresh;
    }();
    return *made;
}

TEST(DocumentRoutes, AnswersAreSetAndStandInTheDocuments) {
    auto const set = house().call(Method::put, "/api/v1/documents/answers", house().analyst(),
                                  R"({"phone":"+1 555 0100","mandate.fr":"Nous aidons."})");
    ASSERT_EQ(set.status, 200) << set.text;
    EXPECT_THAT(set.text, HasSubstr("+1 555 0100"));
    auto const shown = house().get("/api/v1/documents/mandate?language=fr", house().viewer());
    ASSERT_EQ(shown.status, 200) << shown.text;
    EXPECT_THAT(shown.text, HasSubstr("\"missing\":["));
    auto const file = house().get("/api/v1/documents/mandate?language=fr&format=html", house().analyst());
    ASSERT_EQ(file.status, 200) << file.text;
    EXPECT_THAT(file.text, HasSubstr("Nous aidons."));
    EXPECT_EQ(file.header("content-disposition"), "inline; filename=\"mandate.fr.html\"");
    auto const pdf = house().get("/api/v1/documents/rfc2350?language=ar&format=pdf", house().analyst());
    EXPECT_EQ(pdf.header("content-type"), "application/pdf");
    EXPECT_THAT(pdf.text, StartsWith("%PDF-"));
}

TEST(DocumentRoutes, WhatDoesNotFitOrIsNotAllowedIsRefused) {
    auto const wrong = house().call(Method::put, "/api/v1/documents/answers", house().analyst(), R"({"email":"x"})");
    EXPECT_EQ(wrong.status, 422);
    EXPECT_THAT(wrong.text, HasSubstr("email: expected"));
    auto const viewer = house().call(Method::put, "/api/v1/documents/answers", house().viewer(), R"({"hours":"x"})");
    EXPECT_EQ(viewer.status, 403);
    EXPECT_GE(house().get("/api/v1/documents/nothing", house().viewer()).status, 400);
    auto const publish =
        house().call(Method::put, "/api/v1/documents/rfc2350/published", house().analyst(), R"({"published":true})");
    EXPECT_EQ(publish.status, 403);
}

TEST(DocumentRoutes, ASectionTakesTheOwnersWordsAndGivesThemBack) {
    auto const target = "/api/v1/documents/policy/sections/scope";
    auto const own = house().call(Method::put, target, house().analyst(), R"({"text":"Only ours."})");
    ASSERT_EQ(own.status, 200) << own.text;
    EXPECT_THAT(own.text, HasSubstr("Only ours."));
    auto const back = house().call(Method::put, target, house().analyst(), "{}");
    ASSERT_EQ(back.status, 200) << back.text;
    EXPECT_THAT(back.text, Not(HasSubstr("Only ours.")));
}

TEST(DocumentRoutes, NothingIsPublicBeforeAnAdministratorPublishesIt) {
    EXPECT_EQ(house().get("/rfc2350", {}).status, 404);
    EXPECT_EQ(house().get("/.well-known/security.txt", {}).status, 404);
    auto const target = "/api/v1/documents/rfc2350/published";
    auto const on = R"({"published":true,"language":"ru"})";
    ASSERT_EQ(house().call(Method::put, target, house().administrator(), on).status, 204);
    auto const page = house().get("/rfc2350", {});
    ASSERT_EQ(page.status, 200) << page.text;
    EXPECT_THAT(page.text, HasSubstr("<html lang=\"ru\""));
    EXPECT_THAT(page.header("content-security-policy"), HasSubstr("style-src 'sha256-"));
    EXPECT_THAT(house().get("/rfc2350?language=ar", {}).text, HasSubstr("dir=\"rtl\""));
    ASSERT_EQ(house().call(Method::put, target, house().administrator(), R"({"published":false})").status, 204);
    EXPECT_EQ(house().get("/rfc2350", {}).status, 404);
}

}  // namespace
}  // namespace tocsin::api
