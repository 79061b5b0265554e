#include "notifications/notifications.hpp"

#include "notifications/send_journal.hpp"
#include "notifications/test_house.hpp"

#include <array>

namespace tocsin::notifications {
namespace {

using constituency::ContactRole;

std::array<NotificationId, 1> only(Notification const& one) {
    return {one.id};
}

TEST(Planning, MakesOneDigestForAnOrganisationAndLanguage) {
    TestHouse house;
    auto const power = house.organisation("Northern Power Company", "fr");
    house.contact(power, "abuse@power.example");
    house.contact(power, "abuse2@power.example");
    house.contact(power, "urgent@power.example", ContactRole::abuse, "ar");
    house.contact(power, "boss@power.example", ContactRole::management);
    house.findings = {finding(power, 1), finding(power, 2)};
    auto const plan = house.plan();
    ASSERT_EQ(plan.items.size(), 2U);
    EXPECT_EQ(plan.items[0].language, "fr");
    EXPECT_EQ(plan.items[0].to, (std::vector<std::string>{"abuse@power.example", "abuse2@power.example"}));
    EXPECT_EQ(plan.items[1].language, "ar");
    EXPECT_EQ(plan.items[1].findings, 2);
    auto const detail = *house.room->show(plan.items[0].id);
    EXPECT_EQ(detail.lines.size(), 2U);
    EXPECT_NE(detail.text.find("192.0.2.1:23/tcp"), std::string::npos);
    EXPECT_EQ(detail.files.at(0).name, "TLP-AMBER_findings_2026-11-23.csv");
    Filter covering;
    covering.finding = house.findings[0].id;
    EXPECT_EQ(*house.room->count(covering), 2);
}

TEST(Planning, TellsNothingTwice) {
    TestHouse house;
    auto const power = house.organisation("Northern Power Company");
    house.contact(power, "abuse@power.example");
    house.findings = {finding(power, 1)};
    EXPECT_EQ(house.plan().notifications, 1);
    EXPECT_EQ(house.plan().notifications, 0);
    house.findings.push_back(finding(power, 2));
    auto const next = house.plan();
    ASSERT_EQ(next.items.size(), 1U);
    EXPECT_EQ(next.items[0].findings, 1);
}

TEST(Planning, KeepsTheIntervalUnlessToldOtherwise) {
    TestHouse house;
    auto const power = house.organisation("Northern Power Company");
    house.contact(power, "abuse@power.example");
    house.findings = {finding(power, 1)};
    EXPECT_EQ(house.plan().notifications, 1);
    house.findings.push_back(finding(power, 2));
    auto const early = *house.room->plan(access::server_principal(), {.organisations = {}, .hold = {}});
    EXPECT_EQ(early.notifications, 0);
    ASSERT_EQ(early.left_out.size(), 1U);
    EXPECT_NE(early.left_out[0].reason.find("had a digest already"), std::string::npos);
    house.clock.set(house.clock.now() + std::chrono::hours(21));
    EXPECT_EQ(house.room->plan(access::server_principal(), {.organisations = {}, .hold = {}})->notifications, 1);
}

TEST(Planning, RemindsOfWhatIsStillOpenAndTellsAnewWhatIsBack) {
    TestHouse house;
    auto const power = house.organisation("Northern Power Company");
    house.contact(power, "abuse@power.example");
    house.findings = {finding(power, 1)};
    house.plan();
    house.clock.set(house.clock.now() + std::chrono::hours(24 * 8));
    auto plan = house.plan();
    ASSERT_EQ(plan.items.size(), 1U);
    EXPECT_TRUE(house.room->show(plan.items[0].id)->lines.at(0).is_reminder);
    EXPECT_NE(plan.items[0].subject.find("reminder"), std::string::npos);
    house.findings[0].returns = 1;
    plan = house.plan();
    ASSERT_EQ(plan.items.size(), 1U);
    EXPECT_FALSE(house.room->show(plan.items[0].id)->lines.at(0).is_reminder);
}

TEST(Planning, SaysWhyNotToWhom) {
    TestHouse house;
    auto const silent = house.organisation("No Contact Ltd");
    auto const shy = house.organisation("Do Not Write Ltd");
    house.contact(shy, "abuse@shy.example");
    constituency::DoNotContactDraft unwanted;
    unwanted.address = "shy.example";
    unwanted.reason = "asked us not to";
    ASSERT_TRUE(house.people->directory().add(unwanted, access::command_principal()));
    house.findings = {finding(silent, 1), finding(shy, 2), finding(0, 3), finding(shy, 4, "open-ssh", "info")};
    auto const plan = house.plan();
    EXPECT_EQ(plan.notifications, 0);
    EXPECT_EQ(plan.left_out.size(), 4U);
    for (auto const& one : plan.left_out) EXPECT_FALSE(one.reason.empty());
}

TEST(Planning, LosesNothingThatHadNoContactYet) {
    TestHouse house;
    auto const power = house.organisation("Northern Power Company");
    house.findings = {finding(power, 1)};
    EXPECT_EQ(house.plan().notifications, 0);
    house.contact(power, "abuse@power.example");
    EXPECT_EQ(house.plan().notifications, 1);
}

TEST(Planning, GoesUpTheChain) {
    TestHouse house;
    auto const ministry = house.organisation("Ministry of Energy");
    house.contact(ministry, "cert@energy.example");
    auto const power = house.organisation("Northern Power Company", "en", ministry);
    house.findings = {finding(power, 1)};
    auto const plan = house.plan();
    ASSERT_EQ(plan.items.size(), 1U);
    EXPECT_EQ(plan.items[0].to, std::vector<std::string>{"cert@energy.example"});
    EXPECT_NE(house.room->show(plan.items[0].id)->text.find("To Ministry of Energy"), std::string::npos);
}

TEST(Planning, KeepsQuietAboutWhatIsSuppressed) {
    TestHouse house;
    auto const power = house.organisation("Northern Power Company");
    house.contact(power, "abuse@power.example");
    constituency::SuppressionDraft own;
    own.network = "192.0.2.1";
    own.reason = "their own scanner";
    ASSERT_TRUE(house.people->directory().add(own, access::command_principal()));
    house.findings = {finding(power, 1), finding(power, 2)};
    auto const plan = house.plan();
    ASSERT_EQ(plan.items.size(), 1U);
    EXPECT_EQ(plan.items[0].findings, 1);
    ASSERT_EQ(plan.left_out.size(), 1U);
    EXPECT_EQ(plan.left_out[0].reason, "suppressed");
}

TEST(Planning, StoresNothingInADryRun) {
    TestHouse house;
    auto const power = house.organisation("Northern Power Company");
    house.contact(power, "abuse@power.example");
    house.findings = {finding(power, 1)};
    EXPECT_EQ(house.plan(true).notifications, 1);
    EXPECT_TRUE(house.all().empty());
    EXPECT_EQ(house.plan().notifications, 1);
}

TEST(Planning, ManyOrganisationsGetEachTheirOwn) {
    TestHouse house;
    int number = 0;
    for (int i = 0; i < 150; ++i) {
        auto const one = house.organisation(fmt::format("Organisation {}", i));
        house.contact(one, fmt::format("abuse@o{}.example", i));
        for (int k = 0; k <= i % 3; ++k) house.findings.push_back(finding(one, ++number));
    }
    auto const plan = house.plan();
    EXPECT_EQ(plan.notifications, 150);
    EXPECT_EQ(plan.findings, number);
    EXPECT_EQ(house.room->send_due()->sent, 150);
    EXPECT_EQ(house.outbox(), 150U);
}

TEST(Approval, HoldsUntilReleased) {
    auto settings = TestHouse::test_settings();
    settings.hold = true;
    TestHouse house(settings);
    auto const power = house.organisation("Northern Power Company");
    house.contact(power, "abuse@power.example");
    house.findings = {finding(power, 1)};
    house.plan();
    auto const held = house.all().at(0);
    EXPECT_EQ(held.state, State::held);
    EXPECT_EQ(house.room->send_due()->sent, 0);
    EXPECT_EQ(*house.room->approve(access::command_principal(), only(held)), 1);
    EXPECT_EQ(*house.room->approve(access::command_principal(), only(held)), 0);
    EXPECT_EQ(house.room->send_due()->sent, 1);
    EXPECT_EQ(house.all().at(0).state, State::sent);
    EXPECT_EQ(house.outbox(), 1U);
    auto const id = house.room->show(held.id)->message_id;
    EXPECT_TRUE(std::filesystem::exists(house.path / "outbox" / (id + ".eml")));
}

TEST(Approval, CanCancelAndResendTheSameMessage) {
    auto settings = TestHouse::test_settings();
    settings.hold = true;
    TestHouse house(settings);
    auto const power = house.organisation("Northern Power Company");
    house.contact(power, "abuse@power.example");
    house.findings = {finding(power, 1)};
    house.plan();
    auto const one = house.all().at(0);
    auto const before = *house.room->message(one.id);
    EXPECT_EQ(*house.room->cancel(access::command_principal(), only(one), "not now"), 1);
    EXPECT_EQ(house.room->send_due()->sent, 0);
    EXPECT_EQ(house.plan().notifications, 0) << "a cancelled warning does not come again the next minute";
    EXPECT_EQ(*house.room->resend(access::command_principal(), only(one), "after all"), 1);
    EXPECT_EQ(house.room->send_due()->sent, 1);
    EXPECT_EQ(*house.room->message(one.id), before);
    EXPECT_FALSE(house.room->approve(access::command_principal(), std::array{NotificationId{99}}));
}

TEST(Sending, AsksOnceMoreWhetherTheyWantMail) {
    TestHouse house;
    auto const power = house.organisation("Northern Power Company");
    house.contact(power, "abuse@power.example");
    house.findings = {finding(power, 1)};
    house.plan();
    constituency::DoNotContactDraft unwanted;
    unwanted.address = "abuse@power.example";
    unwanted.reason = "left the company";
    ASSERT_TRUE(house.people->directory().add(unwanted, access::command_principal()));
    EXPECT_EQ(house.room->send_due()->failed, 1);
    EXPECT_EQ(house.outbox(), 0U);
    EXPECT_NE(house.all().at(0).error.find("left the company"), std::string::npos);
}

/// Leaves a notification as a killed process leaves it.
struct Killed {
    TestHouse house;
    Notification one;

