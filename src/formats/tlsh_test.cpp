#include "formats/tlsh.hpp"

#include "base/base.hpp"

#include <gtest/gtest.h>
#include <random>

namespace tocsin::formats {
namespace {

/// Digests and distances that the authors of TLSH publish for their example texts (github.com/trendmicro/tlsh,
/// Testing/exp/example_data.128.1.len.*).
constexpr std::string_view yossivassa = "1FA1B357F78913B236924271569EA6D1FB2C451C33668484552C812D33138B8C73FFCE";
constexpr std::string_view alice = "45D18407A78523B35A030267671FA2C2F725402973629B25545EB43C3356679477F7FC";
constexpr std::string_view academy = "C8E1E8277B98A6255FA70063B70FBAE1F6618229332C9438084FB331178ADEE53B41D5";
constexpr std::string_view english = "E951784702042376169012B1BA5A76EAF36092FC3311A595B4856235278F9F973763EF";
constexpr std::string_view brochure = "35214031F3C6AEA059EB1ABA870E8C4758D70024C63224B5D4C89354E46315D26BF736";
constexpr std::string_view press = "11A1A52753E603564767032A699EB2D3B325813C6150C964306C6BAD37829B483BF9EA";
constexpr std::string_view syllabus = "F3C1722B67C823B156430214A51A95DAEF38E9283320A539FCDE446C3B1D6561B3BBB6";

int between(std::string_view a, std::string_view b) {
    auto const x = parse_tlsh(a), y = parse_tlsh(b);
    return x && y ? distance(*x, *y) : -1;
}

TEST(Tlsh, HasTheDistancesThatItsAuthorsPublish) {
    EXPECT_EQ(between(yossivassa, alice), 150);
    EXPECT_EQ(between(yossivassa, academy), 265);
    EXPECT_EQ(between(yossivassa, english), 270);
    EXPECT_EQ(between(yossivassa, brochure), 382);
    EXPECT_EQ(between(yossivassa, press), 113);
    EXPECT_EQ(between(alice, academy), 213);
    EXPECT_EQ(between(alice, press), 144);
    EXPECT_EQ(between(alice, syllabus), 107);
    EXPECT_EQ(between(academy, english), 301);
    EXPECT_EQ(between(academy, brochure), 472);
}

TEST(Tlsh, ReadsBothFormsAndNothingElse) {
    EXPECT_EQ(between("T1" + std::string(alice), lowered(alice)), 0);
    EXPECT_FALSE(parse_tlsh(alice.substr(2)));
    EXPECT_FALSE(parse_tlsh("T2" + std::string(alice)));
    EXPECT_FALSE(parse_tlsh("X" + std::string(alice.substr(1))));
    EXPECT_FALSE(parse_tlsh(""));
}

Tlsh random_digest(std::mt19937& random) {
    std::string bytes(35, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    return *parse_tlsh(to_hex(bytes));
}

TEST(Tlsh, IsSymmetricAndZeroForItselfOnly) {
    std::mt19937 random(7);
    for (int i = 0; i < 2000; ++i) {
        auto const a = random_digest(random), b = random_digest(random);
        EXPECT_EQ(distance(a, a), 0);
        EXPECT_EQ(distance(a, b), distance(b, a));
        EXPECT_GT(distance(a, b), 0);
        EXPECT_LE(distance(a, b), 3500);
    }
}

TEST(Tlsh, GrowsWithEveryBucketThatDiffers) {
    std::mt19937 random(8);
    for (int i = 0; i < 200; ++i) {
        auto const a = random_digest(random);
        auto b = a;
        int last = 0;
        for (std::size_t at = 0; at < b.body.size(); ++at) {
            b.body[at] = static_cast<std::uint8_t>(~b.body[at]);
            int const now = distance(a, b);
            EXPECT_GT(now, last);
            last = now;
        }
    }
}

}  // namespace
}  // namespace tocsin::formats
