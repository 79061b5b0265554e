#include "formats/json_lines.hpp"

#include <gtest/gtest.h>

namespace tocsin::formats {
namespace {

std::string members_of(std::string_view line) {
    JsonObjectReader reader;
    auto const members = reader.read(line);
    if (!members) return "fault: " + members.error().message;
    std::string all;
    for (auto const& member : **members) all += std::string(member.path) + "=" + std::string(member.text) + ";";
    return all;
}

TEST(JsonLines, NestedObjectsAreFlattened) {
    EXPECT_EQ(members_of(R"({"a.b":1,"c":{"d":"x","e":{"f":true}},"g":null,"h":[1,"y"],"i":1.5})"),
              R"(a.b=1;c.d=x;c.e.f=true;h=[1,"y"];i=1.5;)");
}

TEST(JsonLines, WhatIsNoObjectIsRefused) {
    for (auto const* const wrong : {"", "[]", "5", "{", "{\"a\":}", "{\"a\":1}x", "{\"a\":\"\xff\"}"})
        EXPECT_TRUE(members_of(wrong).starts_with("fault")) << wrong;
}

TEST(JsonLines, DepthHasALimit) {
    std::string deep = "1";
    for (int i = 0; i < 20; ++i) deep = "{\"a\":" + deep + "}";
    EXPECT_NE(members_of(deep).find("deeper than 16"), std::string::npos);
    std::string const brackets(20000, '[');
    EXPECT_TRUE(members_of("{\"a\":" + brackets).starts_with("fault"));
}

}  // namespace
}  // namespace tocsin::formats
