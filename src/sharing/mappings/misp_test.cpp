#include "sharing/mappings/misp.hpp"

#include "sharing/mappings/misp_source.hpp"

#include <algorithm>
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

/// As if they had been read from the store for a member of the team.
std::vector<gate::Cleared<intelligence::Object>> cleared(std::vector<std::string> const& objects) {
    gate::Gate const gate(gate::World{});
    access::Principal analyst;
    analyst.role = access::Role::analyst;
    std::vector<gate::Cleared<intelligence::Object>> all;
    for (auto const& json : objects) {
        intelligence::Object object;
        object.json = json;
        auto one = gate.clear(std::move(object), gate::Recipient::team(analyst));
        EXPECT_TRUE(one) << one.error().message;
        if (one) all.push_back(*std::move(one));
    }
    return all;
}

TEST(MispMapping, AnEventComesBackAsItWas) {
    auto const objects = objects_of(harbour());
    ASSERT_TRUE(objects) << objects.error().message;
    auto const event = event_of(cleared(*objects), {});
    ASSERT_TRUE(event) << event.error().message;
    EXPECT_EQ(stix::canonical_json(R"({"response":[)" + event->json + "]}").value(),
              stix::canonical_json(harbour()).value());
}

/// The objects with one of them, which holds `mark`, as a later version with `old` replaced.
std::vector<std::string> with_change(std::string_view mark, std::string_view old, std::string_view now) {
    auto objects = *objects_of(harbour());
    auto const one = std::ranges::find_if(objects, [&](auto const& json) {
        return json.contains(mark) && json.contains(old) && !json.starts_with(R"({"type":"relationship")");
    });
    EXPECT_NE(one, objects.end());
    if (one == objects.end()) return objects;
    *one = replaced(*one, old, now);
    auto const at = one->find("\"modified\":\"") + 12;
    one->replace(at, one->find('"', at) - at, "2026-11-20T10:00:00.000Z");
    return objects;
}

TEST(MispMapping, WhatStixChangedCountsOnTheWayBack) {
    auto const pattern =
        event_of(cleared(with_change("indicator--a2b1c0d9-0001", "203.0.113.77'", "203.0.113.78'")), {});
    ASSERT_TRUE(pattern) << pattern.error().message;
    EXPECT_TRUE(pattern->json.contains(R"("type":"ip-dst")"));
    EXPECT_TRUE(pattern->json.contains(R"("value":"203.0.113.78")")) << pattern->json;
    EXPECT_FALSE(pattern->json.contains(R"("value":"203.0.113.77")"));
    EXPECT_TRUE(pattern->json.contains(R"("colour":"#ffc000")"));
    // The attribute's and the event's time: who has the event takes it again.
    EXPECT_TRUE(pattern->json.contains(R"("uuid":"1c2f7c5e-8a6b-4d0e-9b1a-2f3d4c5b6a79")"));
    EXPECT_FALSE(pattern->json.contains(R"("timestamp":"1772625600")"));
    auto const first = pattern->json.find(R"("timestamp":"1795168800")");
    EXPECT_NE(first, pattern->json.rfind(R"("timestamp":"1795168800")")) << pattern->json;

    auto const comment =
        event_of(cleared(with_change("indicator--a2b1c0d9-0001", "\"beacon\"", "\"a longer story\"")), {});
    ASSERT_TRUE(comment);
    EXPECT_TRUE(comment->json.contains(R"("comment":"a longer story")"));
    EXPECT_FALSE(comment->json.contains("beacon"));

    auto const title = event_of(cleared(with_change("report--1c2f7c5e", "at ports", "at all ports")), {});
    ASSERT_TRUE(title);
    EXPECT_TRUE(title->json.contains(R"("info":"Harbour \"loader\" at all ports")")) << title->json;
}

TEST(MispMapping, ARevokedObjectIsADeletedElement) {
    auto const event = event_of(
        cleared(with_change("indicator--a2b1c0d9-0001", R"("pattern_type")", R"("revoked":true,"pattern_type")")), {});
    ASSERT_TRUE(event);
    auto const at = event->json.find("203.0.113.77");
    EXPECT_NE(event->json.substr(at > 400 ? at - 400 : 0, 800).find(R"("deleted":true)"), std::string::npos)
        << event->json;
}

TEST(MispMapping, AMarkingThatWasChangedReplacesTheTag) {
    auto const event =
        event_of(cleared(with_change("indicator--a2b1c0d9-0001", stix::tlp2_marking_id(stix::TlpLevel::amber),
                                     stix::tlp2_marking_id(stix::TlpLevel::red))),
                 {});
    ASSERT_TRUE(event);
    EXPECT_TRUE(event->json.contains(R"({"name":"tlp:red"})"));
    EXPECT_FALSE(event->json.contains("tlp:amber"));
}

TEST(MispMapping, AReportOfOthersIsAnEvent) {
    std::vector<std::string> const objects{
        R"({"type":"report","spec_version":"2.1","id":"report--00000000-0000-4000-8000-000000000001",)"
        R"("created":"2026-11-01T10:00:00.000Z","modified":"2026-11-01T10:00:00.000Z","name":"Tide",)"
        R"("description":"What we saw.","published":"2026-11-01T10:00:00Z","object_refs":[]})",
        R"({"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000002",)"
        R"("created":"2026-11-02T10:00:00.000Z","modified":"2026-11-02T10:00:00.000Z","pattern_type":"stix",)"
        R"("pattern":"[domain-name:value = 'a.example' OR domain-name:value = 'b.example']",)"
        R"("valid_from":"2026-11-02T10:00:00Z"})"};
    auto const event = event_of(cleared(objects), {});
    ASSERT_TRUE(event) << event.error().message;
    EXPECT_TRUE(event->json.starts_with(R"({"Event":{"uuid":"00000000-0000-4000-8000-000000000001","info":"Tide")"));
    for (auto const* const text : {R"("value":"a.example")", R"("value":"b.example")", R"("content":"What we saw.")",
                                   R"("timestamp":"1793613600","published":true)"})
        EXPECT_TRUE(event->json.contains(text)) << text << "\n" << event->json;
    EXPECT_EQ(event->elements, 3U);
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
