#include "formats/json_tree.hpp"

#include <gtest/gtest.h>

namespace tocsin::formats {
namespace {

std::string fault_of(std::string_view json, JsonTreeLimits const& limits = {}) {
    JsonTree tree;
    auto const done = tree.parse(json, limits);
    return done ? "" : done.error().message;
}

TEST(JsonTree, EveryValueKnowsItsBytesAndItsPlace) {
    JsonTree tree;
    std::string_view const json = R"( {"a":[1,{"b c":"x\ny"}], "d" : true,"e":null} )";
    ASSERT_TRUE(tree.parse(json));
    auto const root = tree.root();
    EXPECT_EQ(root.size(), 3U);
    EXPECT_EQ(root["a"].raw(), R"([1,{"b c":"x\ny"}])");
    EXPECT_EQ((*root["a"].begin()).integer(), 1);
    EXPECT_TRUE(root["d"].is_true());
    EXPECT_TRUE(root["e"].is_null());
    EXPECT_FALSE(root["f"]);
    auto const inner = tree.at(root["a"].past() - 1);
    EXPECT_EQ(inner.text(), "x\ny");
    EXPECT_EQ(inner.path(), "a.[1].b c");
    EXPECT_TRUE(root["a"].holds(inner.node()));
    EXPECT_FALSE(root["d"].holds(inner.node()));
    EXPECT_EQ(json.substr(tree[root["d"].node()].start, 3), "\"d\"");
}

TEST(JsonTree, EscapesAreUndone) {
    JsonTree tree;
    ASSERT_TRUE(tree.parse(R"(["\"\\\/\b\f\n\r\t","\u00e9\u20ac\ud83d\ude00","a\u0000b"])"));
    auto at = tree.root().begin();
    EXPECT_EQ((*at++).text(), "\"\\/\b\f\n\r\t");
    EXPECT_EQ((*at++).text(), "é€😀");
    EXPECT_EQ((*at++).text(), std::string_view("a\0b", 3));
}

TEST(JsonTree, NumbersStayAsWrittenWhateverTheirSize) {
    JsonTree tree;
    ASSERT_TRUE(tree.parse("[1e400,123456789012345678901234567890,-0.50,7]"));
    auto at = tree.root().begin();
    EXPECT_EQ((*at).raw(), "1e400");
    EXPECT_EQ((*at++).number(), std::nullopt);
    EXPECT_EQ((*at++).integer(), std::nullopt);
    EXPECT_EQ((*at).number(), -0.5);
    EXPECT_EQ((*at++).integer(), std::nullopt);
    EXPECT_EQ((*at++).integer(), 7);
}

TEST(JsonTree, FaultsTellTheByteAndWhatWasExpected) {
    EXPECT_EQ(fault_of("{\"a\" 1}"), "byte 5: expected :");
    EXPECT_EQ(fault_of("[1 2]"), "byte 3: expected , or ]");
    EXPECT_EQ(fault_of("{\"a\":1,}"), "byte 7: expected a member's name in quotes");
    EXPECT_EQ(fault_of("[1,]"), "byte 3: expected a value");
    EXPECT_EQ(fault_of("[01]"), "byte 2: expected no digit behind a leading 0");
    EXPECT_EQ(fault_of("{\"a\":1} x"), "byte 8: expected the end of the text");
    EXPECT_EQ(fault_of("[\"\\ud800\"]"), "byte 8: expected the second half of a surrogate pair");
    EXPECT_EQ(fault_of("{\"a\":1,\"b\":2,\"a\":3}"), "byte 13: the member \"a\" is there twice (RFC 7493 section 2.3)");
    EXPECT_EQ(fault_of("{\"a\":\"\xff\"}"), "is not UTF-8");
    for (auto const* const wrong :
         {"", " ", "tru", "[", "\"a", "\"a\nb\"", "-", "1.", "1e", "{", "nul", "[1}", "\"\\x\""})
        EXPECT_NE(fault_of(wrong), "") << wrong;
}

TEST(JsonTree, HasLimits) {
    EXPECT_EQ(fault_of("[[[[1]]]]", {.depth = 4}), "");
    EXPECT_EQ(fault_of("[[[[[1]]]]]", {.depth = 4}), "byte 4: nested deeper than 4");
    EXPECT_EQ(fault_of("[1,2,3]", {.values = 3}), "more than 3 values");
    EXPECT_EQ(fault_of("[1,2,3]", {.bytes = 3}), "longer than 3 bytes");
    EXPECT_NE(fault_of(std::string(1'000'000, '[')), "");
}

TEST(JsonTree, ManyMembersAreHeldAgainstEachOther) {
    std::string json = "{";
    for (int i = 0; i < 5000; ++i) json += "\"k" + std::to_string(i) + "\":1,";
    EXPECT_EQ(fault_of(json + "\"last\":1}"), "");
    EXPECT_NE(fault_of(json + "\"k77\":1}").find("\"k77\" is there twice"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::formats
