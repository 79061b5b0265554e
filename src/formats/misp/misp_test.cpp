#include "formats/misp/misp.hpp"

#include "formats/stix/canonical.hpp"

#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace tocsin::formats::misp {
namespace {

std::string read(std::string_view input, std::size_t piece = 1 << 20, EventLimits const& limits = {}) {
    MemorySource source{std::string(input), piece};
    EventReader reader(source, limits);
    std::string all;
    while (true) {
        auto const item = reader.next();
        if (!item) return all + "error: " + item.error().message;
        if (!*item) return all;
        constexpr std::string_view letters = "aoprEF";
        all += letters[static_cast<std::size_t>((*item)->kind)];
        all += (*item)->fault.empty() ? std::string((*item)->json)
                                      : fmt::format(" {}:{} {}", (*item)->line, (*item)->offset, (*item)->fault);
        all += '\n';
    }
}

std::string harbour() {
    std::ifstream file(TOCSIN_SOURCE_DIR "/src/formats/misp/testdata/harbour.json");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST(MispEventReader, TakesEventsOutOfAllTheirWrappers) {
    constexpr std::string_view one = "a{\"value\":\"x\"}\nE{\"Attribute\":[],\"info\":\"i\"}\n";
    std::string const event = R"({"Attribute": [ {"value":"x"}], "info":"i"})";
    EXPECT_EQ(read(R"({"Event":)" + event + "}"), one);
    EXPECT_EQ(read(R"([{"Event":)" + event + "}]"), one);
    EXPECT_EQ(read(R"({"response":[{"Event":)" + event + "}]}"), one);
    EXPECT_EQ(read(R"({"response":{"Event":)" + event + "}}"), one);
    EXPECT_EQ(read(event), one);
    EXPECT_EQ(read("\xef\xbb\xbf" + event + "\n" + event), std::string(one) + std::string(one));
    EXPECT_EQ(read(R"({"errors":[]})"), "E{\"errors\":[]}\n");
    EXPECT_EQ(read(""), "");
}

TEST(MispEventReader, EveryCutGivesTheSame) {
    auto const whole = read(harbour());
    EXPECT_EQ(std::ranges::count(whole, '\n'), 6 + 1 + 1 + 1 + 1);
    for (std::size_t const piece : {1U, 3U, 64U, 100U}) EXPECT_EQ(read(harbour(), piece), whole);
}

TEST(MispEventReader, WhatIsBrokenIsToldWithItsPlace) {
    EXPECT_EQ(read("{\"Event\":{\"Attribute\":[\n7,{\"value\":\"x\"}]}}"),
              "F 2:24 expected an object\na{\"value\":\"x\"}\nE{\"Attribute\":[]}\n");
    EXPECT_EQ(read(R"({"Event":{"Attribute":[{"value":"x"})"),
              "a{\"value\":\"x\"}\nF 1:36 expected the end of the event before the end of the input\n");
    EXPECT_EQ(read("nonsense"), "F 1:0 expected { or [\n");
}

TEST(MispEventReader, LimitsHold) {
    EventLimits const small{.element_bytes = 20, .head_bytes = 40, .faults = 2};
    EXPECT_EQ(read(R"({"Event":{"Attribute":[{"value":"0123456789012"}]}})", 1 << 20, small),
              "F 1:23 expected an object of at most 20 bytes\nE{\"Attribute\":[]}\n");
    EXPECT_EQ(read(R"({"Event":{"info":"01234567890123456789012345678901234567890"}})", 1 << 20, small),
              "error: line 1: the event has more than 40 bytes beside its attributes and objects");
    EXPECT_EQ(read(R"({"Event":{"Attribute":[1,2,3]}})", 1 << 20, small),
              "F 1:23 expected an object\nF 1:25 expected an object\nerror: line 1: more than 2 faults: these are no "
              "MISP events");
}

TEST(MispElements, AnEventTakenApartIsWrittenAsItCame) {
    MemorySource source(harbour());
    EventReader reader(source);
    EventParts parts;
    std::string head;
    while (true) {
        auto const item = reader.next();
        ASSERT_TRUE(item);
        if (!*item) break;
        ASSERT_NE((*item)->kind, EventItem::Kind::fault) << (*item)->fault;
        std::string const json((*item)->json);
        if ((*item)->kind == EventItem::Kind::attribute) parts.attributes.push_back(json);
        if ((*item)->kind == EventItem::Kind::object) parts.objects.push_back(json);
        if ((*item)->kind == EventItem::Kind::proposal) parts.proposals.push_back(json);
        if ((*item)->kind == EventItem::Kind::report) parts.reports.push_back(json);
        if ((*item)->kind == EventItem::Kind::end) head = json;
    }
    auto const written = event_json(head, parts);
    ASSERT_TRUE(written);
    EXPECT_EQ(stix::canonical_json(R"({"response":[)" + *written + "]}").value(),
              stix::canonical_json(harbour()).value());
}

TEST(MispElements, NumbersAndTruthsAreReadHoweverTheyAreWritten) {
    JsonTree tree;
    ASSERT_TRUE(tree.parse(
        R"({"to_ids":"1","deleted":0,"timestamp":1772625600,"distribution":0,"value":7,"first_seen":"2026-03-01T10:00:00+00:00"})"));
    auto const attribute = attribute_of(tree.root());
    EXPECT_TRUE(attribute.to_ids);
    EXPECT_FALSE(attribute.is_deleted);
    EXPECT_EQ(attribute.timestamp, Timestamp::from_seconds(1'772'625'600));
    EXPECT_EQ(attribute.distribution, Distribution::organisation);
    EXPECT_EQ(attribute.text, "7");
    ASSERT_TRUE(attribute.first_seen);
    EXPECT_EQ(format_timestamp(*attribute.first_seen), "2026-03-01T10:00:00Z");
}

TEST(MispFeed, ManifestsAndHashesAreReadAndWritten) {
    std::string const text = R"({"1c2f7c5e-8a6b-4d0e-9b1a-2f3d4c5b6a79":{"info":"i","timestamp":"1772625600","x":1}})";
    auto const manifest = read_manifest(text);
    ASSERT_TRUE(manifest);
    EXPECT_EQ(manifest->at(0).timestamp, Timestamp::from_seconds(1'772'625'600));
    EXPECT_EQ(write_manifest(*manifest), text);
    EXPECT_TRUE(read_manifest("[]")->empty());
    EXPECT_FALSE(read_manifest(R"({"../../etc/passwd":{}})"));

    auto const hashes = hashes_of("filename|md5", "test|a", "1c2f7c5e-8a6b-4d0e-9b1a-2f3d4c5b6a79");
    EXPECT_EQ(write_hashes(hashes),
              "098f6bcd4621d373cade4e832627b4f6,1c2f7c5e-8a6b-4d0e-9b1a-2f3d4c5b6a79\n"
              "0cc175b9c0f1b6a831c399e269772661,1c2f7c5e-8a6b-4d0e-9b1a-2f3d4c5b6a79\n");
    EXPECT_EQ(read_hashes(write_hashes(hashes)).value(), hashes);
    EXPECT_EQ(read_hashes("\nx,y\n").error().message, "line 2: expected an MD5, a comma and a UUID");
}

TEST(MispRecognition, EventsAreToldFromStix) {
    EXPECT_TRUE(looks_like_events(harbour()));
    EXPECT_TRUE(looks_like_events(R"( [ {"Event" : {}} ])"));
    EXPECT_TRUE(looks_like_events(R"({"info":"x","threat_level_id":"1"})"));
    EXPECT_FALSE(looks_like_events(R"({"type":"bundle","objects":[{"Attribute":1}]})"));
    EXPECT_FALSE(looks_like_events(R"({"type":"report","spec_version":"2.1","Orgc":{}})"));
    EXPECT_FALSE(looks_like_events("Event,value\n"));
}

}  // namespace
}  // namespace tocsin::formats::misp
