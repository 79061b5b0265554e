#include "api/test_house.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// The faces of readiness: what a page reads, saves and is told when somebody else was first.
namespace tocsin::api {
namespace {

using net::Method;
using testing::HasSubstr;

constexpr std::string_view base = "/api/v1/assessments";

/// One house for all; each test makes what it changes.
TestHouse& house() {
    static auto* const made = [] {
        auto* fresh = new TestHouse();
        fresh->fill();
        return fresh;
    }();
    return *made;
}

std::string made(std::string_view framework = "sim3", std::string_view more = "") {
    auto const answer = house().post(std::string(base), house().analyst(),
                                     fmt::format(R"({{"framework":"{}","title":"A test"{}}})", framework, more));
    EXPECT_EQ(answer.status, 201) << answer.text;
    return fmt::format("{}/{}", base, answer.json().at("id").to_number<std::int64_t>());
}

Answer put(std::string const& target, std::string const& body, As as = house().analyst()) {
    return house().call(Method::put, target, as, body);
}

TEST(ReadinessRoutes, AnAnswerIsSavedAndAnOlderOneIsShownBesideIt) {
    auto const one = made();
    auto const first =
        put(one + "/answers/O-2", R"({"value":1,"wanted":3,"evidence":["/api/v1/organisations"],"version":0})");
    ASSERT_EQ(first.status, 200) << first.text;
    EXPECT_EQ(first.json().at("version").to_number<int>(), 1);
    auto const late = put(one + "/answers/O-2", R"({"value":4,"version":0})");
    ASSERT_EQ(late.status, 409) << late.text;
    EXPECT_EQ(late.header("content-type"), "application/problem+json");
    EXPECT_EQ(late.json().at("theirs").at("value").to_number<int>(), 1);
    EXPECT_EQ(late.json().at("yours").at("value").to_number<int>(), 4);
    auto as = house().analyst();
    as.headers["if-match"] = "\"1\"";
    EXPECT_EQ(put(one + "/answers/O-2", R"({"value":2})", as).status, 200);
    EXPECT_EQ(put(one + "/answers/O-2", R"({"value":2})", as).status, 409);
    auto const whole = house().get(one, house().viewer()).json();
    EXPECT_EQ(whole.at("answers").at(0).at("value").to_number<int>(), 2);
    auto const history = house().get(one + "/history?item=O-2", house().viewer()).json();
    ASSERT_EQ(history.at("items").as_array().size(), 2U);
    EXPECT_EQ(history.at("items").at(0).at("before").at("value").to_number<int>(), 1);
    EXPECT_TRUE(history.at("items").at(1).at("before").is_null());
}

TEST(ReadinessRoutes, WhatDoesNotFitIsNamed) {
    auto const one = made();
    auto const high = put(one + "/answers/O-2", R"({"value":9})");
    EXPECT_EQ(high.status, 422);
    EXPECT_THAT(high.text, HasSubstr("value: expected one of"));
    EXPECT_EQ(put(one + "/answers/O-99", R"({"value":1})").status, 422);
    EXPECT_EQ(put(one + "/answers/O-2", R"({"valeu":1})").status, 422);
    EXPECT_EQ(put(std::string(base) + "/999/answers/O-2", R"({"value":1})").status, 404);
    EXPECT_EQ(put(one + "/answers/O-2", R"({"value":1})", house().viewer()).status, 403);
    EXPECT_EQ(house().post(std::string(base), house().analyst(), R"({"framework":"nis9","title":"x"})").status, 404);
    EXPECT_EQ(house().get("/api/v1/evidence?framework=nis9", house().viewer()).status, 404);
}

TEST(ReadinessRoutes, TheWizardsProposalBecomesAnAssessmentAndAPlan) {
    auto const asked = R"({"people":3,"hours":"always","mandate":false,"with":"the region","keep":true})";
    auto const answer = house().post(std::string(base) + "/proposal", house().analyst(), asked);
    ASSERT_EQ(answer.status, 200) << answer.text.substr(0, 400);
    auto const json = answer.json();
    EXPECT_EQ(json.at("proposal").at("team").as_string(), "three");
    EXPECT_GT(json.at("proposal").at("services").as_array().size(), 30U);
    for (auto const& service : json.at("proposal").at("services").as_array())
        EXPECT_FALSE(service.at("reason").at("fr").as_string().empty());
    auto const one = fmt::format("{}/{}", base, json.at("assessment").at("id").to_number<std::int64_t>());
    auto const plan = house().post(one + "/roadmap", house().analyst(), R"({"months":12})").json();
    auto const& steps = plan.at("items").as_array();
    ASSERT_GT(steps.size(), 10U);
    EXPECT_EQ(steps.front().at("phase").as_string(), "assessment");
    auto const step = fmt::format("/api/v1/roadmap/{}", steps.back().at("id").to_number<std::int64_t>());
    auto const ticked =
        house().call(Method::patch, step, house().analyst(), R"({"done":true,"owner":"Amina","version":1})");
    ASSERT_EQ(ticked.status, 200) << ticked.text;
    EXPECT_FALSE(ticked.json().at("done").is_null());
    EXPECT_EQ(house().call(Method::patch, step, house().analyst(), R"({"done":false,"version":1})").status, 409);
}

TEST(ReadinessRoutes, AnExportIsReadBackAndComparedWithItself) {
    auto const one = made("x1060", R"(,"assessors":["Amina"])");
    ASSERT_EQ(put(one + "/answers/A-1", R"({"value":2,"wanted":4,"assignment":"insourcing"})").status, 200);
    auto const file = house().get(one + "/export", house().viewer());
    ASSERT_EQ(file.status, 200) << file.text;
    auto const back = [&](std::string_view copy) {
        return house().post(std::string(base) + "/import", house().analyst(),
                            fmt::format(R"({{"assessment":{},"copy":{}}})", file.text, copy));
    };
    EXPECT_EQ(back("false").status, 409);
    auto const copy = back("true");
    ASSERT_EQ(copy.status, 201) << copy.text;
    auto const id = copy.json().at("id").to_number<std::int64_t>();
    auto const same = house().get(fmt::format("{}/compare?with={}", one, id), house().viewer()).json();
    EXPECT_EQ(same.at("risen").to_number<int>() + same.at("fallen").to_number<int>(), 0);
    EXPECT_EQ(same.at("gaps").to_number<int>(), 1);
}

TEST(ReadinessRoutes, DocumentsAreEvidenceAndWhatTheyProposeIsTaken) {
    auto const one = made();
    auto const nothing = house().post(one + "/answers/O-1/evidence", house().analyst(), "{}");
    EXPECT_EQ(nothing.status, 409) << nothing.text;
    auto const added = house().post("/api/v1/evidence/documents", house().analyst(),
                                    R"({"name":"Decree","kind":"mandate","items":["sim3:O-1"],"approved_by":"Head",)"
                                    R"("link":"https://law.example/"})");
    ASSERT_EQ(added.status, 201) << added.text;
    auto const taken = house().post(one + "/answers/O-1/evidence", house().analyst(), "{}");
    ASSERT_EQ(taken.status, 200) << taken.text;
    EXPECT_EQ(taken.json().at("value").to_number<int>(), 3);
    EXPECT_EQ(taken.json().at("proposed_by").as_string(), "document");
    EXPECT_EQ(house().post(one + "/answers/O-1/evidence", house().analyst(), R"({"value":1})").status, 422);
    auto const target = "/api/v1/evidence?assessment=" + one.substr(one.rfind('/') + 1);
    auto const evidence = house().get(target, house().viewer()).json();
    EXPECT_EQ(evidence.at("items").at(0).at("standing").as_string(), "proven");
    EXPECT_EQ(evidence.at("items").at(0).at("pieces").at(0).at("link").as_string(), "https://law.example/");
}

TEST(ReadinessRoutes, ClaimsStandSideBySideAndAreImportedAfterADryRun) {
    auto const claim = [&](std::string_view says) {
        return house().post(
            "/api/v1/registers/states/claims", house().analyst(),
            fmt::format(R"({{"subject":"KEN","says":"{}","claimant":"ITU","source":"https://a.example/",)"
                        R"("date":"2026-05-01T00:00:00Z"}})",
                        says));
    };
    ASSERT_EQ(claim("yes").status, 201);
    ASSERT_EQ(claim("no").status, 201);
    EXPECT_EQ(claim("no").status, 409);
    auto const kenya = house().get("/api/v1/registers/states/entries/KE", house().viewer()).json();
    EXPECT_EQ(kenya.at("picture").as_string(), "contradicting");
    EXPECT_EQ(kenya.at("claims").as_array().size(), 2U);
    auto const import = [&](std::string_view dry) {
        return house()
            .post(
                "/api/v1/registers/states/import", house().analyst(),
                fmt::format(R"({{"text":"country,says,claimant,source,date\nTV,no,ITU,https://a.example/,2026-05-01\n)"
                            R"(ZZ,no,ITU,https://a.example/,2026-05-01\n","dry_run":{}}})",
                            dry))
            .json();
    };
    EXPECT_EQ(import("true").at("added").to_number<int>(), 0);
    auto const real = import("false");
    EXPECT_EQ(real.at("added").to_number<int>(), 1);
    EXPECT_EQ(real.at("faults").at(0).at("line").to_number<int>(), 3);
    auto const gaps = house().get("/api/v1/registers/states/gaps?weights=denied=50", house().viewer()).json();
    EXPECT_EQ(gaps.at("items").at(0).at("code").as_string(), "TV");
    EXPECT_EQ(gaps.at("weights").at("denied").to_number<int>(), 50);
    EXPECT_EQ(house().get("/api/v1/registers/states/gaps?weights=gold=1", house().viewer()).status, 422);
}

