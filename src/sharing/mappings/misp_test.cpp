#include "sharing/mappings/misp.hpp"

#include "sharing/mappings/misp_source.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace tocsin::sharing::misp {
namespace {

namespace stix = formats::stix;

std::string harbour() {
    std::ifstream file(TOCSIN_SOURCE_DIR "/src/formats/misp/testdata/harbour.json");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST(MispMapping, AnEventComesBackAsItWas) {
    auto const objects = objects_of(harbour());
    ASSERT_TRUE(objects) << objects.error().message;
    auto const event = event_of(*objects, {});
    ASSERT_TRUE(event) << event.error().message;
    EXPECT_EQ(stix::canonical_json(R"({"response":[)" + event->json + "]}").value(),
              stix::canonical_json(harbour()).value());
}

TEST(MispMapping, WhatItMakesIsStix) {
    auto const objects = objects_of(harbour());
    ASSERT_TRUE(objects);
    stix::Decoder decoder;
    for (auto const& json : *objects) {
        auto const view = decoder.read(json);
        ASSERT_TRUE(view) << json;
        for (auto const& finding : stix::validate(**view).findings)
            EXPECT_NE(finding.weight, stix::Weight::must) << finding.property << " " << finding.message << "\n" << json;
    }
}

TEST(MispMapping, IndicatorsKeepTheirUuidAndTheStricterMarking) {
    auto const objects = objects_of(harbour());
    ASSERT_TRUE(objects);
    auto const& first = objects->front();
    EXPECT_NE(first.find("indicator--a2b1c0d9-0001-4e8f-9a7b-6c5d4e3f2a10"), std::string::npos);
    EXPECT_NE(first.find("[ipv4-addr:value = '203.0.113.77']"), std::string::npos);
    EXPECT_NE(first.find(stix::tlp2_marking_id(stix::TlpLevel::amber)), std::string::npos);
    EXPECT_EQ(first.find(stix::tlp2_marking_id(stix::TlpLevel::green)), std::string::npos);
}

class TwiceReadable final : public formats::RewindableSource {
  public:
    explicit TwiceReadable(std::string bytes) : bytes_(std::move(bytes)) {}
    Result<std::size_t> read(std::span<char> into) override {
        auto const size = bytes_.copy(into.data(), std::min<std::size_t>(into.size(), 100), at_);
        at_ += size;
        return size;
    }
    Status rewind() override {
        at_ = 0;
        return {};
    }

  private:
    std::string bytes_;
    std::size_t at_ = 0;
};

std::string lines_of(std::string events) {
    TwiceReadable bytes(std::move(events));
    EventSource source(bytes);
    std::string all, piece(77, ' ');
    while (true) {
        auto const size = source.read(piece);
        EXPECT_TRUE(size);
        if (!size || *size == 0) return all;
        all += piece.substr(0, *size);
    }
}

TEST(MispSource, GivesTheSameObjectsAsLines) {
    std::string expected;
    for (auto const& object : *objects_of(harbour())) expected += object + "\n";
    EXPECT_EQ(lines_of(harbour()), expected);
}

TEST(MispSource, WhatCannotBeMappedIsGivenWithItsReason) {
    auto const lines = lines_of(R"({"Event":{"info":"i","Attribute":[7,{"value":"x"}]}})");
    EXPECT_TRUE(lines.starts_with(R"({"unmapped":"expected an object","line":1,"as_it_came":"7"})")) << lines;
    EXPECT_NE(lines.find("type: expected the type of the attribute"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::sharing::misp
