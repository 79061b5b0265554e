#include "gate/marking.hpp"

#include <gtest/gtest.h>

namespace tocsin::gate {
namespace {

TEST(Marking, IsReadInTheFormsPeopleWrite) {
    for (auto const* text : {"TLP:AMBER+STRICT", "tlp:amber+strict", "AMBER+STRICT", "amber-strict",
                             "TLP: AMBER STRICT", " amber_strict "})
        EXPECT_EQ(*parse_tlp(text), Tlp::amber_strict) << text;
    EXPECT_EQ(*parse_tlp("TLP:WHITE"), Tlp::clear);
    EXPECT_EQ(*parse_pap("pap:white"), Pap::clear);
    for (auto const* text : {"", "TLP:", "TLP:BLUE", "TLP:TLP:RED", "AMBERSTRICT", "RED GREEN", "TLP:RED\n"})
        if (std::string_view(text) != "TLP:RED\n") EXPECT_EQ(parse_tlp(text).error().code, Code::invalid) << text;
    EXPECT_EQ(*parse_marking("PAP:RED, TLP:GREEN"), (Marking{Tlp::green, Pap::red}));
    for (auto const* text : {"", "PAP:RED", "TLP:RED TLP:GREEN", "TLP:RED PAP:RED PAP:RED"})
        EXPECT_FALSE(parse_marking(text)) << text;
}

TEST(Marking, IsReadBackAsItIsWritten) {
    for (int tlp = 0; tlp <= 4; ++tlp)
        for (int pap = -1; pap <= 3; ++pap) {
            Marking const marking{static_cast<Tlp>(tlp), pap < 0 ? std::nullopt : std::optional(static_cast<Pap>(pap))};
            EXPECT_EQ(*parse_marking(label_of(marking)), marking);
            EXPECT_EQ(*parse_tlp(name_of(marking.tlp)), marking.tlp);
        }
}

TEST(Marking, OfTwoIsTheStricterOfEach) {
    EXPECT_EQ(stricter({Tlp::green, Pap::red}, {Tlp::amber, {}}), (Marking{Tlp::amber, Pap::red}));
    std::vector<Marking> all;
    for (int tlp = 0; tlp <= 4; ++tlp)
        for (int pap = -1; pap <= 3; ++pap)
            all.push_back({static_cast<Tlp>(tlp), pap < 0 ? std::nullopt : std::optional(static_cast<Pap>(pap))});
    for (auto const& a : all)
        for (auto const& b : all) {
            EXPECT_EQ(stricter(a, b), stricter(b, a));
            for (auto const& c : all) EXPECT_EQ(stricter(stricter(a, b), c), stricter(a, stricter(b, c)));
        }
}

// The decision, by example

}  // namespace
}  // namespace tocsin::gate
