#include "intelligence/known_good.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace tocsin::intelligence {
namespace {

using Kind = formats::ObservableKind;
using Names = std::vector<std::string_view>;

std::unique_ptr<KnownGood> made_of(std::vector<std::string> const& texts) {
    std::vector<KnownGood::File> files;
    for (auto const& text : texts) files.push_back({.name = "test", .json = text});
    auto made = KnownGood::read(files);
    EXPECT_TRUE(made) << made.error().message;
    return made ? *std::move(made) : nullptr;
}

std::string list(std::string_view name, std::string_view type, std::string_view entries,
                 std::string_view attributes = "[]") {
    return fmt::format(
        R"({{"name":"{}","version":1,"description":"d","type":"{}","matching_attributes":{},"list":{}}})", name, type,
        attributes, entries);
}

TEST(KnownGood, FindsAddressesInNetworks) {
    auto const lists = made_of({list("nets", "cidr", R"(["192.0.2.0/25","192.0.2.7","2001:db8::/32"])")});
    EXPECT_EQ(lists->lists_with({Kind::ip, "192.0.2.9"}), Names{"nets"});
    EXPECT_EQ(lists->lists_with({Kind::ip, "192.0.2.200"}), Names{});
    EXPECT_EQ(lists->lists_with({Kind::ip, "192.0.2.0/28"}), Names{"nets"});
    EXPECT_EQ(lists->lists_with({Kind::ip, "2001:db8:1::9"}), Names{"nets"});
    EXPECT_EQ(lists->lists_with({Kind::url, "http://192.0.2.9:8080/x"}), Names{"nets"});
    EXPECT_EQ(lists->lists_with({Kind::url, "http://[2001:db8::1]/x"}), Names{"nets"});
}

TEST(KnownGood, ANetworkThatHoldsAListedOneIsHeld) {
    auto const lists = made_of({list("nets", "cidr", R"(["192.0.2.128/28"])")});
    EXPECT_EQ(lists->lists_with({Kind::ip, "192.0.2.0/24"}), Names{"nets"});
    EXPECT_EQ(lists->lists_with({Kind::ip, "192.0.2.0/25"}), Names{});
}

TEST(KnownGood, FindsNamesAndWhatIsBelow) {
    auto const lists = made_of({list("names", "hostname", R"([".good.example"])")});
    EXPECT_EQ(lists->lists_with({Kind::domain, "good.example"}), Names{"names"});
    EXPECT_EQ(lists->lists_with({Kind::domain, "a.b.good.example"}), Names{"names"});
    EXPECT_EQ(lists->lists_with({Kind::domain, "notgood.example"}), Names{});
    EXPECT_EQ(lists->lists_with({Kind::url, "https://u@a.good.example/x"}), Names{"names"});
}

TEST(KnownGood, IsForTheKindsOfTheListOnly) {
    auto const lists = made_of({list("names", "hostname", R"(["good.example"])", R"(["hostname","domain|ip"])")});
    EXPECT_EQ(lists->lists_with({Kind::domain, "good.example"}), Names{"names"});
    EXPECT_EQ(lists->lists_with({Kind::url, "https://good.example/x"}), Names{});
}

TEST(KnownGood, ComparesTextsPartsAndExpressions) {
    auto const lists = made_of({list("texts", "string", R"(["ABCDEF"])"), list("parts", "substring", R"(["-pool-"])"),
                                list("words", "regex", R"(["/^MAIL\\d+$/i"])")});
    EXPECT_EQ(lists->lists_with({Kind::other, "abcdef"}), Names{"texts"});
    EXPECT_EQ(lists->lists_with({Kind::domain, "a-pool-7.example"}), Names{"parts"});
    EXPECT_EQ(lists->lists_with({Kind::other, "mail77"}), Names{"words"});
    EXPECT_EQ(lists->lists_with({Kind::other, "xmail77"}), Names{});
}

TEST(KnownGood, AnExpressionCantRunAway) {
    auto const lists = made_of({list("words", "regex", R"(["(a+)+b"])")});
    EXPECT_EQ(lists->lists_with({Kind::other, std::string(5000, 'a')}), Names{});
}

TEST(KnownGood, SaysWhatIsWrongWithAFile) {
    auto const fault = [](std::string const& text) {
        KnownGood::File const file{.name = "x.json", .json = text};
        auto const read = KnownGood::read({&file, 1});
        return read ? std::string() : read.error().message;
    };
    EXPECT_EQ(fault(list("x", "cidr", R"(["192.0.2.0/24","nowhere"])")),
              "x.json: list[1]: expected a network, found \"nowhere\"");
    EXPECT_TRUE(fault(list("x", "colour", "[]")).contains("type: expected cidr"));
    EXPECT_TRUE(fault(list("", "cidr", "[]")).contains("name: expected a text"));
    EXPECT_TRUE(fault(list("x", "regex", R"(["("])")).contains("list[0]"));
    EXPECT_FALSE(fault("[1").empty());
}

TEST(KnownGood, TheProgramsListsAreWhole) {
    auto const lists = KnownGood::open("/nonexistent");
    ASSERT_TRUE(lists) << lists.error().message;
    EXPECT_GE((*lists)->lists().size(), 10U);
    for (auto const& one : (*lists)->lists()) EXPECT_FALSE(one.source.empty() || one.date.empty()) << one.name;
    EXPECT_EQ((*lists)->lists_with("8.8.8.8"), Names{"Public DNS resolvers"});
    EXPECT_EQ((*lists)->lists_with("10.1.2.3"), Names{"Reserved networks"});
    EXPECT_EQ((*lists)->lists_with("192.0.2.1"), Names{"Documentation networks"});
    EXPECT_EQ((*lists)->lists_with("mail.google.com"), Names{"Top sites"});
    EXPECT_EQ((*lists)->lists_with("https://mail.google.com/x"), Names{});
    EXPECT_EQ((*lists)->lists_with("D41D8CD98F00B204E9800998ECF8427E"), Names{"Hashes of the empty file"});
    EXPECT_EQ((*lists)->lists_with("45.155.204.1"), Names{});
    auto const without = KnownGood::open("/nonexistent", false);
    ASSERT_TRUE(without);
    EXPECT_EQ((*without)->lists_with("192.0.2.1"), Names{});
}

TEST(KnownGood, OwnFilesReplaceListsOfTheirNameAndBadOnesAreLeftOut) {
    auto const directory = std::filesystem::path(testing::TempDir()) / "known_good_test";
    std::filesystem::create_directories(directory / "known-good");
    std::ofstream(directory / "known-good/a.json") << list("Top sites", "hostname", R"(["mine.example"])");
    std::ofstream(directory / "known-good/b.json") << "{";
    auto const lists = KnownGood::open(directory, false);
    ASSERT_TRUE(lists) << lists.error().message;
    EXPECT_EQ((*lists)->lists_with("www.mine.example"), Names{"Top sites"});
    EXPECT_EQ((*lists)->lists_with("google.com"), Names{});
    std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace tocsin::intelligence
