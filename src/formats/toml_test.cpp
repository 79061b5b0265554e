#include "formats/toml.hpp"

#include <gtest/gtest.h>

namespace tocsin::formats {
namespace {

std::string fault_of(std::string_view text) {
    auto const document = parse_toml(text, "x.toml");
    return document ? "none" : document.error().message;
}

TEST(Toml, GivesEveryKindOfValueAndItsLine) {
    auto const document = parse_toml(
        "name = \"Équipe\"  # été\n[mail]\nhold = true\nport = 25\nshare = 0.5\nto = ['a', 2]\nday = "
        "2026-11-01\n[[x]]\n",
        "x.toml");
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(*document->get("name")->text(), "Équipe");
    auto const* const mail = document->get("mail");
    ASSERT_TRUE(mail != nullptr && mail->is_table());
    EXPECT_EQ(mail->get("hold")->truth(), true);
    EXPECT_EQ(mail->get("port")->integer(), 25);
    EXPECT_EQ(mail->get("port")->line, 4U);
    EXPECT_EQ(mail->get("share")->real(), 0.5);
    EXPECT_EQ(*mail->get("to")->list()->front().text(), "a");
    EXPECT_EQ(mail->get("to")->list()->back().integer(), 2);
    auto const& day = *mail->get("day");
    EXPECT_TRUE(day.text() == nullptr && !day.integer() && !day.truth() && !day.is_table());
    EXPECT_EQ(document->get("x")->list()->size(), 1U);
    EXPECT_EQ(document->get("absent"), nullptr);
    EXPECT_EQ(mail->get("hold")->get("inside"), nullptr);
}

TEST(Toml, MembersComeInTheOrderOfTheirKeys) {
    auto const document = parse_toml("b = 1\na = 2\nc.d = 3\n", "x.toml");
    ASSERT_TRUE(document);
    std::string keys;
    for (auto const& member : document->members()) keys += member.key;
    EXPECT_EQ(keys, "abc");
}

TEST(Toml, ACharacterBeyondAsciiOutsideOfQuotesIsAFaultWithItsLine) {
    for (auto const* const text : {"a = 1\n\nnäme = 2\n", "a = 1\n\nname = “x”\n", "a = 1\n\n[équipe]\n",
                                   "a = 1\n\nb = 1é\n", "a = 1\n\n\"b\"é = 1\n", "a = 1\n\nb = [1,\u3000 2]"})
        EXPECT_EQ(fault_of(text), "x.toml:3: a character beyond ASCII outside of quotes") << text;
    EXPECT_TRUE(fault_of("a = 1\nname = \"x\\ é\"\n").starts_with("x.toml:2: "));
    EXPECT_EQ(fault_of("a = 'é'\nb = 'x\xff'\n"), "x.toml:2: not UTF-8");
}

TEST(Toml, CharactersBeyondAsciiComeBackAsTheyWere) {
    auto const document = parse_toml(
        "\xEF\xBB\xBF# été\na = 'é^~`|$;!?<>@%&*/'\n\"é\" = \"\"\"\né \"\" \\\n  \\u00e9^\"\"\"\nb = ['^~e9', "
        "\"\\u005e~c3é\"]\n",
        "x.toml");
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(*document->get("a")->text(), "é^~`|$;!?<>@%&*/");
    ASSERT_NE(document->get("é"), nullptr);
    EXPECT_EQ(*document->get("é")->text(), "é \"\" é^");
    EXPECT_EQ(*document->get("b")->list()->front().text(), "^~e9");
    EXPECT_EQ(*document->get("b")->list()->back().text(), "^~c3é");
}

TEST(Toml, WhatIsMalformedIsAFaultWithItsLine) {
    EXPECT_TRUE(fault_of("a = 1\nb = \n").starts_with("x.toml:2: ")) << fault_of("a = 1\nb = \n");
    EXPECT_TRUE(fault_of("a = 1\na = 2\n").starts_with("x.toml:2: "));
    EXPECT_TRUE(fault_of(std::string("a = '") + '\0' + "'\n").starts_with("x.toml:1: "));
    EXPECT_NE(fault_of("a = " + std::string(100'000, '[')), "none");
}

TEST(Toml, SizeHasALimit) {
    std::string const text = "#" + std::string(std::size_t{1} << 20, ' ');
    auto const document = parse_toml(text, "x.toml");
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().code, Code::limit);
    EXPECT_TRUE(document.error().message.starts_with("x.toml: "));
}

}  // namespace
}  // namespace tocsin::formats
