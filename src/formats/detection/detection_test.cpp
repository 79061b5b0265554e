#include "formats/detection/detection.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace tocsin::formats::detection {
namespace {

using Kind = ObservableKind;

std::string file_of(std::string_view format, std::vector<Entry> entries, Head const& head, Written* written = nullptr) {
    put_in_order(entries);
    std::string text;
    auto const done = write(*format_named(format), head, entries, [&](std::string_view piece) {
        text += piece;
        return Status();
    });
    EXPECT_TRUE(done);
    if (written && done) *written = *done;
    return text;
}

std::string file_of(std::string_view format, std::vector<Entry> entries, Written* written = nullptr) {
    return file_of(format, std::move(entries), {.title = "Test", .marking = "TLP:GREEN", .notes = {}}, written);
}

Entry entry(Kind kind, std::string value, std::string name = "Example botnet") {
    return {.observable = {kind, std::move(value)},
            .id = "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
            .name = std::move(name),
            .confidence = 80,
            .reference = "https://cert.example/advisory/7",
            .valid_until = parse_timestamp("2026-12-31T00:00:00Z").value()};
}

std::vector<Entry> usual() {
    return {entry(Kind::ip, "192.0.2.7"),
            entry(Kind::ip, "198.51.100.0/24"),
            entry(Kind::ip, "2001:db8::7"),
            entry(Kind::ip, "2001:db8:0:1::/64"),
            entry(Kind::domain, "c2.evil.example", "C2 server; \"loud\""),
            entry(Kind::domain, "evil.example"),
            entry(Kind::url, "http://evil.example/gate.php?id=1&x=%22"),
            entry(Kind::url, "https://192.0.2.7:8443/a/b"),
            entry(Kind::user_agent, "Mozilla/4.0 (evil; \"|\" *)"),
            entry(Kind::md5, "d41d8cd98f00b204e9800998ecf8427e"),
            entry(Kind::sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            entry(Kind::sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            entry(Kind::mutex, "Global\\evil")};
}

class GoldenFile : public testing::TestWithParam<std::string_view> {};

TEST_P(GoldenFile, ReadsAsItDid) {
    Head const head{.title = "Tocsin detection export", .marking = "TLP:GREEN", .notes = {"Collection: everything"}};
    auto const text = file_of(GetParam(), usual(), head);
    auto const path = std::filesystem::path(TOCSIN_SOURCE_DIR) / "tests/golden/detection" /
                      (std::string(GetParam()) + std::string(format_named(GetParam())->extension));
    if (auto const* const mode = std::getenv("TOCSIN_GOLDEN"); mode != nullptr && std::string_view(mode) == "write") {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
    }
    std::ifstream file(path, std::ios::binary);
    std::string const golden((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(text, golden) << path << ": if the change is meant, ./dev golden and read the diff";
}

std::vector<std::string_view> names() {
    std::vector<std::string_view> all;
    for (auto const& format : formats()) all.push_back(format.name);
    return all;
}
INSTANTIATE_TEST_SUITE_P(Formats, GoldenFile, testing::ValuesIn(names()));

struct OwnFile {
    std::string text;
    Written written;
};
OwnFile with_own(std::string_view format, std::vector<OwnRule> const& rules) {
    OwnFile file;
    auto const done = write(
        *format_named(format), {.title = "T", .marking = "TLP:GREEN"}, {},
        [&](std::string_view piece) {
            file.text += piece;
            return Status();
        },
        rules);
    EXPECT_TRUE(done);
    if (done) file.written = *done;
    return file;
}
std::string reason_of(std::string_view format, std::string text) {
    auto const file = with_own(format, {{"indicator--1", std::move(text)}});
    return file.written.own_left_out.empty() ? "taken" : file.written.own_left_out.front().second;
}

TEST(OwnRules, SignaturesKeepTheirTextAndGetTheirOwnNumberWhenItIsTaken) {
    std::string const one =
        R"r(alert tcp $HOME_NET any -> [192.0.2.1, 192.0.2.2] 443 (msg:"a; \"b\" )"; content:"|3b|x"; sid:1000001; rev:3;))r";
    std::string const other = R"(alert tcp any any -> any any (msg:"c"; sid: 1000001 ; rev:1;))";
    auto const file = with_own("suricata", {{"indicator--1", one + "\n# a comment\n"}, {"indicator--2", other}});
    EXPECT_EQ(file.written.own_rules, 2U);
    EXPECT_TRUE(file.text.contains(one + "\n")) << file.text;
    EXPECT_FALSE(file.text.contains("sid: 1000001"));
    EXPECT_TRUE(file.text.contains(R"((msg:"c"; sid:1)")) << file.text;
    EXPECT_TRUE(file.text.contains("# Own rules of indicators: 2; left out: 0\n"));
}

TEST(OwnRules, SignaturesThatReachOutAreLeftOutWithTheirReason) {
    auto const reason = [](std::string const& text) { return reason_of("suricata", text); };
    EXPECT_EQ(reason("pass ip any any -> any any (sid:1;)"), "expected the action alert");
    EXPECT_EQ(reason("alert ip any any -> any any (sid:1; lua:x.lua;)"), "the option lua reaches out of the rule");
    EXPECT_EQ(reason("alert ip any any -> any any (msg:\"x; sid:1;)"), "a quote is not closed");
    EXPECT_EQ(reason("alert ip any any -> any any (msg:\"x\")"), "the last option has no semicolon");
    EXPECT_EQ(reason("alert ip any any -> any any (msg:\"x\";)"), "expected one sid");
    EXPECT_EQ(reason("alert ip any any -> any any (sid:1;) (sid:2;)"), "an option has no name");
    EXPECT_EQ(reason("alert ip any any -> any (sid:1;)"), "expected alert PROTOCOL SOURCE PORTS -> DESTINATION PORTS");
    EXPECT_EQ(reason("include other.rules"), "expected options in brackets");
    EXPECT_EQ(reason("# nothing"), "there is no rule in it");
    EXPECT_EQ(reason(std::string("alert ip any any -> any any (sid:1;\0)", 38)), "control characters");
    EXPECT_EQ(reason_of("snort3", "alert http ( msg:\"x\"; http_uri; content:\"a\", nocase; sid:5; )"), "taken");
    EXPECT_EQ(reason_of("suricata", "alert http ( msg:\"x\"; sid:5; )"),
              "expected alert PROTOCOL SOURCE PORTS -> DESTINATION PORTS");
}

std::string const yara_rule = R"(import "pe"
private rule helper { condition: uint16(0) == 0x5A4D }
rule Loader : tag1 tag2
{
    meta:
        description = "a } \"b\""
    strings:
        $a = "text } // no comment" wide ascii
        $hex = { AB ?? [4-6] ( 01 | 02 ) } // a comment
        $re = /a\/b{2,3}"/i
    condition:
        helper and pe.is_dll() and any of them and for any i in (1..#a) : ( @a[i] < filesize )
}
)";

TEST(OwnRules, YaraRulesKeepTheirTextAndGetOtherNamesWhenTheyAreTaken) {
    auto const file = with_own("yara", {{"indicator--1", yara_rule},
                                        {"indicator--2", "rule Loader { condition: false }"},
                                        {"indicator--3", yara_rule}});
    EXPECT_EQ(file.written.own_rules, 2U);
    EXPECT_TRUE(file.text.contains(yara_rule)) << file.text;
    EXPECT_TRUE(file.text.contains("rule Loader_")) << file.text;
    ASSERT_EQ(file.written.own_left_out.size(), 1U);
    EXPECT_EQ(file.written.own_left_out.front().second, "the same rule is in it already");
}

TEST(OwnRules, YaraRulesThatWouldBreakTheFileAreLeftOutWithTheirReason) {
    auto const reason = [](std::string const& text) { return reason_of("yara", text); };
    EXPECT_EQ(reason("rule a { condition: true } }"), "a curly bracket is closed that was not opened");
    EXPECT_EQ(reason("rule a { condition: true"), "a curly bracket is not closed");
    EXPECT_EQ(reason("rule a { strings: $a = \"x\n condition: $a }"),
              "a string or an expression is not closed on its line");
    EXPECT_EQ(reason("rule a { condition: true } /* "), "a comment is not closed");
    EXPECT_EQ(reason("include \"/etc/passwd\"\nrule a { condition: true }"), "expected import or rule, found include");
    EXPECT_EQ(reason("global rule a { condition: false }"), "a global rule decides over all others");
    EXPECT_EQ(reason("import \"cuckoo\" rule a { condition: true }"), "the module cuckoo is not in every YARA");
    EXPECT_EQ(reason("rule a { condition: $x }"), "rule a: $x is used and not defined");
    EXPECT_EQ(reason("rule a { strings: $x = \"1\" condition: true }"), "rule a: $x is not used");
    EXPECT_EQ(reason("rule a { condition: filename == \"x\" }"), "rule a: filename is used and not defined");
    EXPECT_EQ(reason("rule a { condition: pe.is_dll() }"), "rule a: pe is used and not defined");
    EXPECT_EQ(reason("rule a { meta: b = 1 }"), "rule a: there is no condition");
    EXPECT_EQ(reason(""), "there is no rule in it");
    EXPECT_EQ(reason("rule a { strings: $x1 = \"1\" $x2 = \"2\" condition: any of ($x*) }"), "taken");
}

std::string const sigma_rule = R"(title: Loader
id: 7c1b5b8e-6a43-4c0e-8f6c-0d8a2f1f3c11
description: |
    More
      lines: of text
logsource:
    category: process_creation
    product: windows
detection:
    sel:
        - Image|endswith: '\loader.exe'
          User: "a: \"b\""
        - CommandLine|contains:
            - one
            - 'it''s'
    list: [1, "two"]
    condition: sel and
        not list
level: high
)";

TEST(OwnRules, SigmaRulesKeepTheirText) {
    auto const file = with_own("sigma", {{"indicator--1", sigma_rule}, {"indicator--2", sigma_rule + "tags: []\n"}});
    EXPECT_EQ(file.written.own_rules, 1U) << file.text;
    EXPECT_TRUE(file.text.contains("---\n# indicator--1\n" + sigma_rule)) << file.text;
    ASSERT_EQ(file.written.own_left_out.size(), 1U);
    EXPECT_EQ(file.written.own_left_out.front().second, "the id 7c1b5b8e-6a43-4c0e-8f6c-0d8a2f1f3c11 is taken");
}

TEST(OwnRules, SigmaRulesThatReachIntoOthersAreLeftOutWithTheirReason) {
    auto const reason = [](std::string_view old, std::string_view now) {
        return reason_of("sigma", replaced(sigma_rule, old, now));
    };
    EXPECT_EQ(reason("title: Loader", "title: \"Loader"), "line 1 of the rule: a quote is not closed on its line");
    EXPECT_EQ(reason("[1, \"two\"]", "[1, \"two\""), "line 16 of the rule: a bracket is not closed on its line");
    EXPECT_EQ(reason("level: high", "level: !!python/object x"), "line 19 of the rule: a value that begins with !");
    EXPECT_EQ(reason("level: high", "level: *all"), "line 19 of the rule: a value that begins with *");
    EXPECT_EQ(reason("level: high", "action: global"), "line 19 of the rule: action: a rule that changes others");
    EXPECT_EQ(reason("level: high", "title: two"), "line 19 of the rule: title is twice in it");
    EXPECT_EQ(reason("level: high", "  level: high"), "line 19 of the rule: it stands in no column of the rule");
    EXPECT_EQ(reason("level: high", "level: a: b"), "line 19 of the rule: a colon in a value without quotes");
    EXPECT_EQ(reason("condition: sel and", "other: sel and"), "detection has no condition");
    EXPECT_EQ(reason("title: Loader\n", ""), "title is missing");
    EXPECT_EQ(reason("level: high", "%YAML 1.1"), "line 19 of the rule: expected a key");
}

TEST(Detection, FormatsAreFoundByNameInOrder) {
    EXPECT_TRUE(std::ranges::is_sorted(formats(), {}, &Format::name));
    EXPECT_EQ(format_named("suricata")->extension, ".rules");
    EXPECT_EQ(format_named("excel"), nullptr);
}

TEST(Detection, TheOrderOfFindingDoesNotMatter) {
    auto entries = usual();
    for (auto const& format : formats()) {
        auto const first = file_of(format.name, entries);
        std::ranges::reverse(entries);
        EXPECT_EQ(file_of(format.name, entries), first) << format.name;
    }
}

TEST(Detection, OfDoublesTheSurestStays) {
    auto weak = entry(Kind::domain, "evil.example", "weak");
    weak.confidence = 10;
    std::vector<Entry> entries{weak, entry(Kind::domain, "evil.example", "sure")};
    put_in_order(entries);
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries.front().name, "sure");
}

TEST(Detection, NumbersStayWhenOthersCome) {
    auto const line_with = [](std::string const& text, std::string_view what) {
        for (auto const line : split(text, '\n'))
            if (line.contains(what)) return std::string(line);
        return std::string();
    };
    auto const alone = file_of("suricata", {entry(Kind::ip, "192.0.2.7")});
    auto const among = file_of("suricata", usual());
    EXPECT_EQ(line_with(alone, "<> 192.0.2.7 any"), line_with(among, "<> 192.0.2.7 any"));
}

TEST(Detection, TheErrorOfTheSinkComesBack) {
    auto const done = write(*format_named("csv"), {.title = "t", .marking = "m", .notes = {}}, usual(),
                            [](std::string_view) { return Status(fail(Code::io, "disk full")); });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::io);
}

