#include "reports/repair/anonymous.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tocsin::reports {
namespace {

struct Thing {
    std::string key;
    std::size_t column;
    std::int64_t holder;
};

HeldLines lines_of(std::vector<Thing> const& things) {
    HeldLines lines;
    for (auto const& thing : things) {
        auto& cells = lines[thing.key];
        cells.resize(3);
        cells[thing.column].add(thing.holder);
    }
    return lines;
}

TEST(AnonymousLines, SmallOnesGoUnderOtherUntilOtherIsEnough) {
    std::vector<Thing> things;
    for (int holder = 1; holder <= 20; ++holder) things.push_back({"energy", 0, holder});
    for (int holder = 30; holder < 36; ++holder) things.push_back({"health", 0, holder});
    for (int i = 0; i < 900; ++i) things.push_back({"rail", 0, 77});  // one organisation, however many things
    auto const shown = anonymous_lines(lines_of(things), "sector", 5, false);
    ASSERT_EQ(shown.size(), 2U);
    EXPECT_EQ(shown[0].key, "energy");
    EXPECT_EQ(shown[1].key, folded_key);  // rail alone could be had from the whole: health is with it
    EXPECT_EQ(shown[1].values[0], 906);
}

TEST(AnonymousLines, WhereAllTogetherAreTooFewNothingIsSaid) {
    auto const shown = anonymous_lines(lines_of({{"a", 0, 1}, {"a", 0, 1}, {"b", 0, 2}}), "", 5, true);
    ASSERT_EQ(shown.size(), 2U);
    for (auto const& line : shown) {
        EXPECT_FALSE(line.values[0]);
        EXPECT_EQ(line.values[1], 0);
    }
}

TEST(AnonymousLines, NoCellAndNoDifferenceHasTooFewBehindIt) {
    EXPECT_TRUE(rc::check([] {
        auto const fewest = *rc::gen::inRange(2, 8);
        auto const things = *rc::gen::container<std::vector<Thing>>(
            rc::gen::apply([](char key, std::size_t column,
                              int holder) { return Thing{std::string(1, key), column, std::int64_t{holder}}; },
                           rc::gen::inRange('a', 'h'), rc::gen::inRange<std::size_t>(0, 3), rc::gen::inRange(0, 25)));
        auto const lines = lines_of(things);
        auto const shown = anonymous_lines(lines, "", fewest, false);
        for (std::size_t column = 0; column < 3; ++column) {
            HeldCount whole, hidden;
            for (auto const& [key, cells] : lines) {
                whole.add(cells[column]);
                bool const is_named = std::ranges::any_of(shown, [&](Line const& line) { return line.key == key; });
                if (!is_named) hidden.add(cells[column]);
            }
            double sum = 0;
            std::size_t told = 0;
            for (auto const& line : shown) {
                sum += line.values[column].value_or(0);
                told += line.values[column].has_value();
                // Each cell that is named has nothing or enough behind it.
                bool const is_safe =
                    line.key == folded_key || !line.values[column] || lines.at(line.key)[column].may_be_shown(fewest);
                RC_ASSERT(is_safe);
            }
            if (whole.shown(fewest)) {
                // What is left when the named lines are taken from the whole has nothing or enough behind it.
                RC_ASSERT(hidden.may_be_shown(fewest));
                RC_ASSERT(told == shown.size());
                RC_ASSERT(sum == static_cast<double>(whole.count));
            } else {
                RC_ASSERT(told == 0);
            }
        }
    }));
}

}  // namespace
}  // namespace tocsin::reports
