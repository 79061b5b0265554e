#include "net/mail.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tocsin::net {
namespace {

MailMessage simple() {
    return {.id = "0123456789abcdef@cirt.example",
            .date = *parse_timestamp("2026-11-23T10:00:00Z"),
            .from = {"CIRT of Freedonia", "cirt@cirt.example"},
            .reply_to = {},
            .to = {{"", "abuse@power.example"}},
            .subject = "Warning",
            .language = "en",
            .text = "Hello\n",
            .html = "<p>Hello</p>\n",
            .headers = {{"Auto-Submitted", "auto-generated"}},
            .files = {{"findings.csv", "text/csv; charset=utf-8", "a,b\r\n1,2\r\n"}}};
}

std::string head_of(std::string const& bytes) {
    return bytes.substr(0, bytes.find("\r\n\r\n") + 2);
}

/// Names of the headers of a message, unfolded.
std::vector<std::string> header_names(std::string const& bytes) {
    std::vector<std::string> names;
    for (auto line : split(head_of(bytes), '\n')) {
        if (line.empty() || line.front() == ' ' || line.front() == '\t') continue;
        names.emplace_back(line.substr(0, line.find(':')));
    }
    return names;
}

std::string header(std::string const& bytes, std::string const& name) {
    auto const head = "\r\n" + head_of(bytes);
    auto const at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    auto const begin = at + name.size() + 4;
    auto end = head.find("\r\n", begin);
    while (end + 2 < head.size() && head[end + 2] == ' ') end = head.find("\r\n", end + 2);
    return replaced(head.substr(begin, end - begin), "\r\n", "");
}

/// RFC 2047 "B" words back to text.
std::string decoded(std::string text) {
    std::string out;
    for (auto const word : split(text, ' ')) {
        if (word.empty()) continue;
        EXPECT_TRUE(word.starts_with("=?UTF-8?B?") && word.ends_with("?=")) << word;
        EXPECT_LE(word.size(), 75U);
        out += from_base64(word.substr(10, word.size() - 12)).value_or("?");
    }
    return out;
}

bool has_only_whole_lines(std::string const& bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r')) return false;
        if (bytes[i] == '\r' && (i + 1 == bytes.size() || bytes[i + 1] != '\n')) return false;
    }
    return true;
}

TEST(MailBytes, AreTheSameForTheSameMessage) {
    EXPECT_EQ(*mail_bytes(simple()), *mail_bytes(simple()));
}

TEST(MailBytes, CarryTextAndHtmlAndTheAttachment) {
    auto const bytes = *mail_bytes(simple());
    EXPECT_NE(bytes.find("multipart/mixed"), std::string::npos);
    EXPECT_NE(bytes.find("multipart/alternative"), std::string::npos);
    EXPECT_NE(bytes.find("filename=\"findings.csv\""), std::string::npos);
    EXPECT_NE(bytes.find(to_base64("a,b\r\n1,2\r\n")), std::string::npos);
    EXPECT_EQ(header(bytes, "Date"), "Mon, 23 Nov 2026 10:00:00 +0000");
    EXPECT_EQ(header(bytes, "Message-ID"), "<0123456789abcdef@cirt.example>");
    EXPECT_EQ(header(bytes, "From"), "\"CIRT of Freedonia\" <cirt@cirt.example>");
}

TEST(MailBytes, EncodeASubjectBeyondAsciiInWholeCharacters) {
    auto message = simple();
    message.subject = "تنبيه: ثلاث ملاحظات جديدة في شبكة الشركة الوطنية للكهرباء والماء والغاز والاتصالات";
    EXPECT_EQ(decoded(header(*mail_bytes(message), "Subject")), message.subject);
}

TEST(MailBytes, DoNotLetTextPassForAnEncodedWord) {
    auto message = simple();
    message.subject = "=?UTF-8?B?YWJj?=";
    EXPECT_EQ(decoded(header(*mail_bytes(message), "Subject")), message.subject);
}

TEST(MailBytes, RefuseAddressesThatCouldStartAnotherHeader) {
    for (auto const* const bad :
         {"a@b\r\nBcc: c@d", "a@b>", "a b@c", "a@", "@b", "a@b..c", "<a@b>", "a@b\n", "a,b@c", "\"a b\"@c"}) {
        auto message = simple();
        message.to = {{"", bad}};
        EXPECT_FALSE(mail_bytes(message)) << bad;
        EXPECT_FALSE(is_mail_address(bad)) << bad;
    }
    for (auto const* const good : {"a@b", "first.last+tag@sub.example.org", "o'brien@x.example"})
        EXPECT_TRUE(is_mail_address(good)) << good;
}

TEST(MailBytes, NeverGainAHeaderWhateverTheValuesAre) {
    auto const expected = header_names(*mail_bytes(simple()));
    auto const nasty = rc::gen::container<std::string>(
        rc::gen::weightedOneOf<char>({{4, rc::gen::arbitrary<char>()},
                                      {2, rc::gen::elementOf(std::string("\r\n\t :;=?\"\\<>,@"))},
                                      {4, rc::gen::inRange<char>('a', 'z')}}));
    EXPECT_TRUE(rc::check("headers stay what they are", [&] {
        auto message = simple();
        message.subject = *nasty + "\r\nBcc: x@y.example\r\n\r\nbody";
        message.from.name = *nasty;
        message.to[0].name = *nasty + "\nX-Evil: 1";
        message.headers[0].value = *nasty + "\rX-Evil: 1";
        message.files[0].name = *nasty + "\r\nX-Evil: 1";
        message.files[0].type = *nasty;
        message.language = *nasty;
        if (message.language.empty()) message.language = "en";
        auto const bytes = mail_bytes(message);
        RC_ASSERT(bytes.has_value());
        RC_ASSERT(header_names(*bytes) == expected);
        RC_ASSERT(has_only_whole_lines(*bytes));
        for (auto const line : split(*bytes, '\n')) RC_ASSERT(line.size() <= 998U);
        for (char const c : *bytes) RC_ASSERT(static_cast<unsigned char>(c) < 0x80);
        RC_ASSERT(bytes->find("\nX-Evil") == std::string::npos);
        RC_ASSERT(bytes->find("\nBcc") == std::string::npos);
    }));
}

TEST(MailBytes, KeepAnyTextWholeInShortLines) {
    EXPECT_TRUE(rc::check("bodies are encoded in short lines", [] {
        auto message = simple();
        message.text = *rc::gen::arbitrary<std::string>();
        message.html = *rc::gen::arbitrary<std::string>() + ".";
        auto const bytes = mail_bytes(message);
        RC_ASSERT(bytes.has_value());
        RC_ASSERT(has_only_whole_lines(*bytes));
        auto const body = bytes->substr(bytes->find("\r\n\r\n"));
        for (auto const line : split(body, '\n')) RC_ASSERT(line.size() <= 78U);
    }));
}

}  // namespace
}  // namespace tocsin::net
