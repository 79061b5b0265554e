#include "notifications/inbox.hpp"

#include "notifications/inbox/reply_token.hpp"
#include "notifications/test_house.hpp"

namespace tocsin::notifications {
namespace {

Settings answering() {
    auto settings = TestHouse::test_settings();
    settings.answer_address = "cirt@cirt.example";
    settings.sub_address = "+";
    settings.most_bounces = 2;
    return settings;
}

/// A house with one warning to noc@power.example that was sent, and its inbox.
class InboxOf {
  public:
    explicit InboxOf(Settings settings = answering()) : house(std::move(settings)) {
        power = house.organisation("Northern Power Company");
        house.contact(power, "noc@power.example");
        house.contact(power, "boss@power.example", constituency::ContactRole::management);
        house.findings = {finding(power, 1), finding(power, 2)};
        house.plan();
        send();
        open();
    }
    void open() { inbox = *Inbox::open(*house.room, {}); }
    void send() { EXPECT_TRUE(house.room->send_due()); }
    NotificationId id() { return house.all().back().id; }
    std::string message() { return *house.room->message(id()); }
    /// The address for answers, as the mail has it.
    std::string reply_to() {
        auto const text = message();
        auto const at = text.find("cirt+r");
        return at == std::string::npos ? std::string() : text.substr(at, text.find('>', at) - at);
    }
    std::string mail(std::string_view from, std::string_view to, std::string_view text, std::string_view more = "") {
        return fmt::format(
            "From: {}\r\nTo: {}\r\nSubject: Re: findings\r\nMessage-ID: <{}@power.example>\r\n{}Content-Type: "
            "text/plain; charset=utf-8\r\n\r\n{}\r\n",
            from, to, ++count, more, text);
    }
    InboxMail take(std::string const& bytes) {
        auto taken = inbox->take(bytes, access::command_principal());
        EXPECT_TRUE(taken) << (taken ? "" : taken.error().message);
        return taken ? *std::move(taken) : InboxMail{};
    }
    std::string bounce(std::string_view address, std::string_view status, std::string_view action = "failed") {
        auto const detail = house.room->show(id(), 0);
        return fmt::format(
            "From: MAILER-DAEMON@mx.example\r\nTo: cirt@cirt.example\r\nSubject: failed\r\nMessage-ID: "
            "<{}@mx.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; "
            "boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b\r\nContent-Type: "
            "message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; "
            "{}\r\nAction: {}\r\nStatus: {}\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n--b\r\nContent-Type: "
            "message/rfc822\r\n\r\nMessage-ID: <{}>\r\n\r\n--b--\r\n",
            ++count, address, action, status, detail->message_id);
    }