TEST(ReadinessRoutes, AnEvaluationTellsWhatChangedAndIsSetOnASchedule) {
    auto const one = made();
    auto const schedule = house().call(Method::put, one + "/evaluations/schedule", house().analyst(),
                                       R"({"kind":"portfolio","every_days":90,"next":"2026-01-01T00:00:00Z"})");
    ASSERT_EQ(schedule.status, 204) << schedule.text;
    EXPECT_THAT(house().get("/api/v1/evaluations", house().viewer()).text, HasSubstr("2026-01-01"));
    EXPECT_THAT(house().get("/api/v1/today", house().analyst()).text, HasSubstr("\"evaluation\""));
    ASSERT_EQ(put(one + "/answers/O-2", R"({"value":1})").status, 200);
    auto const evaluate = [&] {
        return house().post(one + "/evaluations", house().analyst(), R"({"kind":"portfolio"})");
    };
    ASSERT_EQ(evaluate().status, 201);
    ASSERT_EQ(put(one + "/answers/O-2", R"({"value":2})").status, 200);
    auto const second = evaluate();
    ASSERT_EQ(second.status, 201) << second.text;
    EXPECT_EQ(second.json().at("counts").at("risen").to_number<int>(), 1);
    EXPECT_EQ(house().get(one + "/evaluations", house().viewer()).json().at("items").as_array().size(), 2U);
    EXPECT_EQ(house().post(one + "/evaluations", house().viewer(), R"({"kind":"portfolio"})").status, 403);
    EXPECT_EQ(house().post(one + "/evaluations", house().analyst(), R"({"kind":"catalogue"})").status, 422);
}

