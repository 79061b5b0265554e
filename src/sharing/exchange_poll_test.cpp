#include "sharing/test_house.hpp"

#include <csignal>
#include <gmock/gmock.h>

namespace tocsin::sharing {
namespace {

auto const ignored_pipe = std::signal(SIGPIPE, SIG_IGN);

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

bool is_objects(net::HttpRequest const& request) {
    return request.target.find("/objects/") != std::string::npos;
}

struct Poll : testing::Test {
    House house;
    FakeTaxii server;
    Timestamp const day = at("2026-11-20T00:00:00Z");

    PollReport poll(Remote const& remote, RunOptions const& options = {}) {
        auto const report = house.exchange->poll(remote, options);
        EXPECT_TRUE(report) << (report ? "" : report.error().message);
        return report.value_or(PollReport());
    }
    Error fails(Remote const& remote) {
        auto const report = house.exchange->poll(remote, {});
        EXPECT_FALSE(report);
        return report ? Error() : report.error();
    }
    std::string remarks(Remote const& remote) { return house.course(remote, Way::poll).remarks; }
};

TEST_F(Poll, TakesEveryPageAndThenOnlyWhatIsNew) {
    server.add(1, 8, day);
    auto const remote = house.add(server);
    auto report = poll(remote);
    EXPECT_EQ(report.pages, 3);
    EXPECT_EQ(report.stored, 8);
    EXPECT_EQ(report.remarks, "");
    EXPECT_EQ(house.course(remote, Way::poll).added_after, day + 7min);
    server.add(9, 2, day + 1h);
    report = poll(remote);
    EXPECT_EQ(report.objects, 2);
    EXPECT_EQ(report.stored, 2);
    EXPECT_EQ(server.asked_for("added_after=2026-11-20T00%3A07%3A00.000000Z"), 1U);
    EXPECT_EQ(poll(remote).objects, 0);
    EXPECT_EQ(house.count(), 10);
    auto const source = house.known->sources(1)->front();
    EXPECT_EQ(source.organisation, northland);
    EXPECT_EQ(source.kind, "taxii");
}

TEST_F(Poll, GoesOnByDateWhereThereIsNoNext) {
    server.gives_next = false;
    server.add(1, 8, day);
    EXPECT_EQ(poll(house.add(server)).stored, 8);
}

TEST_F(Poll, GoesOnWhereItBrokeOff) {
    server.add(1, 8, day);
    auto const remote = house.add(server);
    server.trick = [](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (is_objects(request) && request.target.find("next=3") != std::string::npos) return FakeTaxii::trouble(500);
        return {};
    };
    EXPECT_EQ(fails(remote).code, Code::unavailable);
    EXPECT_EQ(house.count(), 3);
    server.trick = {};
    house.open();
    auto const report = poll(remote);
    EXPECT_EQ(report.stored, 5);
    EXPECT_EQ(report.known, 0) << "the first page is not asked for again";
    EXPECT_EQ(house.count(), 8);
}

TEST_F(Poll, GoesOnByDateWhenANextIsNotTakenAnyMore) {
    server.add(1, 8, day);
    auto const remote = house.add(server);
    server.trick = [](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (request.target.find("next=") != std::string::npos) return FakeTaxii::trouble(400, "expired");
        return {};
    };
    EXPECT_EQ(poll(remote).stored, 8);
    EXPECT_THAT(remarks(remote), HasSubstr("next-refused (2)"));
}

TEST_F(Poll, GivesUpPagesThatRepeatWithoutEnd) {
    auto const remote = house.add(server);
    std::atomic<int> number{0};
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (!is_objects(request)) return {};
        return FakeTaxii::json(fmt::format(R"({{"objects":[{}],"more":true,"next":"same"}})", indicator(1)));
    };
    EXPECT_THAT(fails(remote).message, HasSubstr("the same page again and again"));
    EXPECT_LE(server.asked_for("/objects/"), 6U);
    EXPECT_EQ(house.count(), 1);
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (!is_objects(request)) return {};
        return FakeTaxii::json(fmt::format(R"({{"more":true,"next":"n{}"}})", ++number));
    };
    EXPECT_THAT(fails(remote).message, HasSubstr("sends nothing"));
    EXPECT_EQ(house.course(remote, Way::poll).failures, 2);
}

TEST_F(Poll, TakesNoMoreThanItsLimitsInOneRun) {
    std::atomic<int> number{0};
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (!is_objects(request)) return {};
        auto const n = ++number;
        return FakeTaxii::json(fmt::format(R"({{"objects":[{}],"more":true,"next":"n{}"}})", indicator(n), n));
    };
    house.limits.pages = 5;
    house.open();
    auto const remote = house.add(server);
    auto const report = poll(remote);
    EXPECT_TRUE(report.is_unfinished);
    EXPECT_EQ(report.stored, 5);
    EXPECT_EQ(house.course(remote, Way::poll).due, house.clock.now() + 60s);
    EXPECT_EQ(poll(remote).stored, 5);
}