    TestHouse house;
    std::int64_t power = 0;
    int count = 0;
    std::unique_ptr<Inbox> inbox;
};

TEST(InboxRoom, AKeywordAnswersForAllFindingsAndWaitsForNobody) {
    InboxOf of;
    ASSERT_FALSE(of.reply_to().empty()) << of.message();
    auto const mail = of.take(of.mail("NOC <Noc@Power.example>", uppered(of.reply_to()), "Repaired.\r\n-- \r\nAda"));
    EXPECT_EQ(mail.kind, MailKind::answer);
    EXPECT_EQ(mail.said, Statement::repaired);
    EXPECT_FALSE(mail.waits);
    ASSERT_EQ(of.house.said.size(), 1U);
    EXPECT_EQ(of.house.said[0].findings.size(), 2U);
    EXPECT_EQ(of.house.said[0].saying, events::Saying::repaired);
    auto const detail = of.house.room->show(of.id());
    ASSERT_EQ(detail->answers.size(), 1U);
    EXPECT_EQ(detail->answers[0].text, "Repaired.");
    EXPECT_EQ(detail->notification.answers, 1);
}

TEST(InboxRoom, TheSameMailTwiceIsOne) {
    InboxOf of;
    auto const bytes = of.mail("noc@power.example", of.reply_to(), "Repaired");
    auto const first = of.take(bytes);
    auto const again = of.take("Received: by another way\r\n" + bytes);
    EXPECT_EQ(first.id, again.id);
    EXPECT_EQ(of.house.room->show(of.id())->answers.size(), 1U);
    EXPECT_EQ(of.house.said.size(), 1U);
}

TEST(InboxRoom, WordsWithoutAKeywordChangeNoFindingAndWait) {
    InboxOf of;
    auto const mail = of.take(of.mail("noc@power.example", of.reply_to(), "It is not repaired yet.\r\n> repaired"));
    EXPECT_EQ(mail.kind, MailKind::answer);
    EXPECT_FALSE(mail.said);
    EXPECT_TRUE(mail.waits);
    EXPECT_TRUE(of.house.said.empty());
    EXPECT_EQ(of.house.room->show(of.id())->answers.at(0).said, Statement::seen);
    auto const handled =
        of.inbox->handle(mail.id, {.note = "called them", .said = Statement::repaired}, access::command_principal());
    ASSERT_TRUE(handled) << handled.error().message;
    ASSERT_EQ(of.house.said.size(), 1U);
    EXPECT_TRUE(of.house.said[0].by_team);
    EXPECT_EQ(*of.inbox->count({.waits = true}), 0);
    EXPECT_EQ(of.inbox->handle(mail.id, {}, access::command_principal()).error().code, Code::conflict);
}

TEST(InboxRoom, AStrangersMailChangesNothing) {
    InboxOf of;
    auto const mail = of.take(of.mail("eve@elsewhere.example", of.reply_to(), "Not ours"));
    EXPECT_EQ(mail.kind, MailKind::unmatched);
    EXPECT_EQ(mail.doubt, Doubt::unknown_sender);
    EXPECT_EQ(mail.notification, of.id());
    EXPECT_TRUE(mail.waits);
    EXPECT_TRUE(of.house.said.empty());
    EXPECT_TRUE(of.house.room->show(of.id())->answers.empty());
}

TEST(InboxRoom, AForgedAnExpiredAndNoTokenGoToTheUnmatched) {
    InboxOf of;
    auto forged = of.reply_to();
    forged[forged.find('@') - 1] = forged[forged.find('@') - 1] == 'a' ? 'b' : 'a';
    EXPECT_EQ(of.take(of.mail("noc@power.example", forged, "Repaired")).doubt, Doubt::forged);
    EXPECT_EQ(of.take(of.mail("noc@power.example", "cirt@cirt.example", "Hello")).doubt, Doubt::no_token);
    auto const address = of.reply_to();
    of.house.clock.set(of.house.clock.now() + std::chrono::hours(24 * 200));
    EXPECT_EQ(of.take(of.mail("noc@power.example", address, "Repaired")).doubt, Doubt::expired);
    EXPECT_EQ(*of.inbox->count({.waits = true, .kinds = {MailKind::unmatched}}), 3);
    EXPECT_TRUE(of.house.said.empty());
}

TEST(InboxRoom, TheMessageIdTheSubjectAndTheLinkTellToo) {
    InboxOf of;
    auto const detail = of.house.room->show(of.id());
    auto const reference = fmt::format("In-Reply-To: <{}>\r\n", detail->message_id);
    EXPECT_EQ(of.take(of.mail("noc@power.example", "cirt@cirt.example", "Fixed", reference)).kind, MailKind::answer);
    auto const link = "https://cirt.example" + *of.house.room->link_of(of.id());
    EXPECT_EQ(of.take(of.mail("noc@power.example", "cirt@cirt.example", "Fixed\r\n> " + link)).kind, MailKind::answer);
    auto settings = answering();
    settings.sub_address.clear();
    InboxOf plain(settings);
    auto const text = plain.message();
    EXPECT_EQ(plain.reply_to(), "");
    auto const open = text.find("[r");
    ASSERT_NE(open, std::string::npos) << text.substr(0, 1500);
    auto const token = text.substr(open, text.find(']', open) + 1 - open);
    auto const mail = replaced(plain.mail("noc@power.example", "cirt@cirt.example", "Fixed"), "findings", token);
    EXPECT_EQ(plain.take(mail).kind, MailKind::answer);
}

TEST(InboxRoom, AnAutomaticReplyIsNotedAndIsNoAnswer) {
    InboxOf of;
    auto const mail =
        of.take(of.mail("noc@power.example", of.reply_to(), "Repaired", "Auto-Submitted: auto-replied\r\n"));
    EXPECT_EQ(mail.kind, MailKind::automatic);
    EXPECT_FALSE(mail.waits);
    EXPECT_TRUE(of.house.said.empty());
    auto const detail = of.house.room->show(of.id());
    EXPECT_EQ(detail->notification.answers, 0);
    EXPECT_EQ(detail->timeline.back().what, "auto_replied");
}

TEST(InboxRoom, WhatComesBackForEverGoesToTheNextContact) {
    InboxOf of;
    auto const mail = of.take(of.bounce("noc@power.example", "5.1.1"));
    EXPECT_EQ(mail.kind, MailKind::bounce);
    auto shown = of.house.room->show(of.id())->notification;
    EXPECT_EQ(shown.state, State::queued);
    EXPECT_EQ(shown.to, std::vector<std::string>{"boss@power.example"});
    of.send();
    of.take(of.bounce("boss@power.example", "4.4.7"));
    shown = of.house.room->show(of.id())->notification;
    EXPECT_EQ(shown.state, State::failed);
    auto const bounces = *of.inbox->bounces();
    ASSERT_EQ(bounces.size(), 2U);
    for (auto const& one : bounces) {
        EXPECT_EQ(one.permanent, one.address == "noc@power.example" ? 1 : 0);
        EXPECT_FALSE(one.is_unused);
    }
}

TEST(InboxRoom, ADelayIsOnlyNoted) {
    InboxOf of;
    of.take(of.bounce("noc@power.example", "4.2.0", "delayed"));
    auto const detail = of.house.room->show(of.id());
    EXPECT_EQ(detail->notification.state, State::sent);
    EXPECT_EQ(detail->timeline.back().what, "delayed");
}

TEST(InboxRoom, AnAddressThatBouncesAgainAndAgainIsNotUsedUntilSomebodyClearsIt) {
    InboxOf of;
    of.take(of.bounce("noc@power.example", "5.1.1"));
    of.take(of.bounce("noc@power.example", "5.1.1"));  // about the same warning: counts once
    EXPECT_EQ(of.inbox->bounces()->at(0).permanent, 1);
    of.house.findings.push_back(finding(of.power, 3));
    of.house.plan();
    of.send();
    auto const second = of.house.all().front();
    EXPECT_EQ(second.to, std::vector<std::string>{"noc@power.example"});
    auto const detail = of.house.room->show(second.id);
    of.take(replaced(of.bounce("noc@power.example", "5.1.1"), of.house.room->show(of.id())->message_id,
                     detail->message_id));
    EXPECT_TRUE(of.inbox->bounces()->at(0).is_unused);
    of.house.findings.push_back(finding(of.power, 4));
    of.house.plan();
    EXPECT_EQ(of.house.all().front().to, std::vector<std::string>{"boss@power.example"});
    EXPECT_TRUE(of.inbox->clear_bounces("noc@power.example", access::command_principal()));
    of.house.findings.push_back(finding(of.power, 5));
    of.house.plan();
    EXPECT_EQ(of.house.all().front().to, std::vector<std::string>{"noc@power.example"});
    EXPECT_EQ(of.inbox->clear_bounces("noc@power.example", access::command_principal()).error().code, Code::not_found);
}

TEST(InboxRoom, ABounceOfWhatWeNeverSentTouchesNoAddress) {
    InboxOf of;
    auto const detail = of.house.room->show(of.id(), 0);
    auto const mail = of.take(replaced(of.bounce("noc@power.example", "5.1.1"), detail->message_id, "else@x.example"));
    EXPECT_EQ(mail.kind, MailKind::bounce);
    EXPECT_TRUE(mail.waits);
    EXPECT_TRUE(of.inbox->bounces()->empty());
    EXPECT_EQ(of.house.room->show(of.id())->notification.state, State::sent);
}

TEST(InboxRoom, AnErasedAddressIsGoneFromMailsToo) {
    InboxOf of;
    auto const mail = of.take(of.mail("noc@power.example", of.reply_to(), "My name is Ada"));
    EXPECT_TRUE(of.house.room->erase_address(access::command_principal(), "noc@power.example"));
    auto const left = of.inbox->show(mail.id);
    EXPECT_EQ(left->sender, "erased");
    EXPECT_EQ(left->words + left->body + left->subject, "");
}

TEST(ReplyToken, StandsInAnAddressWhateverItsCaseAndIsRefusedWhenChanged) {
    TestHouse house;
    ReplyTokens const tokens(*house.secrets);
    auto const token = tokens.token(ReplyKind::bounce, {91}, "link");
    auto const address = address_with("cirt@cirt.example", "+", token);
    auto const claim = claim_in_address(uppered(address), "cirt@cirt.example", "+");
    ASSERT_TRUE(claim) << address;
    EXPECT_EQ(claim->notification.value, 91);
    EXPECT_TRUE(tokens.is_good(*claim, "link"));
    EXPECT_FALSE(tokens.is_good(*claim, "another"));
    auto other = *claim;
    other.kind = ReplyKind::answer;
    EXPECT_FALSE(tokens.is_good(other, "link"));
    other = *claim;
    other.notification = {92};
    EXPECT_FALSE(tokens.is_good(other, "link"));
    EXPECT_FALSE(claim_in_address("cirt+x@cirt.example", "cirt@cirt.example", "+"));
    EXPECT_FALSE(claim_in_address(address, "cirt@other.example", "+"));
    EXPECT_EQ(address_with("cirt@cirt.example", "", token), "cirt@cirt.example");
    EXPECT_EQ(claim_in_subject(fmt::format("Re: [TLP:AMBER] words [{}]", token)), claim);
}

}  // namespace
}  // namespace tocsin::notifications
