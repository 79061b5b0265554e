#include "sharing/test_house.hpp"

#include <csignal>
#include <gmock/gmock.h>

namespace tocsin::sharing {
namespace {

auto const ignored_pipe = std::signal(SIGPIPE, SIG_IGN);

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

bool is_push(net::HttpRequest const& request) {
    return request.method == net::Method::post;
}

struct Push : testing::Test {
    House house;
    FakeTaxii server;

    PushReport push(Remote const& remote, RunOptions const& options = {}) {
        auto const report = house.exchange->push(remote, options);
        EXPECT_TRUE(report) << (report ? "" : report.error().message);
        return report.value_or(PushReport());
    }
    Error fails(Remote const& remote) {
        auto const report = house.exchange->push(remote, {});
        EXPECT_FALSE(report);
        return report ? Error() : report.error();
    }
    std::string all_pushed() {
        std::lock_guard const lock(server.mutex);
        std::string all;
        for (auto const& body : server.pushed) all += body;
        return all;
    }
    std::vector<gate::Disclosure> disclosures() {
        return *house.ledger->read([](store::Transaction& tx) { return gate::disclosures(tx, {.door = "taxii"}); });
    }
};

TEST_F(Push, SendsWhatThePeerMayHaveAndThenOnlyWhatIsNew) {
    house.import({indicator(1), indicator(2, amber_mark), indicator(3, red_mark), indicator(4, clear_mark)});
    house.import({indicator(5)}, northland);
    auto const remote = house.add(server);
    EXPECT_EQ(*house.exchange->waiting(remote), 3);
    auto report = push(remote);
    EXPECT_EQ(report.sent, 3);
    EXPECT_EQ(report.confirmed, 3);
    EXPECT_EQ(report.theirs, 1);
    for (int const n : {1, 2, 4}) EXPECT_THAT(all_pushed(), HasSubstr("indicator--" + uuid(n)));
    for (int const n : {3, 5}) EXPECT_THAT(all_pushed(), Not(HasSubstr("indicator--" + uuid(n))));
    EXPECT_EQ(*house.exchange->waiting(remote), 0);
    auto const log = disclosures();
    ASSERT_EQ(log.size(), 1U);
    EXPECT_EQ(log.front().recipient, house.peer.recipient().reference());
    EXPECT_EQ(log.back().contents, "1-2,4");
    EXPECT_EQ(log.back().marking.tlp, gate::Tlp::amber);
    house.import({indicator(6)});
    report = push(remote);
    EXPECT_EQ(report.sent, 1);
    EXPECT_EQ(push(remote).sent, 0);
    EXPECT_EQ(disclosures().size(), 2U);
}

TEST_F(Push, MovesOnWhenTheServerHasConfirmed) {
    house.import({indicator(1), indicator(2), indicator(3), indicator(4)});
    auto const remote = house.add(server);
    std::atomic<int> pushes{0};
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (is_push(request) && ++pushes == 2) return FakeTaxii::trouble(503);
        return {};
    };
    EXPECT_EQ(fails(remote).code, Code::unavailable);
    EXPECT_EQ(*house.exchange->waiting(remote), 1);
    house.open();
    EXPECT_EQ(push(remote).sent, 1);
    EXPECT_EQ(server.pushed.size(), 2U);
}

TEST_F(Push, AnswersThatTakeNothingAreNoConfirmation) {
    house.import({indicator(1)});
    auto const remote = house.add(server);
    server.trick = [](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (!is_push(request)) return {};
        return FakeTaxii::json(
            R"({"id":"x","status":"complete","total_count":0,"success_count":0,"failure_count":0,"pending_count":0})",
            202);
    };
    EXPECT_THAT(fails(remote).message, HasSubstr("took none of 1"));
    server.trick = [](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (!is_push(request)) return {};
        return FakeTaxii::json("<html>", 200);
    };
    EXPECT_EQ(fails(remote).code, Code::invalid);
    EXPECT_EQ(*house.exchange->waiting(remote), 1);
}

TEST_F(Push, KeepsToTheServersLargestBody) {
    std::vector<std::string> objects;
    for (int i = 1; i <= 9; ++i) objects.push_back(indicator(i));
    house.import(objects);
    auto const one = static_cast<std::int64_t>(indicator(1).size());
    server.most_content = 2 * one + 100;
    auto draft = house.draft(server);
    draft.page = 100;
    EXPECT_EQ(push(house.add(draft)).confirmed, 9);
    EXPECT_EQ(server.pushed.size(), 5U);
}

TEST_F(Push, FindsTheObjectThatTheServerDoesNotLike) {
    std::vector<std::string> objects;
    for (int i = 1; i <= 8; ++i) objects.push_back(indicator(i));
    house.import(objects);
    for (int const status : {413, 422}) {
        server.trick = [status](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
            if (is_push(request) && request.body.find("indicator--" + uuid(5)) != std::string::npos)
                return FakeTaxii::trouble(status, "not five");
            return {};
        };
        auto draft = house.draft(server);
        draft.name += std::to_string(status);
        draft.page = 100;
        auto const remote = house.add(draft);
        auto const report = push(remote);
        EXPECT_EQ(report.confirmed, 7);
        EXPECT_EQ(report.refused, 1);
        auto const refused = *house.remotes->refusals(remote.id, 10);
        ASSERT_EQ(refused.size(), 1U);
        EXPECT_EQ(refused[0].object, "indicator--" + uuid(5));
        EXPECT_THAT(refused[0].message, HasSubstr("not five"));
        EXPECT_EQ(*house.exchange->waiting(remote), 0);
    }
}

TEST_F(Push, AServerThatRefusesEverythingIsAFailure) {
    std::vector<std::string> objects;
    for (int i = 1; i <= 60; ++i) objects.push_back(indicator(i));
    house.import(objects);
    server.trick = [](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (is_push(request)) return FakeTaxii::trouble(422, "no");
        return {};
    };
    auto draft = house.draft(server);
    draft.page = 100;
    auto const remote = house.add(draft);
    EXPECT_EQ(fails(remote).code, Code::invalid);
    EXPECT_EQ(*house.exchange->waiting(remote), 60);
}

TEST_F(Push, WaitsForAPendingStatus) {
    house.import({indicator(1), indicator(2)});
    server.pending_rounds = 1;
    auto const report = push(house.add(server));
    EXPECT_EQ(report.confirmed, 2);
    EXPECT_FALSE(report.is_unfinished);
    EXPECT_EQ(server.asked_for("/root/status/" + uuid(7) + "/"), 1U);
}

TEST_F(Push, TakesUpAStatusThatWasStillPending) {
    house.import({indicator(1), indicator(2)});
    server.pending_rounds = 1000;
    house.limits.status_time = 100ms;
    house.open();
    auto const remote = house.add(server);
    EXPECT_TRUE(push(remote).is_unfinished);
    EXPECT_EQ(house.course(remote, Way::push).status, uuid(7));
    house.open();
    server.trick = [](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (!request.target.starts_with("/root/status/")) return {};
        return FakeTaxii::json(
            R"({"id":"x","status":"complete","total_count":2,"success_count":1,"failure_count":1,"pending_count":0,)"
            R"("failures":[{"id":"indicator--1","version":"v","message":"late\nno"}]})");
    };
    auto const report = push(remote);
    EXPECT_EQ(report.confirmed, 1);
    EXPECT_EQ(report.refused, 1);
    EXPECT_EQ(server.pushed.size(), 1U) << "nothing is sent twice";
    EXPECT_EQ(house.remotes->refusals(remote.id, 9)->front().message, "late no");
    EXPECT_EQ(*house.exchange->waiting(remote), 0);
}

TEST_F(Push, SendsAgainWhatAServerForgot) {
    house.import({indicator(1)});
    server.pending_rounds = 1000;
    house.limits.status_time = 100ms;
    house.open();
    auto const remote = house.add(server);
    EXPECT_TRUE(push(remote).is_unfinished);
    server.pending_rounds = 0;
    server.trick = [](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (request.target.starts_with("/root/status/")) return FakeTaxii::trouble(404);
        return {};
    };
    auto const report = push(remote);
    EXPECT_EQ(report.confirmed, 1);
    EXPECT_THAT(report.remarks, HasSubstr("lost-status"));
    EXPECT_EQ(server.pushed.size(), 2U);
}

TEST_F(Push, AHigherClearanceGetsWhatWasPassedOver) {
    auto peer = house.peer;
    peer.clearance = gate::Tlp::green;
    ASSERT_TRUE(house.peers->change(peer, house.us));
    house.import({indicator(1), indicator(2, amber_mark), indicator(3)});
    auto const remote = house.add(server);
    EXPECT_EQ(push(remote).sent, 2);
    EXPECT_THAT(all_pushed(), Not(HasSubstr("indicator--" + uuid(2))));
    peer.clearance = gate::Tlp::amber;
    ASSERT_TRUE(house.peers->change(peer, house.us));
    EXPECT_EQ(push(remote).sent, 3);
    EXPECT_THAT(all_pushed(), HasSubstr("indicator--" + uuid(2)));
    EXPECT_EQ(push(remote).sent, 0);
}

TEST_F(Push, AClearanceThatIsLoweredMeanwhileHoldsAtOnce) {
    house.import({indicator(1, amber_mark), indicator(2), indicator(3), indicator(4, amber_mark), indicator(5)});
    auto const remote = house.add(server);
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (is_push(request) && server.pushed.empty()) {
            auto peer = house.peer;
            peer.clearance = gate::Tlp::green;
            EXPECT_TRUE(house.peers->change(peer, house.us));
        }
        return {};
    };
    EXPECT_EQ(push(remote).sent, 4);
    EXPECT_THAT(all_pushed(), HasSubstr("indicator--" + uuid(5)));
    EXPECT_THAT(all_pushed(), Not(HasSubstr("indicator--" + uuid(4))));
    server.trick = {};
    ASSERT_TRUE(house.peers->change(house.peer, house.us));
    EXPECT_EQ(push(remote).sent, 5) << "cleared again, it gets what was passed over";
}

