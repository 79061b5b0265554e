#include "formats/mail/incoming_mail.hpp"

#include <gtest/gtest.h>

namespace tocsin::formats::mail {
namespace {

IncomingMail read(std::string_view text) {
    auto mail = read_incoming(replaced(std::string(text), "\n", "\r\n"));
    EXPECT_TRUE(mail) << (mail ? "" : mail.error().message);
    return mail ? *std::move(mail) : IncomingMail{};
}

TEST(IncomingMail, SaysWhoWroteAboutWhat) {
    auto const mail = read(
        "Return-Path: <noc@power.example>\nDelivered-To: cirt+r1-abc@cirt.example\nFrom: =?utf-8?B?UsOpc2VhdQ==?= "
        "<NOC@Power.Example>\nTo: CIRT <cirt@cirt.example>, other@x.example\nSubject: =?utf-8?Q?R=C3=A9ponse?=\n"
        "In-Reply-To: <one@cirt.example>\nReferences: <zero@cirt.example>\n <one@cirt.example>\nMessage-ID: "
        "<a@power.example>\nMIME-Version: 1.0\nContent-Type: text/plain; "
        "charset=iso-8859-1\nContent-Transfer-Encoding: "
        "quoted-printable\n\nR=E9par=E9\n");
    EXPECT_EQ(mail.from, "noc@power.example");
    EXPECT_EQ(mail.from_name, "Réseau");
    EXPECT_EQ(mail.subject, "Réponse");
    EXPECT_EQ(mail.id, "a@power.example");
    EXPECT_EQ(mail.text, "Réparé\n");
    EXPECT_EQ(mail.recipients,
              (std::vector<std::string>{"cirt+r1-abc@cirt.example", "cirt@cirt.example", "other@x.example"}));
    EXPECT_EQ(mail.references, (std::vector<std::string>{"one@cirt.example", "zero@cirt.example", "one@cirt.example"}));
}

TEST(IncomingMail, ReadsADeliveryStatusAndWhatCameBack) {
    auto const mail = read(
        "From: MAILER-DAEMON@mx.example\nTo: cirt@cirt.example\nSubject: Undelivered\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
        "It failed.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: "
        "rfc822; New@Power.example\nOriginal-Recipient: rfc822;abuse@power.example\nAction: failed\nStatus: 5.1.1 "
        "(gone)\nDiagnostic-Code: smtp; 550 5.1.1\n no such user\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: "
        "<ours@cirt.example>\nSubject: warning\n\nbody\n--b--\n");
    EXPECT_TRUE(mail.is_report);
    ASSERT_EQ(mail.statuses.size(), 1U);
    EXPECT_EQ(mail.statuses[0].recipient, "new@power.example");
    EXPECT_EQ(mail.statuses[0].original_recipient, "abuse@power.example");
    EXPECT_EQ(mail.statuses[0].action, "failed");
    EXPECT_EQ(mail.statuses[0].status, "5.1.1");
    EXPECT_EQ(mail.statuses[0].diagnostic, "550 5.1.1 no such user");
    EXPECT_EQ(mail.original_id, "ours@cirt.example");
    EXPECT_EQ(mail.text, "It failed.");
}

TEST(IncomingMail, NoValueCanHoldALineOrControlCharacters) {
    auto const mail = read("From: a@b.example\nSubject: =?utf-8?Q?one=0D=0ABcc:_x@y.example=00=1B[31m?=\nX-Long: " +
                           std::string(10'000, 'x') + "\n\nhi\n");
    EXPECT_EQ(mail.subject.find_first_of("\r\n\x1b"), std::string::npos);
    EXPECT_LE(mail.header("x-long").size(), 4096U);
}

TEST(IncomingMail, SizePartsAndDepthHaveLimits) {
    EXPECT_EQ(read_incoming(std::string(2000, 'x'), {.mail_bytes = 1000}).error().code, Code::limit);
    std::string many = "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    for (int i = 0; i < 300; ++i) many += "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n";
    EXPECT_EQ(read_incoming(many + "--b--\r\n").error().code, Code::limit);
    std::string deep = "From: a@b.example\r\n";
    for (int i = 0; i < 40; ++i)
        deep += fmt::format("Content-Type: multipart/mixed; boundary=b{}\r\n\r\n--b{}\r\n", i, i);
    auto const mail = read_incoming(deep + "Content-Type: text/plain\r\n\r\ntoo deep\r\n");
    ASSERT_TRUE(mail);
    EXPECT_EQ(mail->text, "");
}

TEST(IncomingMail, AnAttachmentIsNotWhatSomebodySays) {
    auto const mail = read(
        "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n"
        "Content-Disposition: attachment; filename=\"log.txt\"\n\nrepaired\n--b\nContent-Type: text/html\n\n"
        "<p>words</p>\n--b--\n");
    EXPECT_EQ(mail.text, "");
    EXPECT_EQ(mail.html, "<p>words</p>");
    EXPECT_EQ(mail.attachments, std::vector<std::string>{"log.txt"});
}

}  // namespace
}  // namespace tocsin::formats::mail
