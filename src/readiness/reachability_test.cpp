#include "readiness/reachability.hpp"

#include "readiness/test_house.hpp"

#include <chrono>
#include <set>

namespace tocsin::readiness {
namespace {

using std::chrono::hours;

/// A house whose letters go into a list, and whose mail server answers as it is told.
class Post : public House {
  public:
    Post() {
        secrets.emplace(*access::Secrets::open(*directory));
        connect("boot-1");
    }
    void connect(std::string boot) {
        ReachDoors doors{.team = "CIRT", .team_address = "cirt@cirt.example", .public_url = "https://cirt.example"};
        doors.boot = std::move(boot);
        doors.secrets = &*secrets;
        doors.address_of = [this](ReachTarget const& target) -> Result<ReachAddress> {
            auto const address = target.address.empty() ? "duty@cirt.example" : target.address;
            return ReachAddress{.address = address,
                                .language = target.language.empty() ? "en" : target.language,
                                .unwanted = unwanted.contains(address) ? "not to be contacted" : ""};
        };
        doors.send = [this](ReachLetter const& letter, auto const&) -> Result<ReachDelivery> {
            letters.push_back(letter);
            return answer;
        };
        doors.left = [this]() -> Result<std::optional<std::map<std::pair<std::int64_t, int>, ReachLeft>>> {
            return left;
        };
        doors.settled = []() -> Status { return {}; };
        reach().connect(std::move(doors));
    }
    Reachability& reach() const { return room->reachability; }
    ReachTarget bank(std::string agreed_by = "Amina") {
        auto made = reach().add({.kind = ReachKind::constituent,
                                 .organisation = {7},
                                 .name = "First Bank",
                                 .address = "noc@bank.example",
                                 .agreed_by = std::move(agreed_by)},
                                us);
        EXPECT_TRUE(made) << (made ? "" : made.error().message);
        return made.value_or(ReachTarget());
    }
    ReachPlan queue(ReachTarget const& target) const {
        ReachTargetId const ids[] = {target.id};
        return *reach().queue(ids, false, us);
    }
    ReachSent send() const { return *reach().send_due({}); }
    std::string link() const {
        auto const at = letters.back().text.find("https://cirt.example/r/");
        auto const rest = letters.back().text.substr(at + std::string_view("https://cirt.example").size());
        return rest.substr(0, rest.find('\n'));
    }
    net::HttpResponse call(net::Method method, std::string const& target) const {
        net::HttpRequest request;
        request.method = method;
        request.target = target;
        request.headers = {{"content-type", "application/x-www-form-urlencoded"}};
        request.body = "arrived=yes";
        return reach().page(request);
    }
    ReachTest last(ReachTarget const& target) const { return *reach().one(target.id)->last; }
    void pass(std::chrono::microseconds time) { clock.set(clock.now() + time); }

