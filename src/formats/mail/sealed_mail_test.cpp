#include "formats/sealed_mail.hpp"

#include <gtest/gtest.h>

namespace tocsin::formats::mail {
namespace {

std::string mail(std::string_view body) {
    return "From: Feeds <reports@feeds.example>\r\nTo: cirt@cirt.example\r\nSubject: ...\r\nMIME-Version: 1.0\r\n" +
           std::string(body);
}

constexpr std::string_view entity =
    "Subject: the real one\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\nContent-Type: text/plain\r\n\r\n"
    "hello\r\n--i\r\nContent-Type: text/csv; name=a.csv\r\n\r\n1,2\r\n--i--\r\n";
constexpr std::string_view encrypted =
    "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=o\r\n\r\n--o\r\nContent-Type: "
    "application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--o\r\nContent-Type: application/octet-stream\r\n\r\nSEALED\r\n"
    "--o--\r\n";

TEST(SealedMail, WhatIsInsideIsReadWithItsSubjectAndWhoSigned) {
    SealedPart seen;
    auto const read = read_sealed_mail(mail(encrypted), {}, [&](SealedPart const& part) {
        seen = part;
        return std::optional(UnsealedPart{.bytes = std::string(entity), .label = "good: X"});
    });
    ASSERT_TRUE(read);
    EXPECT_EQ(seen.kind, SealedPart::Kind::openpgp);
    EXPECT_EQ(seen.bytes, "SEALED");
    EXPECT_TRUE(seen.from.contains("reports@feeds.example"));
    EXPECT_EQ(read->mail.subject, "the real one");
    ASSERT_EQ(read->mail.parts.size(), 2U);
    EXPECT_EQ(read->mail.parts[1].name, "a.csv");
    EXPECT_EQ(read->labels, (std::vector<std::string>{"good: X", "good: X"}));
    EXPECT_FALSE(read->mail.is_encrypted);
}

TEST(SealedMail, WhatCantBeOpenedStaysClosedAndSaysSo) {
    auto const read =
        read_sealed_mail(mail(encrypted), {}, [](SealedPart const&) { return std::optional<UnsealedPart>(); });
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->mail.is_encrypted);
    EXPECT_TRUE(read->mail.parts.empty());
    EXPECT_TRUE(read_mail(mail(encrypted))->is_encrypted);
}

TEST(SealedMail, ASignatureCoversItsPartsAndNoOthers) {
    auto const signed_part = std::string("Content-Type: text/csv; name=in.csv\r\n\r\n1,2\r\n");
    auto const body =
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/signed; "
        "protocol=\"application/pgp-signature\"; boundary=s\r\n\r\n--s\r\n" +
        signed_part +
        "\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nSIGNATURE\r\n--s--\r\n\r\n--m\r\nContent-Type: "
        "text/csv; name=out.csv\r\n\r\n3,4\r\n--m--\r\n";
    SealedPart seen;
    auto const read = read_sealed_mail(mail(body), {}, [&](SealedPart const& part) {
        seen = part;
        return std::optional(UnsealedPart{.bytes = {}, .label = "good: X"});
    });
    ASSERT_TRUE(read);
    EXPECT_EQ(seen.kind, SealedPart::Kind::openpgp_signed);
    EXPECT_EQ(seen.bytes, signed_part) << "what was signed, byte by byte";
    ASSERT_EQ(read->mail.parts.size(), 2U);
    EXPECT_EQ(read->labels, (std::vector<std::string>{"good: X", ""}));
}

TEST(SealedMail, WhatOpensIntoItselfEnds) {
    auto const read = read_sealed_mail(mail(encrypted), {}, [](SealedPart const&) {
        return std::optional(UnsealedPart{.bytes = std::string(encrypted), .label = {}});
    });
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::limit);
}

TEST(SealedMail, InlineAndAttachedMessagesLoseTheirWrapping) {
    auto const body = std::string(
        "Content-Type: application/octet-stream; name=report.csv.pgp\r\nContent-Disposition: attachment; "
        "filename=report.csv.pgp\r\n\r\nSEALED\r\n");
    auto const read = read_sealed_mail(mail(body), {}, [](SealedPart const&) {
        return std::optional(UnsealedPart{.bytes = "1,2\n", .label = "bad: Y"});
    });
    ASSERT_TRUE(read);
    ASSERT_EQ(read->mail.parts.size(), 1U);
    EXPECT_EQ(read->mail.parts[0].name, "report.csv");
    EXPECT_EQ(read->mail.parts[0].bytes, "1,2\n");
    EXPECT_EQ(read->labels[0], "bad: Y");
}

}  // namespace
}  // namespace tocsin::formats::mail