TEST(Plain, LeavesNothingThatCouldBreakOut) {
    EXPECT_EQ(plain("a\";\nb|c\\d"), "a b c d");
    EXPECT_EQ(plain("\xe2\x80\xa8x\xc2\x85y\xe2\x80\xaez"), "x y z");
    EXPECT_EQ(plain("Gr\xc3\xbc\xc3\x9f"
                    "e"),
              "Gr\xc3\xbc\xc3\x9f"
              "e");
    EXPECT_EQ(plain(std::string(1000, 'a')).size(), 200U);
}

// Hostile names and values: what they hold must not begin a line of its own anywhere.
std::vector<std::string> hostile() {
    return {"\nalert ip any any -> any any (msg:\"INJECTED\"; sid:1;)",
            "x\"; sid:1;) \nINJECTED",
            "x\r\nINJECTED CNAME .",
            "x*/\nINJECTED",
            "x }\nINJECTED",
            "x\xe2\x80\xa8INJECTED: y",
            "x\xc2\x85INJECTED: y",
            "x' \"\nINJECTED",
            "x|0a|INJECTED\n",
            std::string("x\0\nINJECTED", 11),
            "x\xff\nINJECTED"};
}

TEST(Detection, HostileNamesAndValuesStayInTheirPlace) {
    for (auto const& text : hostile()) {
        for (auto const& format : formats()) {
            auto named = usual();
            for (auto& one : named) one.name = one.id = one.reference = text;
            auto const plain_lines = std::ranges::count(file_of(format.name, usual()), '\n');
            auto const named_file = file_of(format.name, named, {.title = text, .marking = text, .notes = {text}});
            auto const without_references = std::ranges::count(named_file, '\n');
            EXPECT_LE(without_references, plain_lines + 1) << format.name << ": " << named_file;
            for (auto const line : split(named_file, '\n')) EXPECT_FALSE(line.starts_with("INJECTED")) << line;
            std::vector<Entry> bad;
            for (auto const kind : observable_kinds()) bad.push_back(entry(kind, text, "x"));
            Written written;
            auto const file = file_of(format.name, bad, &written);
            EXPECT_EQ(written.entries, 0U) << format.name << ": " << file;
            EXPECT_FALSE(file.contains("INJECTED")) << format.name << ": " << file;
        }
    }
}

