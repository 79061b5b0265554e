#include "base/embedded.hpp"
#include "readiness/test_house.hpp"

namespace tocsin::readiness {
namespace {

struct Mistake {
    std::string_view from, to;       ///< what is put in place of what, in the whole text
    std::string_view path, expects;  ///< where the fault must be named, and a part of what was expected
};

class EveryFault : public testing::TestWithParam<Mistake> {};

TEST_P(EveryFault, IsNamedWithItsPlace) {
    auto const& mistake = GetParam();
    auto const text = maturity();
    ASSERT_NE(text.find(mistake.from), std::string::npos) << mistake.from;
    auto const at = text.find(mistake.from);
    auto const broken = text.substr(0, at) + std::string(mistake.to) + text.substr(at + mistake.from.size());
    auto const file = read_catalogue(broken);
    ASSERT_FALSE(file.faults.empty());
    EXPECT_TRUE(std::holds_alternative<std::monostate>(file.content));
    EXPECT_EQ(file.faults.front().path, mistake.path);
    EXPECT_NE(file.faults.front().expected.find(mistake.expects), std::string::npos) << file.faults.front().expected;
}

INSTANTIATE_TEST_SUITE_P(
    Catalogue, EveryFault,
    testing::Values(
        Mistake{"tocsin/framework-1", "tocsin/framework-9", "schema", "tocsin/framework-1"},
        Mistake{R"("id":"sim3")", R"("id":"si m3")", "id", "64 letters"},
        Mistake{R"("kind":"maturity")", R"("kind":"good")", "kind", "services, maturity"},
        Mistake{R"("fr":"Test model")", R"("fr":"")", "title.fr", "not empty"},
        Mistake{R"("fr":"Test model")", R"("de":"Test model")", "title.de", "no such member"},
        Mistake{R"("licence":"ours")", R"("license":"ours")", "license", "no such member"},
        Mistake{"https://a.example/", "a.example", "sources.[0].address", "https://"},
        Mistake{R"("sure":"seen")", R"("sure":"very")", "sources.[0].sure", "confirmed, seen or to-check"},
        Mistake{R"("value":4)", R"("value":3)", "scales.[0].levels.[4].value", "no other level"},
        Mistake{R"("value":4)", R"("value":4000)", "scales.[0].levels.[4].value", "from 0 to 100"},
        Mistake{R"("id":"O-8","group":"O")", R"("id":"O-2","group":"O")", "items.[1].id", "not used before"},
        Mistake{R"("id":"O-8","group":"O")", R"("id":"O-8","group":"Q")", "items.[1].group", "id of a group"},
        Mistake{R"("scale":"level"})", R"("scale":"steps"})", "items.[0].scale", "id of a scale"},
        Mistake{R"("id":"O-8","group")", R"("parent":"O-99","id":"O-8","group")", "items.[1].parent", "another item"},
        Mistake{"{", "[", "", "expected"}));

TEST(Catalogue, DeepAndLargeFilesAreRefused) {
    EXPECT_FALSE(read_catalogue(std::string(100, '[') + std::string(100, ']')).faults.empty());
    EXPECT_FALSE(read_catalogue(std::string(largest_catalogue + 1, ' ')).faults.empty());
}

TEST(Catalogue, EveryFaultIsNamedNotOnlyTheFirst) {
    auto text = replaced(maturity(), R"("sure":"confirmed")", R"("sure":"maybe")");
    EXPECT_GE(read_catalogue(text).faults.size(), 5U);
    EXPECT_LE(read_catalogue(text).faults.size(), most_catalogue_faults);
}

TEST(Catalogue, ProgramsOwnFilesAreWhole) {
    for (auto const& entry : embedded::list("catalogues/")) {
        if (std::ranges::count(entry.path, '/') != 1) continue;
        for (auto const& fault : read_catalogue(entry.bytes()).faults)
            ADD_FAILURE() << entry.path << ": " << fault.path << ": expected " << fault.expected;
    }
}

TEST(Library, OwnFilesReplaceOursAndFaultyOnesAreLeftOutAndNamed) {
    House house;
    EXPECT_TRUE((*house.room->library.framework("sim3-v9"))->is_own);
    EXPECT_EQ((*house.room->library.framework("sim3-v9"))->items.size(), 3U);
    house.write("sim3-z.json", replaced(maturity(), "Test model", "Changed"));
    house.write("broken.json", "{}");
    house.reopen();
    EXPECT_EQ((*house.room->library.framework("sim3-v9"))->title.english(), "Changed");
    ASSERT_EQ(house.room->library.broken().size(), 1U);
    EXPECT_EQ(house.room->library.broken()[0].file, "broken.json");
    auto const missing = house.room->library.framework("nis2");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Code::not_found);
}

}  // namespace
}  // namespace tocsin::readiness
