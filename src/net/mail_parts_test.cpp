#include "net/mail_parts.hpp"

#include "net/imap.hpp"
#include "net/mail.hpp"

#include <gtest/gtest.h>

namespace tocsin::net {
namespace {

MailMessage message() {
    MailMessage made;
    made.id = "one@sender.example";
    made.date = parse_timestamp("2026-11-20T00:00:00Z").value();
    made.from = {"Feed", "feed@sender.example"};
    made.to = {{"", "reports@cirt.example"}};
    made.subject = "Réports";
    made.text = "See the attachment.\n";
    return made;
}

TEST(MailParts, GivesBackWhatWasAttached) {
    auto mail = message();
    mail.files = {{"dé.csv", "text/csv; charset=utf-8", "a,b\r\n1,2\r\n"}};
    auto const parts = parse_mail(mail_bytes(mail).value());
    ASSERT_TRUE(parts);
    EXPECT_EQ(parts->subject, "Réports");
    EXPECT_EQ(parts->id, "one@sender.example");
    ASSERT_EQ(parts->parts.size(), 2U);
    EXPECT_EQ(parts->parts[0].type, "text/plain");
    EXPECT_EQ(parts->parts[1].type, "text/csv");
    EXPECT_EQ(parts->parts[1].bytes, "a,b\r\n1,2\r\n");
    EXPECT_FALSE(parts->is_encrypted);
}

TEST(MailParts, LooksIntoMessagesInsideMessages) {
    auto inner = message();
    inner.files = {{"in.csv", "text/csv", "x\n"}};
    std::string const outer =
        "From: a@b.example\r\nSubject: Fwd\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n" +
        mail_bytes(inner).value();
    auto const parts = parse_mail(outer);
    ASSERT_TRUE(parts);
    ASSERT_EQ(parts->parts.size(), 2U);
    EXPECT_EQ(parts->parts[1].name, "in.csv");
}

TEST(MailParts, StopsAtItsLimitsAndSaysSo) {
    auto mail = message();
    for (int i = 0; i < 5; ++i) mail.files.push_back({"a.csv", "text/csv", std::string(1000, 'x')});
    auto const few = parse_mail(mail_bytes(mail).value(), {.bytes = 1 << 20, .parts = 3, .depth = 12});
    ASSERT_TRUE(few);
    EXPECT_TRUE(few->is_cut);
    EXPECT_EQ(few->parts.size(), 3U);
    auto const small = parse_mail(mail_bytes(mail).value(), {.bytes = 2500, .parts = 200, .depth = 12});
    ASSERT_TRUE(small);
    EXPECT_TRUE(small->is_cut);
}

TEST(MailParts, SaysThatAMessageIsEncrypted) {
    auto const parts = parse_mail(
        "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/encrypted; boundary=x; "
        "protocol=\"application/pgp-encrypted\"\r\n\r\n--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: "
        "1\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\nabc\r\n--x--\r\n");
    ASSERT_TRUE(parts);
    EXPECT_TRUE(parts->is_encrypted);
    EXPECT_TRUE(parts->parts.empty());
}

TEST(ImapUrl, HoldsOnlyAHostAndAPort) {
    EXPECT_TRUE(check_imap_url("imaps://mail.example"));
    EXPECT_TRUE(check_imap_url("imap://[2001:db8::1]:143/"));
    EXPECT_FALSE(check_imap_url("https://mail.example"));
    EXPECT_FALSE(check_imap_url("imaps://user@mail.example"));
    EXPECT_FALSE(check_imap_url("imaps://mail.example/INBOX"));
}

TEST(ImapClient, IsNotTalkedIntoOurOwnNetworks) {
    auto const opened = ImapClient::open({.url = "imap://127.0.0.1:9", .user = "a", .password = "b"});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::denied);
}

}  // namespace
}  // namespace tocsin::net
