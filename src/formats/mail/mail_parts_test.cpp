#include "formats/mail/mail_parts.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace tocsin::formats::mail {
namespace {

std::string zip(std::vector<std::pair<std::string, std::string>> const& files) {
    std::string out(std::size_t{1} << 20, '\0');
    std::size_t used = 0;
    auto* const a = archive_write_new();
    archive_write_set_format_zip(a);
    archive_write_open_memory(a, out.data(), out.size(), &used);
    for (auto const& [name, text] : files) {
        auto* const entry = archive_entry_new();
        archive_entry_set_pathname(entry, name.c_str());
        archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_write_header(a, entry);
        archive_write_data(a, text.data(), text.size());
        archive_entry_free(entry);
    }
    archive_write_close(a);
    archive_write_free(a);
    out.resize(used);
    return out;
}

std::string attached(std::string const& name, std::string const& bytes, std::string const& inner_mail = "") {
    std::string text =
        "From: a@one.example\r\nTo: b@two.example\r\nSubject: report\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=\"" +
        name + "b\"\r\n\r\n--" + name + "b\r\nContent-Type: text/plain\r\n\r\nhello\r\n";
    if (!name.empty())
        text += "--" + name + "b\r\nContent-Type: application/zip\r\nContent-Disposition: attachment; filename=\"" +
                name + "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + to_base64(bytes) + "\r\n";
    if (!inner_mail.empty()) text += "--" + name + "b\r\nContent-Type: message/rfc822\r\n\r\n" + inner_mail + "\r\n";
    return text + "--" + name + "b--\r\n";
}

std::string told(Result<Mail> const& mail) {
    if (!mail) return mail.error().message;
    std::string all;
    for (auto const& part : mail->parts)
        if (part.is_attachment) all += part.name + "=" + part.bytes + ";";
    return all;
}

TEST(MailParts, ArchivesInMailsInMailsAreUnpacked) {
    auto const inner = attached("in.zip", zip({{"../x/a.csv", "one"}, {"more.zip", zip({{"b.csv", "two"}})}}));
    auto const mail = attached("out.csv", "three", inner);
    EXPECT_TRUE(looks_like_mail(mail));
    EXPECT_EQ(told(read_mail(mail)), "out.csv=three;a.csv=one;b.csv=two;");
    EXPECT_EQ(told(read_mail(attached("fw.eml", mail))), "out.csv=three;a.csv=one;b.csv=two;");
}

TEST(MailParts, DepthPartsAndBytesHaveLimits) {
    std::string packed = "x";
    for (int i = 0; i < 20; ++i) packed = zip({{"n.zip", packed}});
    EXPECT_TRUE(told(read_mail(attached("a.zip", packed))).contains("deeper than 8"));
    auto const bomb = zip({{"big.csv", std::string(900'000, 'x')}});
    EXPECT_TRUE(told(read_mail(attached("a.zip", bomb), {.bytes = 100'000})).contains("larger than 100000 bytes"));
    EXPECT_TRUE(
        told(read_mail(attached("a.csv", "x", attached("b.csv", "y")), {.parts = 2})).contains("more than 2 parts"));
}

TEST(MailParts, SaysWhatAMailIsAndThatOneIsEncrypted) {
    auto const plain = read_mail(
        "From: Feed <a@b.example>\r\nSubject: =?utf-8?B?UsOpcG9ydHM=?=\r\nMessage-ID: <one@b.example>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/csv; charset=utf-8\r\n\r\na,b\r\n");
    ASSERT_TRUE(plain) << plain.error().message;
    EXPECT_EQ(plain->subject, "R\u00e9ports");
    EXPECT_EQ(plain->id, "one@b.example");
    EXPECT_TRUE(plain->from.contains("a@b.example"));
    ASSERT_EQ(plain->parts.size(), 1U);
    EXPECT_EQ(plain->parts[0].type, "text/csv");
    EXPECT_FALSE(plain->is_encrypted);
    auto const secret = read_mail(
        "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/encrypted; boundary=x; "
        "protocol=\"application/pgp-encrypted\"\r\n\r\n--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: "
        "1\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\nabc\r\n--x--\r\n");
    ASSERT_TRUE(secret);
    EXPECT_TRUE(secret->is_encrypted);
    EXPECT_TRUE(secret->parts.empty());
    EXPECT_TRUE(
        read_mail("From: a@b.example\r\nSubject: x\r\n\r\n-----BEGIN PGP MESSAGE-----\r\nabc\r\n")->is_encrypted);
}

TEST(MailParts, OtherTextsDoNotLookLikeMails) {
    EXPECT_FALSE(looks_like_mail("time,ip,port\n2026-11-22 10:00:00,192.0.2.1,80\n"));
    EXPECT_FALSE(looks_like_mail("{\"subject\": 1}\n"));
    EXPECT_FALSE(looks_like_mail("Report-Type: x\nSource: 192.0.2.1\n"));
    EXPECT_FALSE(looks_like_mail(""));
}

}  // namespace
}  // namespace tocsin::formats::mail