TEST_F(Push, OneAtATimePushes) {
    house.import({indicator(1)});
    auto const remote = house.add(server);
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (is_push(request)) EXPECT_EQ(fails(remote).code, Code::conflict);
        return {};
    };
    EXPECT_EQ(push(remote).sent, 1);
    EXPECT_EQ(house.course(remote, Way::push).failures, 0);
}

TEST_F(Push, ADryRunSaysWhatTheyWouldGetAndWhyNotTheRest) {
    house.import({indicator(1), indicator(2, amber_mark), indicator(3, red_mark), malware(4)});
    house.import({indicator(5)}, northland);
    house.import({indicator(6, amber_mark)}, {77});
    auto const remote = house.add(server);
    auto const report = push(remote, {.is_dry = true, .by = house.us});
    EXPECT_EQ(report.sent, 3);
    EXPECT_EQ(report.types.at("indicator"), 2);
    EXPECT_EQ(report.types.at("malware"), 1);
    EXPECT_EQ(report.theirs, 1);
    std::int64_t withheld = 0;
    for (auto const& [reason, count] : report.withheld) withheld += count;
    EXPECT_EQ(withheld, 2);
    EXPECT_TRUE(report.withheld.contains(std::string(gate::words_of(gate::Reason::above_clearance))));
    EXPECT_EQ(server.asked.size(), 0U);
    EXPECT_EQ(disclosures().size(), 0U);
    EXPECT_EQ(*house.exchange->waiting(remote), 3);
}

TEST_F(Push, ACollectionThatMayNotBeWrittenIsSaid) {
    house.import({indicator(1)});
    server.trick = [](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (request.target != "/root/collections/") return {};
        return FakeTaxii::json(
            R"({"collections":[{"id":"x","title":"All","alias":"all","can_read":true,"can_write":false}]})");
    };
    auto const denied = fails(house.add(server));
    EXPECT_EQ(denied.code, Code::denied);
    EXPECT_EQ(disclosures().size(), 0U);
}

TEST_F(Push, ARemoteGoesOnlyTheWayItWasAddedFor) {
    auto draft = house.draft(server);
    draft.pushes = false;
    EXPECT_THAT(fails(house.add(draft)).message, HasSubstr("does not push"));
}

}  // namespace
}  // namespace tocsin::sharing