    std::optional<access::Secrets> secrets;
    std::set<std::string, std::less<>> unwanted;
    std::vector<ReachLetter> letters;
    ReachDelivery answer{ReachDelivery::Kind::taken, {}};
    std::optional<std::map<std::pair<std::int64_t, int>, ReachLeft>> left{std::in_place};
};

TEST(Reachability, TheButtonCountsAndLookingDoesNot) {
    Post post;
    auto const bank = post.bank();
    EXPECT_EQ(post.queue(bank).queued(), 1);
    EXPECT_EQ(post.send().sent, 1);
    ASSERT_EQ(post.letters.size(), 1U);
    EXPECT_EQ(post.letters[0].to, "noc@bank.example");
    auto const page = post.call(net::Method::get, post.link());
    EXPECT_EQ(page.status, 200);
    EXPECT_NE(page.body.find("<button"), std::string::npos);
    EXPECT_EQ(page.body.find("<script"), std::string::npos);
    EXPECT_TRUE(post.last(bank).opened);
    EXPECT_EQ(post.last(bank).outcome(post.clock.now()), "waiting");
    post.pass(hours(2));
    EXPECT_EQ(post.call(net::Method::post, post.link()).status, 303);
    EXPECT_EQ(post.last(bank).outcome(post.clock.now()), "answered");
    EXPECT_EQ(post.last(bank).took(), std::chrono::seconds(7200));
    post.pass(hours(1));
    EXPECT_EQ(post.call(net::Method::post, post.link()).status, 303);  // a second time changes nothing
    EXPECT_EQ(post.last(bank).took(), std::chrono::seconds(7200));
    EXPECT_EQ(post.call(net::Method::get, post.link()).body.find("<button"), std::string::npos);
    EXPECT_EQ(post.audited("reachability.answer"), 1);
}

TEST(Reachability, AForgedOrForgottenLinkTellsNothing) {
    Post post;
    auto const bank = post.bank();
    post.queue(bank);
    post.send();
    auto forged = post.link();
    forged[5] = forged[5] == 'A' ? 'B' : 'A';
    EXPECT_EQ(post.call(net::Method::get, forged).status, 404);
    EXPECT_EQ(post.call(net::Method::post, forged).status, 404);
    EXPECT_EQ(post.call(net::Method::get, "/r/").status, 404);
    EXPECT_FALSE(post.last(bank).answered);
    post.pass(hours(24 * 40));
    EXPECT_EQ(post.call(net::Method::post, post.link()).status, 404);
    ASSERT_TRUE(post.reach().remove(bank.id, post.us));
    EXPECT_EQ(post.call(net::Method::get, post.link()).status, 404);
}

TEST(Reachability, NothingIsSentWithoutAnAgreementOrToWhoIsNotToBeContacted) {
    Post post;
    auto const held = post.bank("");
    EXPECT_EQ(held.standing(), ReachStanding::held);
    EXPECT_FALSE(held.next);
    EXPECT_EQ(post.queue(held).items.front().left_out, "nobody of them has agreed to it");
    auto agreed = *post.reach().one(held.id);
    agreed.agreed_by = "Amina";
    ASSERT_TRUE(post.reach().change(agreed, post.us));
    post.unwanted.insert("noc@bank.example");
    EXPECT_EQ(post.queue(held).items.front().left_out, "not to be contacted");
    post.unwanted.clear();
    EXPECT_EQ(post.queue(held).queued(), 1);
    post.unwanted.insert("noc@bank.example");  // between queue and door
    EXPECT_EQ(post.send().failed, 1);
    EXPECT_TRUE(post.letters.empty());
}

TEST(Reachability, ADryRunQueuesNothing) {
    Post post;
    auto const bank = post.bank();
    ReachTargetId const ids[] = {bank.id};
    auto const plan = post.reach().queue(ids, true, post.us);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->items.front().address, "noc@bank.example");
    EXPECT_EQ(plan->queued(), 0);
    EXPECT_EQ(post.send().sent, 0);
    EXPECT_FALSE(post.reach().one(bank.id)->last);
}

TEST(Reachability, ALateAnswerIsLateAndSilenceIsMissedAndDue) {
    Post post;
    auto const bank = post.bank();
    post.queue(bank);
    post.send();
    EXPECT_TRUE(post.reach().unanswered()->empty());
    post.pass(hours(25));
    EXPECT_EQ(post.last(bank).outcome(post.clock.now()), "missed");
    ASSERT_EQ(post.reach().unanswered()->size(), 1U);
    EXPECT_EQ(post.reach().unanswered()->front().name, "First Bank");
    EXPECT_EQ(post.call(net::Method::post, post.link()).status, 303);
    EXPECT_EQ(post.last(bank).outcome(post.clock.now()), "late");
    EXPECT_TRUE(post.reach().unanswered()->empty());
    auto const figures = *post.reach().figures(ReachKind::constituent, {});
    EXPECT_EQ(figures.tested, 1);
    EXPECT_EQ(figures.reached, 0);
}

TEST(Reachability, TheScheduleKeepsTheReceiversHours) {
    Post post;  // Thursday, 10:00 UTC
    ReachTarget draft{.name = "Duty desk", .every_days = 30, .when = ReachWhen::outside};
    draft.hours = *parse_desk_hours("Africa/Nairobi", "mon-fri 08:00-17:00");
    auto const duty = *post.reach().add(draft, post.us);
    ASSERT_TRUE(duty.next);
    EXPECT_FALSE(holds(duty.hours, *duty.next));
    EXPECT_TRUE(post.reach().queue({}, false, post.us)->items.empty());
    post.clock.set(*duty.next);
    EXPECT_EQ(post.reach().queue({}, false, post.us)->queued(), 1);
    EXPECT_EQ(post.reach().queue({}, false, post.us)->queued(), 0);
    post.send();
    EXPECT_TRUE(post.last(duty).is_outside);
    EXPECT_GE(*post.reach().one(duty.id)->next, *duty.next + std::chrono::days(30));
    post.call(net::Method::post, post.link());
    auto const figures = *post.reach().figures(ReachKind::duty, {});
    EXPECT_EQ(figures.reached, 1);
    EXPECT_EQ(figures.outside, 1);
}

TEST(Reachability, AfterAKillWhatMayHaveArrivedIsNotSentAgain) {
    struct Case {
        std::string_view boot;
        std::optional<ReachLeft> left;
        std::string_view outcome;
        std::size_t letters;
    };
    Case const cases[] = {{"boot-1", std::nullopt, "waiting", 2},  // not at its end: sent again
                          {"boot-1", ReachLeft{true, std::nullopt}, "uncertain", 1},
                          {"boot-1", ReachLeft{true, ReachDelivery{ReachDelivery::Kind::taken, {}}}, "waiting", 1},
                          {"boot-2", std::nullopt, "uncertain", 1}};
    for (auto const& one : cases) {
        Post post;
        auto const bank = post.bank();
        auto const plan = post.queue(bank);
        auto const test = plan.items.front().test;
        post.send();
        ASSERT_TRUE(post.ledger->write([&](store::Transaction& tx) -> Result<bool> {
            CHECK(tx.run("UPDATE reach_test SET state = 'sending', sent = NULL WHERE id = ?", {test}));
            return true;
        }));
        if (one.left) post.left->emplace(std::pair(test.value, 1), *one.left);
        post.connect(std::string(one.boot));
        post.send();
        EXPECT_EQ(post.last(bank).outcome(post.clock.now()), one.outcome);
        EXPECT_EQ(post.letters.size(), one.letters);
        EXPECT_EQ(post.letters.front().message_id, post.letters.back().message_id);
        post.send();
        EXPECT_EQ(post.letters.size(), one.letters);
    }
}

TEST(Reachability, ARefusalIsFinalAndABusyServerIsNot) {
    Post post;
    auto const bank = post.bank();
    post.answer = {ReachDelivery::Kind::later, "450 greylisted"};
    post.queue(bank);
    EXPECT_EQ(post.send().later, 1);
    EXPECT_EQ(post.last(bank).state, ReachState::queued);
    post.pass(hours(1));
    post.answer = {ReachDelivery::Kind::refused, "550 no such mailbox"};
    EXPECT_EQ(post.send().failed, 1);
    EXPECT_EQ(post.last(bank).error, "550 no such mailbox");
    EXPECT_EQ(post.reach().unanswered()->size(), 1U);
}

TEST(Reachability, AnErasedPersonIsNowhereToBeRead) {
    Post post;
    auto const bank = post.bank();
    post.queue(bank);
    post.send();
    std::string const addresses[] = {"NOC@bank.example"};
    EXPECT_GT(*post.reach().erase({99}, addresses, post.us), 0);
    EXPECT_TRUE(post.reach().all()->empty());
    EXPECT_EQ(post.reach().tests(bank.id)->front().address, "erased");
    EXPECT_EQ(*post.reach().erase({99}, addresses, post.us), 0);
}

TEST(Reachability, WhatDoesNotFitIsNamed) {
    Post post;
    struct Case {
        ReachTarget draft;
        std::string_view field;
    };
    Case const cases[] = {{{.name = ""}, "name:"},
                          {{.name = "x", .address = "nobody"}, "address:"},
                          {{.kind = ReachKind::peer, .name = "x", .address = "a@b.example"}, "organisation:"},
                          {{.kind = ReachKind::peer, .organisation = {3}, .name = "x"}, "address:"},
                          {{.name = "x", .language = "de"}, "language:"},
                          {{.name = "x", .every_days = 1000}, "every_days:"},
                          {{.name = "x", .answer_within = 0}, "answer_within:"}};
    for (auto const& one : cases) {
        auto const made = post.reach().add(one.draft, post.us);
        ASSERT_FALSE(made) << one.field;
        EXPECT_TRUE(made.error().message.starts_with(one.field)) << made.error().message;
    }
}

TEST(DeskHours, AreReadAndWrittenAndKeepTheirTimeZone) {
    auto const hours = parse_desk_hours("Asia/Riyadh", "sun-thu 08:00-15:30");
    ASSERT_TRUE(hours) << hours.error().message;
    EXPECT_EQ(text_of(*hours), "mon,tue,wed,thu,sun 08:00-15:30");
    EXPECT_EQ(*parse_desk_hours("Asia/Riyadh", text_of(*hours)), *hours);
    EXPECT_TRUE(holds(*hours, *parse_timestamp("2026-11-26T05:00:00Z")));  // Thursday, 08:00 there
    EXPECT_FALSE(holds(*hours, *parse_timestamp("2026-11-26T04:59:00Z")));
    EXPECT_FALSE(holds(*hours, *parse_timestamp("2026-11-26T12:30:00Z")));  // 15:30 there
    EXPECT_FALSE(holds(*hours, *parse_timestamp("2026-11-27T07:00:00Z")));  // Friday
    EXPECT_TRUE(holds(*parse_desk_hours("UTC", "always"), *parse_timestamp("2026-11-28T23:59:59Z")));
    for (auto const* wrong : {"", "mon", "mon 9-17", "mon 17:00-09:00", "someday 09:00-17:00", "mon 09:00-25:00"})
        EXPECT_FALSE(parse_desk_hours("UTC", wrong)) << wrong;
    EXPECT_FALSE(parse_desk_hours("Mars/Olympus", "always"));
}

TEST(DeskHours, AMomentIsFoundInThemOrOutOfThem) {
    auto const hours = *parse_desk_hours("America/New_York", "mon-fri 09:00-17:00");
    auto const from = *parse_timestamp("2026-03-06T20:00:00Z");  // over a weekend in which the clocks change
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        for (auto const when : {ReachWhen::office, ReachWhen::outside}) {
            auto const moment = moment_within(hours, when, from, seed);
            EXPECT_GE(moment, from);
            EXPECT_EQ(holds(hours, moment), when == ReachWhen::office) << format_timestamp(moment);
        }
    }
}

TEST(DeskHours, LocalTimeIsTheInverseOfTheTimeZone) {
    EXPECT_EQ(format_timestamp(local_time("Africa/Nairobi", *parse_timestamp("2026-11-26T21:30:00Z"))),
              "2026-11-27T00:30:00Z");
    EXPECT_EQ(format_timestamp(local_time("America/New_York", *parse_timestamp("2026-07-01T12:00:00Z"))),
              "2026-07-01T08:00:00Z");
    EXPECT_EQ(format_timestamp(local_time("America/New_York", *parse_timestamp("2026-01-01T12:00:00Z"))),
              "2026-01-01T07:00:00Z");
}

}  // namespace
}  // namespace tocsin::readiness
