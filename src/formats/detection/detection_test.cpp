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

}  // namespace
}  // namespace tocsin::formats::detection
