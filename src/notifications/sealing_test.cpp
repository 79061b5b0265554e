#include "notifications/sealing.hpp"

#include "notifications/test_house.hpp"

namespace tocsin::notifications {
namespace {

namespace fs = std::filesystem;

Settings with(Encryption encryption) {
    auto settings = TestHouse::test_settings();
    settings.encryption = encryption;
    return settings;
}

std::string public_key(TestHouse const& house, std::string address) {
    auto const work = house.path / "test-work";
    auto const secret = net::make_openpgp_key({"Abuse", std::move(address)}, 2, work);
    EXPECT_TRUE(secret) << secret.error().message;
    return net::public_half({.openpgp = *secret}, net::SealKind::openpgp, system_clock().now(), work)->text;
}

constituency::Contact add(TestHouse& house, std::int64_t organisation, std::string email, std::string key = "") {
    constituency::ContactDraft draft;
    draft.organisation = {organisation};
    draft.email = std::move(email);
    draft.public_key = std::move(key);
    return *house.people->directory().add(draft, access::command_principal());
}

std::string outbox_file(TestHouse const& house, Notification const& one) {
    return *store::read_file(house.path / "outbox" / (house.room->show(one.id, 0)->message_id + ".eml"));
}

TEST(Sealing, WhoCanReadSealedMailAndWhoCantGetMessagesOfTheirOwn) {
    TestHouse house;
    auto const power = house.organisation("Power");
    add(house, power, "abuse@power.example", public_key(house, "abuse@power.example"));
    add(house, power, "plain@power.example");
    house.findings = {finding(power, 7)};
    EXPECT_EQ(house.plan().notifications, 2);
    ASSERT_EQ(house.room->send_due()->sent, 2);
    for (auto const& one : house.all()) {
        bool const is_sealed = one.to == std::vector<std::string>{"abuse@power.example"};
        EXPECT_EQ(one.sealed.starts_with("openpgp "), is_sealed);
        EXPECT_EQ(outbox_file(house, one).contains("192.0.2.7"), !is_sealed);
        EXPECT_TRUE(house.room->message(one.id)->contains("192.0.2.7")) << "the team reads it in clear";
        std::vector const ids{one.id};
        EXPECT_EQ(*house.room->resend(access::command_principal(), ids, "again"), 1);
    }
    ASSERT_EQ(house.room->send_due()->sent, 2);
    for (auto const& one : house.all()) {
        ASSERT_EQ(one.to.size(), 1U);
        EXPECT_EQ(outbox_file(house, one).contains("192.0.2.7"), one.to.front() == "plain@power.example");
    }
    EXPECT_TRUE(fs::is_empty(house.path / "mail-work"));
}

TEST(Sealing, WhatMustNotLeaveInClearIsHeldUntilThereIsAKey) {
    TestHouse house(with(Encryption::required));
    auto const power = house.organisation("Power");
    auto const contact = add(house, power, "abuse@power.example");
    house.findings = {finding(power, 7)};
    EXPECT_EQ(house.plan().notifications, 1);
    EXPECT_EQ(house.room->send_due()->held, 1);
    EXPECT_EQ(house.outbox(), 0U);
    auto const held = house.all().front();
    EXPECT_EQ(held.state, State::held);
    EXPECT_TRUE(held.error.contains("no key of it is known")) << held.error;
    EXPECT_TRUE(held.error.contains(fmt::format("contact edit {} --key-file", contact.id.value))) << held.error;
    constituency::ContactDraft draft = contact;
    draft.public_key = public_key(house, "abuse@power.example");
    ASSERT_TRUE(house.people->directory().change(contact.id, draft, 0, access::command_principal()));
    std::vector const ids{held.id};
    EXPECT_EQ(*house.room->approve(access::command_principal(), ids), 1);
    EXPECT_EQ(house.room->send_due()->sent, 1);
    EXPECT_FALSE(outbox_file(house, held).contains("192.0.2.7"));
}

TEST(Sealing, NeverIsInClearEvenWithAKey) {
    TestHouse house(with(Encryption::never));
    auto const power = house.organisation("Power");
    add(house, power, "abuse@power.example", public_key(house, "abuse@power.example"));
    house.findings = {finding(power, 7)};
    house.plan();
    EXPECT_EQ(house.room->send_due()->sent, 1);
    EXPECT_TRUE(outbox_file(house, house.all().front()).contains("192.0.2.7"));
}

TEST(Sealing, AKeyOfAnotherFingerprintIsNoKey) {
    TestHouse house;
    constituency::ContactDraft draft;
    draft.public_key = public_key(house, "abuse@power.example");
    auto const work = house.path / "test-work";
    auto const now = system_clock().now();
    EXPECT_TRUE(check_contact_key(draft, now, work).is_usable());
    EXPECT_TRUE(refuse_bad_key(draft, now, work));
    draft.key = std::string(40, '0');
    EXPECT_TRUE(check_contact_key(draft, now, work).trouble.contains("fingerprint"));
    auto const refused = refuse_bad_key(draft, now, work);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().message.starts_with("key: ")) << refused.error().message;
    draft.public_key.clear();
    EXPECT_TRUE(check_contact_key(draft, now, work).trouble.contains("only the fingerprint"));
}

}  // namespace
}  // namespace tocsin::notifications
