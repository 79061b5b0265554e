#include "formats/stix/bundle_reader.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tocsin::formats::stix {
namespace {

/// One line for each item: what was read, or "LINE:OFFSET expected ...".
std::string read(std::string_view input, std::size_t piece = 1 << 20, BundleLimits const& limits = {}) {
    MemorySource source{std::string(input), piece};
    BundleReader reader(source, limits);
    std::string all;
    for (std::int64_t ordinal = 1;; ++ordinal) {
        auto const item = reader.next();
        if (!item) return all + "error: " + item.error().message;
        if (!*item) return all;
        EXPECT_EQ((*item)->ordinal, ordinal);
        auto const& found = **item;
        all += found.fault.empty() ? fmt::format("{}\n", found.json)
                                   : fmt::format("{}:{} {}\n", found.line, found.offset, found.fault);
    }
}

constexpr std::string_view two = "{\"type\":\"a\",\"x\":[1,{}]}\n{\"type\":\"b\"}\n";

TEST(BundleReader, ContainersOfAllKindsGiveTheirObjects) {
    EXPECT_EQ(read(R"({"type":"bundle","id":"bundle--1","objects":[{"type":"a","x":[1,{}]},{"type":"b"}]})"), two);
    EXPECT_EQ(read(R"({"id":"bundle--1","objects":[{"type":"a","x":[1,{}]},{"type":"b"}],"type":"bundle"})"), two);
    EXPECT_EQ(read(R"({"more":true,"next":"x","objects":[{"type":"a","x":[1,{}]},{"type":"b"}]})"), two);
    EXPECT_EQ(read(R"([{"type":"a","x":[1,{}]},{"type":"b"}])"), two);
    EXPECT_EQ(read(R"({"type":"a","x":[1,{}]}{"type":"b"})"), two);
    EXPECT_EQ(read("\xef\xbb\xbf {\"type\":\"a\",\"x\":[1,{}]}\n\n{\"type\":\"b\"}\n"), two);
    EXPECT_EQ(read(R"([{"type":"bundle","objects":[{"type":"a","x":[1,{}]}]},{"objects":[{"type":"b"}]}])"), two);
    EXPECT_EQ(read(R"({"objects":[{"type":"a","x":[1,{}]}]} {"type":"b"} {"type":"bundle"} {} {"more":false} [])"),
              two);
}

TEST(BundleReader, ObjectsThatHoldObjectsAreNoContainers) {
    EXPECT_EQ(read(R"({"type":"observed-data","objects":{"0":{"type":"b"}}})"),
              "{\"type\":\"observed-data\",\"objects\":{\"0\":{\"type\":\"b\"}}}\n");
    EXPECT_EQ(read(R"({"type":"x-list","objects":[{"type":"b"}]})"),
              "{\"type\":\"x-list\",\"objects\":[{\"type\":\"b\"}]}\n");
    EXPECT_EQ(read(R"({"objects":[{"type":"bundle","objects":[{"type":"b"}]}]})"),
              "{\"type\":\"bundle\",\"objects\":[{\"type\":\"b\"}]}\n");
}

TEST(BundleReader, WhiteSpaceBetweenTokensGoesAndNothingElse) {
    EXPECT_EQ(read("{ \"objects\" : [ {\r\n\t\"type\" : \"a b\\\" }\" , \"x\" : [ 1 , { } ]\n}\n] }"),
              "{\"type\":\"a b\\\" }\",\"x\":[1,{}]}\n");
}

TEST(BundleReader, TellsWhatWasAroundTheObjects) {
    MemorySource source(R"({"more":true,"objects":[{"type":"a"}],"next":"b\/c"})");
    BundleReader reader(source);
    while (reader.next().value()) {
    }
    EXPECT_EQ(reader.container().kind, BundleContainer::Kind::envelope);
    EXPECT_EQ(reader.container().more, true);
    EXPECT_EQ(reader.container().next, "b/c");
    MemorySource other(R"({"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","spec_version":"2.0"})");
    BundleReader second(other);
    EXPECT_FALSE(second.next().value());
    EXPECT_EQ(second.container().kind, BundleContainer::Kind::bundle);
    EXPECT_EQ(second.container().id, "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d");
    EXPECT_EQ(second.container().spec_version, "2.0");
}

TEST(BundleReader, ABrokenObjectDoesNotTakeItsNeighboursWithIt) {
    EXPECT_EQ(read(R"({"objects":[{"a":[1,2},{"type":"b"}]})"), "1:12 expected ] instead of }\n{\"type\":\"b\"}\n");
    EXPECT_EQ(read(R"({"objects":[{"a":1,{"type":"b"}]})"),
              "1:12 expected } before the next object\n{\"type\":\"b\"}\n");
    EXPECT_EQ(read(R"({"objects":[{"a":{"c":1,{"type":"b"}]})"),
              "1:12 expected } before the next object\n{\"type\":\"b\"}\n");
    EXPECT_EQ(read(R"({"objects":[{"type":"b"},{"a":{"c":1}]})"), "{\"type\":\"b\"}\n1:25 expected } instead of ]\n");
    EXPECT_EQ(read("{\"objects\":[\n{\"a\":\"x,\n\"c\":1},\n{\"type\":\"b\"}]}"),
              "2:13 expected the closing quote of a text before the end of the line\n{\"type\":\"b\"}\n");
    EXPECT_EQ(read("{\"a\":\"x}\n{\"type\":\"b\"}\n"), "1:0 expected } before the next object\n{\"type\":\"b\"}\n");
}

TEST(BundleReader, WhatIsNoObjectIsTold) {
    EXPECT_EQ(read(R"({"objects":[1,"x",[{}],{"type":"b"},null]})"),
              "1:12 expected an object\n1:14 expected an object\n1:18 expected an object\n{\"type\":\"b\"}\n"
              "1:36 expected an object\n");
    EXPECT_EQ(read("hello {\"type\":\"b\"}"), "1:0 expected { or [\n{\"type\":\"b\"}\n");
    EXPECT_EQ(read("{\"type\":\"a\"}\nhello\n{\"type\":\"b\"}"),
              "{\"type\":\"a\"}\n2:13 expected { or [\n{\"type\":\"b\"}\n");
    EXPECT_EQ(read(R"({"type":"bundle","objects":{"a":1},"x":[]})"), "");
}

TEST(BundleReader, AnInputThatBreaksOffIsTold) {
    EXPECT_EQ(read(R"({"objects":[{"type":"b"},)"),
              "{\"type\":\"b\"}\n1:25 expected ] and } before the end of the input\n");
    EXPECT_EQ(read(R"({"objects":[{"type":"b"}])"), "{\"type\":\"b\"}\n1:25 expected } before the end of the input\n");
    EXPECT_EQ(read(R"({"objects":[{"type":"b)"),
              "1:12 expected the end of the object before the end of the input\n"
              "1:22 expected ] and } before the end of the input\n");
    EXPECT_EQ(read(R"([{"type":"b"})"), "{\"type\":\"b\"}\n1:13 expected ] before the end of the input\n");
    EXPECT_EQ(read(R"({"type":"bundle","objects)"),
              "1:17 expected the closing quote of a text\n"
              "1:25 expected } before the end of the input\n");
}

TEST(BundleReader, LimitsAreKept) {
    std::string const large = "{\"type\":\"a\",\"x\":\"" + std::string(300'000, 'x') + "\"}";
    BundleLimits const limits{.object_bytes = 1000};
    EXPECT_EQ(read("{\"objects\":[" + large + ",{\"type\":\"b\"}]}", 5000, limits),
              "1:12 expected an object of at most 1000 bytes\n{\"type\":\"b\"}\n");
    EXPECT_EQ(read(large + "{\"type\":\"b\"}", 5000, limits),
              "1:0 expected an object of at most 1000 bytes\n{\"type\":\"b\"}\n");
    std::string const deep(100'000, '[');
    EXPECT_EQ(read("{\"objects\":[{\"a\":" + deep + std::string(100'000, ']') + "},{\"type\":\"b\"}]}"),
              "1:12 expected less nesting\n{\"type\":\"b\"}\n");
    EXPECT_EQ(read(R"({"objects":[{"type":"b"},1,2,3]})", 100, {.faults = 2}),
              "{\"type\":\"b\"}\n1:25 expected an object\n1:27 expected an object\n"
              "error: more than 2 faults: this is no STIX");
    EXPECT_EQ(read(R"([{"type":"a"},{"type":"b"}])", 100, {.bytes = 20}),
              "{\"type\":\"a\"}\nerror: longer than 20 bytes");
}

TEST(BundleReader, CutsInTheInputChangeNothing) {
    std::string input = "\xef\xbb\xbf{\"type\":\"bundle\",\n \"objects\": [";
    for (int i = 0; i < 40; ++i)
        input += fmt::format("{{ \"type\": \"a{}\", \"x\": [\"\\\\\", \"\\\"}}{{\", {{\"y\":\"{}\"}}]}},\n", i,
                             std::string(static_cast<std::size_t>(i * 3), '['));
    input += "7, {\"a\":[1,2}, {\"b\":\"torn\n}, {\"c\":1}]}\n{\"type\":\"z\"} rubbish";
    auto const whole = read(input);
    EXPECT_NE(whole.find("{\"type\":\"z\"}"), std::string::npos);
    for (std::size_t piece = 1; piece < 200; ++piece) ASSERT_EQ(read(input, piece), whole) << piece;
}

}  // namespace
}  // namespace tocsin::formats::stix
