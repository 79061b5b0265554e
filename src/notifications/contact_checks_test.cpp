#include "notifications/contact_checks.hpp"

#include "notifications/contact_check_store.hpp"
#include "notifications/test_house.hpp"

namespace tocsin::notifications {
namespace {

struct Checks : testing::Test {
    Checks() : power(house.organisation("Power", "ar")) {}

    ContactChecks open() {
        auto letters = Letters::open(house.path, TestHouse::test_settings(), nullptr, "contact-checks.journal");
        EXPECT_TRUE(letters);
        return {*house.ledger,
                *house.people,
                *house.gate,
                *house.secrets,
                house.clock,
                {.team = "CIRT", .team_address = "cirt@cirt.example", .public_url = "https://cirt.example"},
                *std::move(letters)};
    }
    constituency::Contact contact(std::string email, int days) {
        constituency::ContactDraft draft;
        draft.organisation = {power};
        draft.email = std::move(email);
        draft.expires = house.clock.now() + std::chrono::days(days);
        return *house.people->directory().add(draft, access::command_principal());
    }
    static net::HttpRequest request(net::Method method, std::string target) {
        net::HttpRequest made;
        made.method = method;
        made.target = std::move(target);
        if (method == net::Method::post) made.headers = {{"content-type", "application/x-www-form-urlencoded"}};
        return made;
    }

    TestHouse house;
    std::int64_t power;
};

TEST_F(Checks, EachEndOfAContactsTimeIsAskedAboutOnceAndTheButtonRenewsIt) {
    auto const soon = contact("abuse@power.example", 20);
    contact("far@power.example", 200);
    contact("over@power.example", -1);
    auto checks = open();
    auto const dry = checks.queue(true, access::command_principal());
    ASSERT_TRUE(dry) << dry.error().message;
    ASSERT_EQ(dry->items.size(), 1U);
    EXPECT_EQ(dry->items[0].address, "abuse@power.example");
    EXPECT_EQ(dry->items[0].language, "ar");
    EXPECT_EQ(dry->queued(), 0);
    EXPECT_EQ(checks.queue(false, access::command_principal())->queued(), 1);
    EXPECT_TRUE(checks.queue(false, access::command_principal())->items.empty());
    ASSERT_EQ(checks.send_due({})->sent, 1);
    EXPECT_EQ(house.outbox(), 1U);
    EXPECT_EQ(checks.send_due({})->sent, 0);

    auto const link = *checks.link_of(checks.list()->at(0).id);
    EXPECT_TRUE(ContactChecks::is_mine(link));
    EXPECT_EQ(checks.page(request(net::Method::get, link)).status, 200);
    EXPECT_FALSE(checks.list()->at(0).confirmed) << "looking confirms nothing";
    auto plain = request(net::Method::post, link);
    plain.headers.clear();
    EXPECT_EQ(checks.page(plain).status, 403);
    EXPECT_EQ(checks.page(request(net::Method::post, link)).status, 303);
    auto const renewed = house.people->directory().contact(soon.id);
    EXPECT_EQ(renewed->expires, house.clock.now() + std::chrono::days(365));
    house.clock.set(house.clock.now() + std::chrono::days(1));
    EXPECT_EQ(checks.page(request(net::Method::post, link)).status, 303);
    EXPECT_EQ(house.people->directory().contact(soon.id)->expires, renewed->expires) << "pressed again: nothing";
    EXPECT_EQ(checks.page(request(net::Method::get, "/o/check/abcd")).status, 404);
    house.clock.set(house.clock.now() + std::chrono::days(340));
    EXPECT_EQ(checks.queue(false, access::command_principal())->queued(), 1) << "the next end of its time";
}

TEST_F(Checks, WhatAKillLeavesIsNeverSentTwice) {
    contact("abuse@power.example", 20);
    auto checks = open();
    ASSERT_EQ(checks.queue(false, access::command_principal())->queued(), 1);
    ASSERT_TRUE(house.ledger->write(
        [&](store::Transaction& tx) { return check_tables::claim(tx, house.clock.now(), "another run"); }));
    auto again = open();
    EXPECT_EQ(again.send_due({})->sent, 0);
    EXPECT_EQ(again.list()->at(0).state, CheckState::uncertain);
    EXPECT_TRUE(again.queue(false, access::command_principal())->items.empty());
}

TEST_F(Checks, WhoMayNotBeWrittenToIsLeftOutAlsoAtTheLastMoment) {
    auto const late = contact("abuse@power.example", 20);
    contact("x@unwanted.example", 10);
    constituency::DoNotContactDraft unwanted;
    unwanted.address = "unwanted.example";
    unwanted.reason = "they asked";
    ASSERT_TRUE(house.people->directory().add(unwanted, access::command_principal()));
    auto checks = open();
    auto const plan = checks.queue(false, access::command_principal());
    EXPECT_EQ(plan->queued(), 1);
    EXPECT_TRUE(plan->items.at(0).left_out.contains("not to be contacted")) << plan->items[0].left_out;
    constituency::ContactDraft draft = late;
    draft.do_not_contact = true;
    ASSERT_TRUE(house.people->directory().change(late.id, draft, 0, access::command_principal()));
    EXPECT_EQ(checks.send_due({})->failed, 1);
    EXPECT_EQ(house.outbox(), 0U);
    EXPECT_EQ(*house.room->erase_address(access::command_principal(), "Abuse@Power.example"), 0);
    EXPECT_EQ(checks.list()->at(0).address, "erased");
}

}  // namespace
}  // namespace tocsin::notifications
