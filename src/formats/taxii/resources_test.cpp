#include "formats/taxii/resources.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::formats::taxii {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// "missing-property 2 title, inexact-time 1 ..." for one look at all.
std::string told(Remarks const& remarks) {
    std::string text;
    for (auto const& remark : remarks.all())
        text += fmt::format("{}{} {} {}", text.empty() ? "" : "; ", name_of(remark.what), remark.count, remark.example);
    return text;
}

Timestamp const noon = *parse_timestamp("2026-11-26T12:00:00Z");

// Golden: what the standard's examples look like, from our values.

TEST(TaxiiResources, AreWrittenToTheLetter) {
    EXPECT_EQ(
        write(Discovery{"Tocsin", "", "cirt@cirt.example", "/trust/", {"/trust/", "https://a.example/x/"}}),
        R"({"title":"Tocsin","contact":"cirt@cirt.example","default":"/trust/","api_roots":["/trust/","https://a.example/x/"]})");
    EXPECT_EQ(write(Discovery{.title = "T", .description = {}, .contact = {}, .default_root = {}, .api_roots = {}}),
              R"({"title":"T"})");
    EXPECT_EQ(
        write(ApiRoot{"Trust", "among us", {"application/taxii+json;version=2.1"}, 1000}),
        R"({"title":"Trust","description":"among us","versions":["application/taxii+json;version=2.1"],"max_content_length":1000})");
    Collection const collection{"91a7b528-80eb-42ed-a74d-c6fbd5a26116", "High", "", "high", true, false,
                                {"application/stix+json;version=2.1"}};
    EXPECT_EQ(
        write(collection),
        R"({"id":"91a7b528-80eb-42ed-a74d-c6fbd5a26116","title":"High","alias":"high","can_read":true,"can_write":false,"media_types":["application/stix+json;version=2.1"]})");
    EXPECT_EQ(write(std::vector{collection}), R"({"collections":[)" + write(collection) + "]}");
    EXPECT_EQ(write(std::vector<Collection>()), "{}");
    EXPECT_EQ(
        write(Manifest{true, "n", {{"indicator--1", noon, "2026-01-01T00:00:00.000Z", "m"}}}),
        R"({"more":true,"next":"n","objects":[{"id":"indicator--1","date_added":"2026-11-26T12:00:00.000000Z","version":"2026-01-01T00:00:00.000Z","media_type":"m"}]})");
    EXPECT_EQ(write(Manifest()), "{}");
    EXPECT_EQ(write(Versions{true, "n", {"2026-01-01T00:00:00.000Z"}}),
              R"({"more":true,"next":"n","versions":["2026-01-01T00:00:00.000Z"]})");
    EXPECT_EQ(write(Versions()), "{}");
    PushStatus status;
    status.id = "2d086da7-4bdc-4f91-900e-d77486753710";
    status.is_complete = true;
    status.request_time = noon;
    status.total_count = 2;
    status.success_count = status.failure_count = 1;
    status.failures = {{"indicator--1", "2026-01-01T00:00:00.000Z", "no \"pattern\""}};
    EXPECT_EQ(
        write(status),
        R"({"id":"2d086da7-4bdc-4f91-900e-d77486753710","status":"complete","request_timestamp":"2026-11-26T12:00:00.000000Z",)"
        R"("total_count":2,"success_count":1,"failure_count":1,"failures":[{"id":"indicator--1","version":"2026-01-01T00:00:00.000Z","message":"no \"pattern\""}],"pending_count":0})");
    EXPECT_EQ(
        write(ErrorMessage{"Too large", "at most 10", "", "413-1", 413, "https://a.example/e", R"({"a":1})"}),
        R"({"title":"Too large","description":"at most 10","error_code":"413-1","http_status":"413","external_details":"https://a.example/e","details":{"a":1}})");
}

TEST(TaxiiResources, WhatTheStandardWantsIsReadWithoutARemark) {
    Remarks remarks;
    EXPECT_THAT(read_discovery(R"({"title":"T","default":"/a/","api_roots":["/a/"],"x_more":[1]})", remarks)->api_roots,
                ElementsAre("/a/"));
    EXPECT_EQ(read_api_root(
                  R"({"title":"T","versions":["application/taxii+json; version=2.1"],"max_content_length":9})", remarks)
                  ->max_content_length,
              9);
    EXPECT_THAT(*read_collections("{}", remarks), IsEmpty());
    EXPECT_EQ(
        read_status(
            R"({"id":"s","status":"pending","request_timestamp":"2026-11-26T12:00:00.000000Z","total_count":2,"success_count":1,"successes":[{"id":"a","version":"b"}],"failure_count":0,"pending_count":1})",
            remarks)
            ->request_time,
        noon);
    EXPECT_EQ(told(remarks), "");
}