TEST_F(Poll, IsNotLedAstrayByAClockThatJumpsAhead) {
    server.add(indicator(1), at("2099-01-01T00:00:00Z"));
    auto const remote = house.add(server);
    EXPECT_EQ(poll(remote).stored, 1);
    EXPECT_THAT(remarks(remote), HasSubstr("future-dates"));
    EXPECT_EQ(house.course(remote, Way::poll).added_after, house.clock.now());
    server.add(indicator(2), house.clock.now() + 10min);
    EXPECT_EQ(poll(remote).stored, 1);
}

TEST_F(Poll, ReadsTheLastDayAgainOnceADayForClocksThatWentBack) {
    server.add(indicator(1), at("2026-11-26T09:00:00Z"));
    auto const remote = house.add(server);
    EXPECT_EQ(poll(remote).stored, 1);
    server.add(indicator(2), at("2026-11-26T08:00:00Z"));
    EXPECT_EQ(poll(remote).stored, 0);
    house.later(25h);
    auto const report = poll(remote);
    EXPECT_EQ(report.stored, 1);
    EXPECT_EQ(report.known, 1);
    EXPECT_EQ(house.course(remote, Way::poll).added_after, at("2026-11-26T09:00:00Z"));
    EXPECT_EQ(poll(remote).objects, 0);
}

TEST_F(Poll, OurOwnClockThatWasSetBackIsNoObstacle) {
    server.add(indicator(1), at("2026-11-26T09:00:00Z"));
    auto const remote = house.add(server);
    poll(remote);
    house.clock.set(at("2026-01-01T00:00:00Z"));
    server.add(indicator(2), at("2026-11-26T09:30:00Z"));
    ASSERT_EQ(house.remotes->due(house.clock.now())->size(), 2U) << "also the push, which never ran";
    EXPECT_EQ(poll(remote).stored, 1);
}

TEST_F(Poll, SaysWhenAServerDoesNotLookAtTheDateAskedFor) {
    server.add(1, 2, day);
    auto const remote = house.add(server);
    poll(remote);
    EXPECT_EQ(remarks(remote), "");
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (!is_objects(request)) return {};
        auto page = FakeTaxii::json(fmt::format(R"({{"objects":[{}]}})", indicator(1)));
        page.set("x-taxii-date-added-first", formats::taxii::format_time(day));
        page.set("x-taxii-date-added-last", formats::taxii::format_time(day));
        return page;
    };
    EXPECT_EQ(poll(remote).known, 1);
    EXPECT_THAT(remarks(remote), HasSubstr("dates-backwards"));
    EXPECT_EQ(house.course(remote, Way::poll).added_after, day + 1min);
}

TEST_F(Poll, TakesServersWithoutDates) {
    server.gives_dates = false;
    server.add(1, 5, day);
    auto const remote = house.add(server);
    EXPECT_EQ(poll(remote).stored, 5);
    EXPECT_THAT(remarks(remote), HasSubstr("no-date-headers"));
    EXPECT_TRUE(house.course(remote, Way::poll).added_after);
}

TEST_F(Poll, SaysWhenMoreShareAMomentThanFitOnAPage) {
    server.gives_next = false;
    for (int i = 0; i < 8; ++i) server.add(indicator(i), day);
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (!is_objects(request)) return {};
        auto page = FakeTaxii::json(fmt::format(R"({{"objects":[{}],"more":true}})", indicator(1)));
        page.set("x-taxii-date-added-first", formats::taxii::format_time(day));
        page.set("x-taxii-date-added-last", formats::taxii::format_time(day));
        return page;
    };
    EXPECT_THAT(fails(house.add(server)).message, HasSubstr("more objects of one moment"));
}

TEST_F(Poll, TakesBundlesAndLeavesBrokenMembersAside) {
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (!is_objects(request)) return {};
        auto page = FakeTaxii::json(fmt::format(R"({{"type":"bundle","id":"bundle--{}","objects":[{},7,{}]}})", uuid(9),
                                                indicator(1), indicator(2)));
        page.headers.clear();
        page.set("content-type", "application/json");
        return page;
    };
    auto const remote = house.add(server);
    auto const report = poll(remote);
    EXPECT_EQ(report.stored, 2);
    EXPECT_EQ(report.rejected, 1);
    EXPECT_THAT(remarks(remote), HasSubstr("bundle-for-envelope"));
    EXPECT_THAT(remarks(remote), HasSubstr("wrong-content-type"));
}