TEST(Detection, AnAgentOfHostileCharactersIsWrittenAsHexadecimal) {
    auto const text = file_of("suricata", {entry(Kind::user_agent, "a\";b|c")});
    EXPECT_TRUE(text.contains("content:\"a|22 3b|b|7c|c\"; bsize:6;")) << text;
}

TEST(Detection, SigmaTakesWildcardsAsTheyAre) {
    auto const text = file_of("sigma", {entry(Kind::user_agent, "a*b\\c?")});
    EXPECT_TRUE(text.contains(R"(c-useragent: "a\\*b\\\\c\\?")")) << text;
}

TEST(Detection, SquidHasNoNameBelowAnother) {
    auto const text = file_of("squid", usual());
    EXPECT_TRUE(text.contains("dstdomain .evil.example\n"));
    EXPECT_FALSE(text.contains("c2.evil.example"));
}

/// Squid stops at a line of http_access whose list is not there.
TEST(Detection, SquidHasAllThreeListsEvenIfEmpty) {
    auto const names = file_of("squid", {entry(Kind::domain, "evil.example")});
    EXPECT_TRUE(names.contains("\nacl tocsin_addresses dst 255.255.255.255\n")) << names;
    EXPECT_TRUE(names.contains("\nacl tocsin_urls url_regex ^$\n")) << names;
    EXPECT_FALSE(names.contains("dstdomain .invalid")) << names;
    Written written;
    auto const nothing = file_of("squid", {}, &written);
    for (std::string_view const list :
         {"acl tocsin_addresses dst ", "acl tocsin_names dstdomain .invalid\n", "acl tocsin_urls "})
        EXPECT_TRUE(nothing.contains(list)) << nothing;
    EXPECT_EQ(written.entries, 0U);
}

}  // namespace
}  // namespace tocsin::formats::detection