TEST(TaxiiResources, WhatIsOddIsTakenAndNoted) {
    Remarks remarks;
    auto const discovery = read_discovery(R"({"default":"/b/","api_roots":["/a/",7],"description":null})", remarks);
    ASSERT_TRUE(discovery);
    EXPECT_THAT(discovery->api_roots, ElementsAre("/a/"));
    EXPECT_EQ(told(remarks), "missing-property 1 title; wrong-value 3 description: expected a text");
    remarks = {};
    EXPECT_EQ(read_api_root(R"({"title":"T","versions":["taxii-2.0"],"max_content_length":"9"})", remarks)
                  ->max_content_length,
              0);
    EXPECT_EQ(told(remarks), "wrong-value 2 max_content_length: expected a whole number");
    remarks = {};
    auto const list = read_collections(
        R"({"collections":[{"id":"a","title":"A","can_read":true},{"title":"no id"},"x",{"id":"b","title":"B","can_read":"yes","can_write":true,"media_types":[]}]})",
        remarks);
    ASSERT_TRUE(list);
    ASSERT_EQ(list->size(), 2U);
    EXPECT_TRUE((*list)[0].can_read && !(*list)[0].can_write && !(*list)[1].can_read && (*list)[1].can_write);
    EXPECT_EQ(told(remarks),
              "empty-list 1 collections[3].media_types; missing-property 2 collections[0].can_write; wrong-value 2 "
              "collections[2]: expected an object");
    remarks = {};
    auto const manifest = read_manifest(
        R"({"objects":[{"id":"a","date_added":"2026-11-26T12:00:00Z","version":"v"},{"id":"b","date_added":"2026-11-26 12:00","version":"v"},{"id":"c","date_added":"soon","version":"v"}]})",
        remarks);
    ASSERT_TRUE(manifest);
    ASSERT_EQ(manifest->objects.size(), 2U);
    EXPECT_EQ(manifest->objects[1].date_added, noon);
    EXPECT_TRUE(remarks.has(Oddity::inexact_time) && remarks.has(Oddity::wrong_value));
}

TEST(TaxiiResources, CountsThatDoNotFitAreNoted) {
    auto const remark = [](std::string_view numbers) {
        Remarks remarks;
        EXPECT_TRUE(read_status(fmt::format(R"({{"id":"s",{}}})", numbers), remarks));
        return remarks.has(Oddity::counts_differ);
    };
    EXPECT_FALSE(
        remark(R"("status":"complete","total_count":2,"success_count":1,"failure_count":1,"pending_count":0)"));
    EXPECT_TRUE(remark(R"("status":"complete","total_count":3,"success_count":1,"failure_count":1,"pending_count":0)"));
    EXPECT_TRUE(remark(R"("status":"complete","total_count":2,"success_count":1,"failure_count":0,"pending_count":1)"));
    EXPECT_TRUE(remark(
        R"("status":"pending","total_count":2,"success_count":2,"failure_count":0,"pending_count":0,"successes":[{"id":"a","version":"b"}])"));
    EXPECT_TRUE(
        remark(R"("status":"complete","total_count":-2,"success_count":1,"failure_count":1,"pending_count":0)"));
}

TEST(TaxiiResources, WhatCanNotBeUsedIsAnError) {
    Remarks remarks;
    std::string deep;
    for (int i = 0; i < 20'000; ++i) deep += '[';
    for (auto const& bad : {std::string(), std::string("[]"), std::string("\"x\""), std::string("{"),
                            std::string("{\"a\":\"\xff\"}"), std::string("<html>"), "{\"title\":" + deep}) {
        EXPECT_FALSE(read_discovery(bad, remarks)) << bad.substr(0, 20);
        EXPECT_FALSE(read_api_root(bad, remarks));
        EXPECT_FALSE(read_collections(bad, remarks));
        EXPECT_FALSE(read_status(bad, remarks));
        EXPECT_FALSE(read_error(bad));
    }
    EXPECT_FALSE(read_collection(R"({"title":"no id"})", remarks));
}

TEST(TaxiiResources, AnErrorIsToldInOneLine) {
    EXPECT_EQ(told_by(R"({"title":"No","description":"not\nyours","http_status":"403"})"), "No: not yours");
    EXPECT_EQ(told_by(R"({"title":"No","description":"No"})"), "No");
    EXPECT_EQ(told_by("<html>\x1b[31m 502</html>\n"), "<html> [31m 502</html>");
    EXPECT_EQ(told_by(""), "");
    EXPECT_EQ(told_by("{}"), "");
    EXPECT_LE(told_by(std::string(10'000, '\xff')).size(), 300U);
    EXPECT_EQ(read_error(R"({"title":"x","http_status":409})")->http_status, 409);
}

TEST(TaxiiRemarks, EachKindOnceWithItsFirstExample) {
    Remarks remarks;
    remarks.note(Oddity::empty_list, "first");
    remarks.note(Oddity::inexact_time, "time");
    remarks.note(Oddity::empty_list, "second");
    Remarks more;
    more.note(Oddity::empty_list, "third", 5);
    remarks.add(more);
    EXPECT_EQ(told(remarks), "inexact-time 1 time; empty-list 7 first");
    EXPECT_TRUE(remarks.has(Oddity::empty_list));
    EXPECT_FALSE(remarks.has(Oddity::lost_status));
}

}  // namespace
}  // namespace tocsin::formats::taxii