TEST_F(Poll, TakesOnlyTheTypesAskedForWhateverTheServerSends) {
    server.add(1, 3, day);
    server.add(malware(4), day + 1h);
    auto draft = house.draft(server);
    draft.types = {"malware"};
    auto const remote = house.add(draft);
    EXPECT_EQ(poll(remote).stored, 1);
    EXPECT_EQ(server.asked_for("match%5Btype%5D=malware"), 1U);
    server.filters_types = false;
    auto const again = poll(remote, {.from_start = true});
    EXPECT_EQ(again.objects, 1);
    EXPECT_EQ(house.count(), 1);
}

TEST_F(Poll, TakesNothingThatIsNoEnvelopeOrTooLarge) {
    auto const remote = house.add(server);
    std::string body = "<html>Welcome</html>";
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (!is_objects(request)) return {};
        return FakeTaxii::json(body);
    };
    EXPECT_THAT(fails(remote).message, HasSubstr("no envelope"));
    body = R"({"objects":[{"type":"indic)";
    EXPECT_THAT(fails(remote).message, HasSubstr("broken off"));
    house.limits.taxii.page_bytes = 1000;
    house.open();
    body = fmt::format(R"({{"objects":[{},{},{}]}})", indicator(1), indicator(2), indicator(3));
    EXPECT_EQ(fails(remote).code, Code::limit);
    EXPECT_EQ(house.count(), 0);
}

TEST_F(Poll, FollowsNoRedirectToAnotherHost) {
    FakeTaxii other;
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (!is_objects(request)) return {};
        auto away = FakeTaxii::json("{}", 302);
        away.set("location", other.url("/root/collections/x/objects/"));
        return away;
    };
    EXPECT_EQ(fails(house.add(house.draft(server), "the-token")).code, Code::denied);
    EXPECT_EQ(other.asked.size(), 0U);
}

TEST_F(Poll, GivesUpBodiesThatStandStill) {
    house.limits.taxii.slow_time = 1s;
    house.open();
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (!is_objects(request)) return {};
        auto slow = FakeTaxii::json("");
        slow.write_body = [&](net::BodyWriter& out) -> Status {
            CHECK(out.write("{\"objects\":["));
            for (int i = 0; i < 50 && !server.is_ending; ++i) {
                std::this_thread::sleep_for(100ms);
                CHECK(out.write(" "));
            }
            return {};
        };
        return slow;
    };
    auto const began = std::chrono::steady_clock::now();
    EXPECT_EQ(fails(house.add(server)).code, Code::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 4s);
}

TEST_F(Poll, ABodyThatIsCutLosesNothing) {
    server.add(1, 5, day);
    auto const remote = house.add(server);
    std::atomic<bool> is_cutting{true};
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (!is_objects(request) || !is_cutting) return {};
        auto cut = FakeTaxii::json("");
        cut.write_body = [](net::BodyWriter& out) -> Status {
            CHECK(out.write("{\"objects\":[" + indicator(1)));
            return fail(Code::io, "cut");
        };
        return cut;
    };
    EXPECT_EQ(fails(remote).code, Code::unavailable);
    is_cutting = false;
    EXPECT_EQ(poll(remote).stored, 5);
}

TEST_F(Poll, ComesLaterAfterEachFailureAndNotBeforeTheServerAsks) {
    auto const remote = house.add(server);
    server.trick = [](net::HttpRequest const&) { return FakeTaxii::trouble(503, "Full"); };
    auto const now = house.clock.now();
    EXPECT_THAT(fails(remote).message, HasSubstr("(503, Full)"));
    EXPECT_EQ(house.course(remote, Way::poll).due, now + 60s);
    fails(remote);
    EXPECT_EQ(house.course(remote, Way::poll).due, now + 120s);
    for (int i = 0; i < 8; ++i) fails(remote);
    EXPECT_EQ(house.course(remote, Way::poll).due, now + 3600s);
    server.trick = [](net::HttpRequest const&) {
        auto busy = FakeTaxii::trouble(429);
        busy.set("retry-after", "7200");
        return busy;
    };
    fails(remote);
    EXPECT_EQ(house.course(remote, Way::poll).due, now + 7200s);
    server.trick = {};
    poll(remote);
    auto const course = house.course(remote, Way::poll);
    EXPECT_EQ(course.due, now + 900s);
    EXPECT_EQ(course.failures, 0);
    EXPECT_EQ(course.error, "");
}

