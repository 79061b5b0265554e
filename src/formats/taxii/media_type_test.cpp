#include "formats/taxii/media_type.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <string>
#include <vector>

namespace tocsin::formats::taxii {
namespace {

TEST(TaxiiAccept, EveryWayOfAskingFor21IsTaken) {
    for (auto const* const accept : {"",
                                     "  ",
                                     "application/taxii+json;version=2.1",
                                     "application/taxii+json; version=2.1",
                                     "application/taxii+json ; version = 2.1",
                                     "application/taxii+json",
                                     "Application/TAXII+JSON;Version=2.1",
                                     "application/taxii+json;version=\"2.1\"",
                                     "application/taxii+json; charset=utf-8; version=2.1",
                                     "text/html, application/taxii+json;version=2.1;q=0.1",
                                     "application/taxii+json;version=2.0, application/taxii+json",
                                     "application/taxii+json;version=2.0,application/taxii+json;version=2.1;q=0.5",
                                     "*/*",
                                     "application/*",
                                     "application/json",
                                     "text/html;q=1, */*;q=0.001",
                                     "application/json;q=0, */*",
                                     "application/taxii+json;version=\"2,1\", application/json",
                                     ",, */* ,",
                                     "nonsense, */*",
                                     "application/json;q=0.8"})
        EXPECT_TRUE(accepts_taxii(accept)) << accept;
}

TEST(TaxiiAccept, WhatWeDoNotSpeakIsRefused) {
    for (auto const* const accept :
         {"application/taxii+json;version=2.0", "application/taxii+json;version=9.9",
          "application/taxii+json;version=2.10", "text/html", "application/vnd.oasis.taxii+json; version=2.0",
          "application/vnd.oasis.stix+json", "application/taxii+json;version=2.1;q=0", "*/*;q=0",
          "application/taxii+json;q=0.000, */*", "application/xml", "text/*", "application/taxii+jsonx",
          "application/taxii", "*", ",", "application/taxii+json;q=2", "application/json;q=0"})
        EXPECT_FALSE(accepts_taxii(accept)) << accept;
}

TEST(TaxiiContent, IsToldApart) {
    using enum ContentKind;
    for (auto const& [text, kind] : std::vector<std::pair<std::string_view, ContentKind>>{
             {"application/taxii+json;version=2.1", taxii},
             {"application/taxii+json", taxii},
             {"APPLICATION/TAXII+JSON ; VERSION=\"2.1\"", taxii},
             {"application/taxii+json;version=2.1;charset=utf-8", taxii},
             {"application/taxii+json;version=2.0", taxii_other_version},
             {"application/vnd.oasis.taxii+json;version=2.0", taxii_other_version},
             {"application/stix+json;version=2.1", stix},
             {"application/vnd.oasis.stix+json", stix},
             {"application/json", json},
             {"application/json; charset=utf-8", json},
             {"text/html", other},
             {"", other}})
        EXPECT_EQ(kind_of_content(text), kind) << text;
}

RC_GTEST_PROP(TaxiiAccept, AnotherRangeThatWeDoNotSpeakChangesNothing, (std::vector<int> const& picks)) {
    std::vector<std::string> const ours{"application/taxii+json;version=2.1", "application/taxii+json", "*/*;q=0.5"};
    std::vector<std::string> const others{"text/html", "application/taxii+json;version=2.0;q=0.9", "image/*",
                                          "x;y=\"a,b\";q=0"};
    std::string accept = ours[static_cast<std::size_t>(*rc::gen::inRange(0, 3))];
    for (int const pick : picks) {
        auto const& other = others[static_cast<std::size_t>(pick & 3)];
        accept = (pick & 4) != 0 ? accept + " , " + other : other + "," + accept;
    }
    RC_ASSERT(accepts_taxii(accept));
}

}  // namespace
}  // namespace tocsin::formats::taxii