TEST(ReadinessRoutes, StaffingIsPlayedThroughWithMoreAndWithFewer) {
    auto const ask = [&](std::string_view body) {
        return house().post("/api/v1/staffing/simulation", house().analyst(), std::string(body));
    };
    auto const body = R"({"people":3,"hours":"office","work":[{"id":"other","per_day":10,"minutes":30}]})";
    auto const answer = ask(body);
    ASSERT_EQ(answer.status, 200) << answer.text;
    auto const outcomes = answer.json().at("outcomes");
    ASSERT_EQ(outcomes.as_array().size(), 3U);
    EXPECT_EQ(outcomes.at(1).at("people").to_number<int>(), 5);
    EXPECT_EQ(ask(body).text, answer.text);
    EXPECT_EQ(ask(R"({"people":2,"minus":2})").status, 422);
    EXPECT_EQ(ask(R"({"people":2,"work":[{"id":"coffee"}]})").status, 422);
    EXPECT_EQ(house().post("/api/v1/staffing/simulation", house().viewer(), R"({"people":3})").status, 403);
}

TEST(ReadinessRoutes, WhoIsTestedIsForAnalystsAndAnAgreementComesFirst) {
    auto const path = std::string("/api/v1/reachability");
    auto const made = house().post(path, house().analyst(),
                                   R"({"kind":"duty","time_zone":"Africa/Nairobi","hours":"mon-fri 08:00-17:00"})");
    ASSERT_EQ(made.status, 201) << made.text;
    EXPECT_EQ(made.json().at("standing").as_string(), "active");
    auto const one = fmt::format("{}/{}", path, made.json().at("id").to_number<std::int64_t>());
    EXPECT_EQ(
        house().call(Method::patch, one, house().analyst(), R"({"paused":true})").json().at("standing").as_string(),
        "paused");
    EXPECT_EQ(house().get(path, house().viewer()).status, 403);
    EXPECT_EQ(house().post(path, house().analyst(), R"({"kind":"peer","address":"a@b.example"})").status, 422);
    EXPECT_EQ(house().get(path + "?kind=duty", house().analyst()).json().at("items").as_array().size(), 1U);
    EXPECT_EQ(house().call(Method::get, "/r/AAAA", {}, "").status, 404);
    EXPECT_EQ(house().call(Method::del, one, house().analyst(), "").status, 204);
    EXPECT_EQ(house().get(one, house().analyst()).status, 404);
}

}  // namespace
}  // namespace tocsin::api