TEST_F(Poll, SaysWhatARefusalMeansAndNeverTheSecret) {
    auto draft = house.draft(server);
    draft.login = "us";
    auto const remote = house.add(draft, "a pass word");
    server.trick = [](net::HttpRequest const& request) {
        return FakeTaxii::trouble(401, "bad: " + std::string(request.header("authorization")) + " a pass word");
    };
    auto const denied = fails(remote);
    EXPECT_EQ(denied.code, Code::denied);
    EXPECT_THAT(denied.message, HasSubstr("does not take these credentials (401, bad: Basic ***"));
    EXPECT_THAT(denied.message, Not(HasSubstr("a pass word")));
    EXPECT_EQ(server.authorization, "Basic " + to_base64("us:a pass word"));
    for (auto const& [status, code] : std::vector<std::pair<int, Code>>{{403, Code::denied},
                                                                        {404, Code::not_found},
                                                                        {406, Code::invalid},
                                                                        {413, Code::limit},
                                                                        {415, Code::invalid},
                                                                        {416, Code::invalid},
                                                                        {500, Code::unavailable}}) {
        server.trick = [status](net::HttpRequest const&) { return FakeTaxii::trouble(status); };
        EXPECT_EQ(fails(remote).code, code) << status;
    }
}

TEST_F(Poll, ACollectionThatIsAnotherOneNowIsReadFromItsStart) {
    server.add(1, 2, day);
    auto const remote = house.add(server);
    poll(remote);
    constexpr std::string_view other = "52892447-4d7e-4f70-b94d-d7f22742ff63";
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (request.target == "/root/collections/")
            return FakeTaxii::json(fmt::format(
                R"({{"collections":[{{"id":"{}","title":"x","alias":"all","can_read":true,"can_write":false}}]}})",
                other));
        if (request.target.find(other) != std::string::npos)
            return FakeTaxii::json(fmt::format(R"({{"objects":[{}]}})", indicator(3)));
        if (is_objects(request)) return FakeTaxii::trouble(404);
        return {};
    };
    EXPECT_EQ(fails(remote).code, Code::not_found);
    EXPECT_EQ(poll(remote).stored, 1);
    EXPECT_EQ(server.asked_for(fmt::format("{}/objects/?limit=3", other)), 1U);
}

TEST_F(Poll, ADryRunChangesNothing) {
    server.add(1, 4, day);
    house.import({indicator(1)});
    auto const remote = house.add(server);
    auto const report = poll(remote, {.is_dry = true, .by = house.us});
    EXPECT_EQ(report.objects, 4);
    EXPECT_EQ(report.known, 1);
    EXPECT_EQ(report.types.at("indicator"), 4);
    EXPECT_EQ(house.count(), 1);
    EXPECT_FALSE(house.course(remote, Way::poll).last_run);
    EXPECT_EQ(poll(remote).objects, 4);
}

TEST_F(Poll, WhatAPeerMayNotVersionIsKeptAside) {
    house.import({indicator(1)});
    auto forged = replaced(indicator(1), "\"modified\":\"2026-11-20", "\"modified\":\"2026-11-25");
    server.add(forged, day);
    auto const report = poll(house.add(server));
    EXPECT_EQ(report.rejected, 1);
    EXPECT_EQ(report.stored, 0);
}

TEST_F(Poll, ARemovedPeerIsNotAskedAnyMore) {
    auto const remote = house.add(server);
    ASSERT_EQ(house.remotes->due(house.clock.now())->size(), 2U);
    ASSERT_TRUE(house.peers->remove(house.peer.id, house.us));
    EXPECT_EQ(house.remotes->due(house.clock.now())->size(), 0U);
    EXPECT_EQ(fails(remote).code, Code::not_found);
    EXPECT_EQ(server.asked.size(), 0U);
}

TEST_F(Poll, TheScheduleRunsWhatIsDueAndStopsAtOnce) {
    server.add(1, 4, day);
    auto const remote = house.add(server);
    house.exchange->start();
    for (int i = 0; i < 100 && (house.count() < 4 || !house.course(remote, Way::poll).last_run); ++i)
        std::this_thread::sleep_for(20ms);
    EXPECT_EQ(house.count(), 4);
    std::atomic<bool> is_asked{false};
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (!is_objects(request)) return {};
        auto slow = FakeTaxii::json("");
        is_asked = true;
        slow.write_body = [&](net::BodyWriter& out) -> Status {
            for (int i = 0; i < 200 && !server.is_ending; ++i) {
                CHECK(out.write("                                                                "));
                std::this_thread::sleep_for(50ms);
            }
            return {};
        };
        return slow;
    };
    house.later(1h);
    house.exchange->changed();
    for (int i = 0; i < 100 && !is_asked; ++i) std::this_thread::sleep_for(20ms);
    EXPECT_TRUE(is_asked);
    auto const began = std::chrono::steady_clock::now();
    house.exchange->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
    EXPECT_EQ(house.course(remote, Way::poll).failures, 0) << "being stopped is no failure";
}

}  // namespace
}  // namespace tocsin::sharing