    explicit Killed(std::string_view boot) {
        auto const power = house.organisation("Northern Power Company");
        house.contact(power, "abuse@power.example");
        house.findings = {finding(power, 1)};
        house.plan();
        one = house.all().at(0);
        house.room.reset();
        EXPECT_TRUE(house.ledger->write([&](store::Transaction& tx) {
            return tx.run("UPDATE notification SET state = 'sending', attempts = 1, boot = ?", {boot});
        }));
    }
    Notification restarted() {
        house.open();
        return house.all().at(0);
    }
    SendJournal journal() const { return *SendJournal::open(house.path / "sending.journal"); }
};

TEST(AfterAKill, WhatNeverCameToItsEndIsSentAgain) {
    Killed killed(boot_name());
    EXPECT_EQ(killed.restarted().state, State::queued);
    EXPECT_EQ(killed.house.room->send_due()->sent, 1);
}

TEST(AfterAKill, TheAnswerInTheJournalCounts) {
    Killed killed(boot_name());
    {
        auto const journal = killed.journal();
        ASSERT_TRUE(mark_end(journal.descriptor(), {killed.one.id.value, 1}));
        ASSERT_TRUE(mark_result(journal.descriptor(), {killed.one.id.value, 1},
                                {.kind = net::SmtpOutcome::Kind::accepted, .code = 250, .reply = "250 ok"}));
    }
    auto const after = killed.restarted();
    EXPECT_EQ(after.state, State::sent);
    EXPECT_FALSE(after.is_uncertain);
    EXPECT_EQ(killed.house.room->send_due()->sent, 0);
}

TEST(AfterAKill, ARefusalInTheJournalCounts) {
    Killed killed(boot_name());
    ASSERT_TRUE(mark_result(killed.journal().descriptor(), {killed.one.id.value, 1},
                            {.kind = net::SmtpOutcome::Kind::temporary, .code = 450, .reply = "450 later"}));
    auto const after = killed.restarted();
    EXPECT_EQ(after.state, State::queued);
    EXPECT_EQ(after.error, "450 later");
    EXPECT_GT(after.next_attempt, killed.house.clock.now());
}

TEST(AfterAKill, WhatWasHandedOverWithoutAnAnswerIsNotSentTwice) {
    Killed killed(boot_name());
    ASSERT_TRUE(mark_end(killed.journal().descriptor(), {killed.one.id.value, 1}));
    auto const after = killed.restarted();
    EXPECT_EQ(after.state, State::sent);
    EXPECT_TRUE(after.is_uncertain);
    EXPECT_FALSE(after.error.empty());
    EXPECT_EQ(killed.house.room->send_due()->sent, 0);
    EXPECT_EQ(*killed.house.room->resend(access::command_principal(), only(after), "the owner got nothing"), 1);
    EXPECT_EQ(killed.house.room->send_due()->sent, 1);
}

TEST(AfterAKill, AMarkOfAnEarlierAttemptSaysNothing) {
    Killed killed(boot_name());
    ASSERT_TRUE(mark_end(killed.journal().descriptor(), {killed.one.id.value, 7}));
    EXPECT_EQ(killed.restarted().state, State::queued);
}

TEST(AfterAKill, WhenTheMachineStoppedAPersonDecides) {
    Killed killed("another boot");
    auto const after = killed.restarted();
    EXPECT_EQ(after.state, State::held);
    EXPECT_TRUE(after.is_uncertain);
}

TEST(AfterAKill, TheOutboxTellsByItsFiles) {
    {
        Killed killed("outbox");
        EXPECT_EQ(killed.restarted().state, State::queued);
    }
    Killed killed("outbox");
    std::filesystem::create_directories(killed.house.path / "outbox");
    killed.house.open();
    auto const id = killed.house.room->show(killed.one.id)->message_id;
    killed.house.room.reset();
    ASSERT_TRUE(killed.house.ledger->write(
        [&](store::Transaction& tx) { return tx.run("UPDATE notification SET state = 'sending', attempts = 1"); }));
    ASSERT_TRUE(killed.house.ledger->write(
        [&](store::Transaction& tx) { return tx.run("UPDATE notification SET boot = 'outbox'"); }));
    ASSERT_TRUE(store::write_file(killed.house.path / "outbox" / (id + ".eml"), "x"));
    EXPECT_EQ(killed.restarted().state, State::sent);
}

TEST(SendJournal, KeepsWhatWasWritten) {
    net::SmtpOutcome outcome{.kind = net::SmtpOutcome::Kind::accepted,
                             .code = 250,
                             .reply = "250 \x1f ok\nE 1 1",
                             .refused = {{"a@b.example", 550, "550 no"}, {"c@d.example", 450, "450 later"}},
                             .accepted_for = {"e@f.example"}};
    auto const back = unpacked_outcome(packed(outcome));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->refused.size(), 2U);
    EXPECT_EQ(back->refused[1].code, 450);
    EXPECT_EQ(back->accepted_for, outcome.accepted_for);
    EXPECT_FALSE(unpacked_outcome("garbage"));
    EXPECT_FALSE(
        unpacked_outcome("9\x1f"
                         "1\x1fx\x1f\x1f\x1f"));
}

}  // namespace
}  // namespace tocsin::notifications
