#include "notifications/inbox/bounce.hpp"

#include <gtest/gtest.h>

namespace tocsin::notifications {
namespace {

std::string told(std::string_view text) {
    auto const mail = formats::mail::read_incoming(replaced(std::string(text), "\n", "\r\n"));
    if (!mail) return mail.error().message;
    auto const report = bounces_in(*mail);
    std::string out;
    for (auto const& word : report.words)
        out += fmt::format("{} {} {}; ", word.address,
                           word.is_permanent ? "permanent"
                           : word.is_final   ? "given up"
                                             : "delayed",
                           word.status);
    return out + report.original_id;
}

std::string report_of(std::string_view fields) {
    return fmt::format(
        "From: MAILER-DAEMON@mx.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/report; "
        "report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nwords\n--b\nContent-Type: "
        "message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n{}\n\n--b\nContent-Type: "
        "text/rfc822-headers\n\nMessage-ID: <m1@cirt.example>\n--b--\n",
        fields);
}

TEST(Bounce, OfTheStandardSaysWhetherItIsForEver) {
    EXPECT_EQ(told(report_of("Final-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1")),
              "a@x.example permanent 5.1.1; m1@cirt.example");
    EXPECT_EQ(told(report_of("Final-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 4.4.7")),
              "a@x.example given up 4.4.7; m1@cirt.example");
    EXPECT_EQ(told(report_of("Final-Recipient: rfc822; a@x.example\nAction: delayed\nStatus: 4.2.0")),
              "a@x.example delayed 4.2.0; m1@cirt.example");
    EXPECT_EQ(told(report_of("Final-Recipient: rfc822; a@x.example\nAction: delivered\nStatus: 2.0.0")),
              "m1@cirt.example");
}

TEST(Bounce, OfQmailIsUnderstood) {
    EXPECT_EQ(
        told("From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\nHi. This is the qmail-send program at "
             "mx.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a "
             "permanent error; I've given up. Sorry it didn't work out.\n\n<abuse@power.example>:\nSorry, no "
             "mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nReturn-Path: "
             "<cirt@cirt.example>\nMessage-ID: <m2@cirt.example>\nTo: other@x.example\n"),
        "abuse@power.example permanent 5.1.1; m2@cirt.example");
}

TEST(Bounce, OfEximIsUnderstood) {
    EXPECT_EQ(
        told("From: Mail Delivery System <Mailer-Daemon@mx.example>\nX-Failed-Recipients: abuse@power.example\n"
             "Auto-Submitted: auto-replied\nSubject: Mail delivery failed: returning message to sender\n\nThis "
             "message was created automatically by mail delivery software.\n\nA message that you sent could not be "
             "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) "
             "failed:\n\n  abuse@power.example\n    Unrouteable address\n\n------ This is a copy of the message, "
             "including all the headers. ------\n\nMessage-Id: <m3@cirt.example>\n"),
        "abuse@power.example permanent ; m3@cirt.example");
}

TEST(Bounce, OfOldPostfixIsUnderstoodAndADelayIsNone) {
    EXPECT_EQ(
        told("From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender\n\nI'm sorry to have to "
             "inform you that your message could not\nbe delivered.\n\n<abuse@power.example>: host "
             "mx.power.example[192.0.2.7] said: 452 4.2.2 mailbox\n    full (in reply to RCPT TO command)\n"),
        "abuse@power.example given up 4.2.2; ");
    EXPECT_EQ(told("From: MAILER-DAEMON@mx.example\nSubject: Warning: message delayed 24 hours\n\n  "
                   "abuse@power.example\n    Connection timed out\n"),
              "abuse@power.example delayed ; ");
}

TEST(Bounce, IsNothingThatAPersonWrites) {
    EXPECT_EQ(
        told("From: ada@power.example\nReturn-Path: <>\nAuto-Submitted: auto-replied\nSubject: Out of office\n\nI am "
             "away. Write to\n\n  desk@power.example\n    until Monday 550\n"),
        "");
}

}  // namespace
}  // namespace tocsin::notifications
