#include "formats/stix/selector.hpp"

#include <gtest/gtest.h>

namespace tocsin::formats::stix {
namespace {

std::string without(std::string_view json, std::vector<std::string_view> const& selectors) {
    auto const text = without_selected(json, selectors);
    return text ? *text : "fault: " + text.error().message;
}

TEST(Selector, NamesMembersAndElements) {
    JsonTree tree;
    ASSERT_TRUE(tree.parse(R"({"labels":["a","b"],"x":{"y":[{"z":5}]}})"));
    EXPECT_EQ(select(tree.root(), "labels").raw(), R"(["a","b"])");
    EXPECT_EQ(select(tree.root(), "labels.[1]").raw(), R"("b")");
    EXPECT_EQ(select(tree.root(), "x.y.[0].z").raw(), "5");
    for (auto const* const nothing :
         {"", "labels.[2]", "labels.1", "labels.", ".labels", "x.z", "labels.[1].a", "[0]", "x.[0]"})
        EXPECT_FALSE(select(tree.root(), nothing)) << nothing;
}

TEST(WithoutSelected, LeavesTheRestByteForByte) {
    constexpr std::string_view json = R"({"a":1.50,"b":"\u00e9","c":[1,2,3],"d":{"e":"x","f":0e1}})";
    EXPECT_EQ(without(json, {}), json);
    EXPECT_EQ(without(json, {"nothing", "c.[9]"}), json);
    EXPECT_EQ(without(json, {"a"}), R"({"b":"\u00e9","c":[1,2,3],"d":{"e":"x","f":0e1}})");
    EXPECT_EQ(without(json, {"d", "d.e"}), R"({"a":1.50,"b":"\u00e9","c":[1,2,3]})");
    EXPECT_EQ(without(json, {"c.[0]", "c.[2]", "d.f"}), R"({"a":1.50,"b":"\u00e9","c":[2],"d":{"e":"x"}})");
    EXPECT_EQ(without(json, {"c.[0]", "c.[1]", "c.[2]"}), R"({"a":1.50,"b":"\u00e9","d":{"e":"x","f":0e1}})");
    EXPECT_EQ(without("{\"a\":", {"a"}), "fault: byte 5: expected a value");
}

TEST(WithoutSelected, MarkingsFollow) {
    constexpr std::string_view json =
        R"({"labels":["a","b","c"],"name":"n","granular_markings":[{"marking_ref":"m1","selectors":["labels.[0]"]},)"
        R"({"marking_ref":"m2","selectors":["labels.[0]","labels.[2]","name","absent"]}]})";
    EXPECT_EQ(without(json, {"labels.[0]"}), R"({"labels":["b","c"],"name":"n","granular_markings":[)"
                                             R"({"marking_ref":"m2","selectors":["labels.[1]","name","absent"]}]})");
    EXPECT_EQ(
        without(R"({"name":"n","x":1,"granular_markings":[{"marking_ref":"m1","selectors":["name"]}]})", {"name"}),
        R"({"x":1})");
}

TEST(WithMembers, ReplacesTakesAwayAndAdds) {
    auto const changed = with_members(R"({"a":1,"b":[2],"c":"x"})",
                                      std::vector<MemberChange>{{"b", "true"}, {"a", ""}, {"z", "{}"}, {"y", ""}});
    EXPECT_EQ(*changed, R"({"b":true,"c":"x","z":{}})");
}

}  // namespace
}  // namespace tocsin::formats::stix
