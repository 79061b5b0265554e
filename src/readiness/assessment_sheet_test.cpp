#include "formats/formats.hpp"
#include "readiness/test_house.hpp"

#include <algorithm>
#include <cstdlib>
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace tocsin::readiness {
namespace {

namespace book = formats::spreadsheet;
using testing::HasSubstr;

gate::Cleared<Assessment> cleared(House const& house, Assessment assessment) {
    return *gate::Gate(gate::World{}).clear(std::move(assessment), gate::Recipient::team(house.us));
}
std::string sheet_of(House const& house, AssessmentId id, std::string_view language = "en") {
    return *to_xlsx(house.room->library, cleared(house, *house.room->assessments.one(id)), language);
}
Result<SheetRead> read(House const& house, std::string_view bytes) {
    return read_xlsx(house.room->library, house.room->assessments, bytes);
}
/// The workbook of an assessment, changed by `change` as a person would.
template <class Change>
std::string changed(std::string_view bytes, Change const& change) {
    auto workbook = *book::read_xlsx(bytes);
    change(workbook.sheets[0]);
    return *book::to_xlsx(workbook);
}

/// What of an assessment travels.
std::string as_text(Assessment assessment) {
    std::ranges::sort(assessment.answers, {}, [](Answer const& one) { return std::pair(one.item, one.assessor); });
    for (auto& answer : assessment.answers) answer.version = 1;
    return exported(assessment);
}

std::string text_from(std::string const& given) {
    auto text = repaired_utf8(given);
    std::erase(text, '\0');
    return text;
}

RC_GTEST_PROP(AssessmentSheet, ComesBackAsItWas, (std::vector<std::pair<int, std::string>> const& given)) {
    static House const house;
    Assessment draft{.framework = "sim3-v9", .title = "A", .note = "=1+1", .assessors = {"Amina", "Boris"}};
    std::vector<std::string> const items{"O-2", "O-8", "T-2"}, assessors{"", "Amina", "Boris"};
    std::size_t place = 0;
    for (auto const& [number, justification] : given) {
        if (place == items.size() * assessors.size()) break;
        Answer answer{.item = items[place % items.size()], .assessor = assessors[place / items.size()]};
        ++place;
        answer.declined = number % 7 == 0;
        if (!answer.declined && number % 3 != 0) answer.value = std::abs(number % 5);
        if (number % 2 == 0) answer.wanted = std::abs(number % 4);
        answer.justification = text_from(justification);
        answer.assigned_to = number % 5 == 0 ? "@them" : "";
        if (number % 4 == 1) answer.evidence = {"https://a.example/", "-1", "=x"};
        if (number % 6 == 1) {
            answer.proposed = 2;
            answer.proposed_by = "document";
            answer.proposed_at = house.clock.now();
        }
        draft.answers.push_back(answer);
    }
    auto const made = house.room->assessments.add(draft, house.us);
    RC_ASSERT(made.has_value());
    auto const bytes = sheet_of(house, made->id);
    RC_ASSERT(bytes == sheet_of(house, made->id));
    auto const back = read(house, bytes);
    RC_ASSERT(back.has_value());
    RC_ASSERT(back->rejected == 0);
    RC_ASSERT(as_text(back->assessment) == as_text(*made));
}

TEST(AssessmentSheet, NamesAreInTheLanguageChosenAndArabicReadsFromTheRight) {
    House house;
    auto const id = house.assessment().id;
    auto const workbook = *book::read_xlsx(sheet_of(house, id, "fr"));
    ASSERT_EQ(workbook.sheets[0].rows.size(), 4U);  // the heading, and an empty row for each item
    EXPECT_EQ(workbook.sheets[0].rows[1].cells[1].text, "O-2");
    auto const arabic = *formats::unzipped(sheet_of(house, id, "ar"), {});
    bool is_right_to_left = false;
    for (auto const& part : arabic) is_right_to_left |= part.bytes.contains("rightToLeft=\"1\"");
    EXPECT_TRUE(is_right_to_left);
    EXPECT_FALSE(to_xlsx(house.room->library, cleared(house, *house.room->assessments.one(id)), "xx"));
}

TEST(AssessmentSheet, GoodRowsAreKeptAndBadOnesNamedByRowAndColumn) {
    House house;
    auto const id = house.assessment().id;
    auto const bytes = changed(sheet_of(house, id), [](book::Sheet& sheet) {
        sheet.rows[1].cells.resize(13);
        sheet.rows[1].cells[2] = {"3", true};
        sheet.rows[1].cells[8] = {"because"};
        sheet.rows[2].cells.resize(13);
        sheet.rows[2].cells[2] = {"9", true};
        sheet.rows[3].cells.resize(13);
        sheet.rows[3].cells[4] = {"much"};
        auto const add = [&](std::string item, std::size_t column, std::string text) {
            book::Row row{.cells = {{std::move(item)}}};
            row.cells.resize(13);
            row.cells[column] = {std::move(text)};
            sheet.rows.push_back(std::move(row));
        };
        add("O-9", 2, "1");
        add("O-2", 2, "1");
        add("T-2", 3, "perhaps");
        add("T-2", 12, "yesterday");
        add("", 8, "no item");
        add("O-8", 10, "Amina");  // says nothing
    });
    auto const back = read(house, bytes);
    ASSERT_TRUE(back) << back.error().message;
    ASSERT_EQ(back->assessment.answers.size(), 1U);
    EXPECT_EQ(back->assessment.answers[0].value, 3);
    std::string faults;
    for (auto const& fault : back->faults) faults += fmt::format("{}{}:{} ", fault.sheet, fault.row, fault.column);
    EXPECT_EQ(
        faults,
        "answers3:level answers4:wanted answers5:item answers6:item answers7:declined answers8:date answers9:item ");
    EXPECT_EQ(back->rejected, 7);
    EXPECT_THAT(back->faults[0].expected, HasSubstr("one of 0, 1, 2, 3, 4, found 9"));
    EXPECT_EQ(house.room->assessments.import(back->assessment, false, house.us).error().code, Code::conflict);
    auto const made = house.room->assessments.import(back->assessment, true, house.us);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->answer("O-2")->justification, "because");
}

TEST(AssessmentSheet, WhatIsNoneOfOursIsRefused) {
    House house;
    auto const id = house.assessment().id;
    auto const fault = [&](std::string const& bytes) {
        auto const back = read(house, bytes);
        return back ? "none" : back.error().message;
    };
    EXPECT_THAT(fault(*book::to_xlsx({.sheets = {{.name = "answers"}}})), HasSubstr("two sheets"));
    EXPECT_THAT(fault(changed(sheet_of(house, id), [](book::Sheet& sheet) { sheet.rows[0].cells[0] = {"thing"}; })),
                HasSubstr("answers!A1: expected a heading \"item\""));
    EXPECT_THAT(fault(changed(sheet_of(house, id), [](book::Sheet& sheet) { sheet.rows[0].cells[3] = {"level"}; })),
                HasSubstr("answers!D1: the heading \"level\" is there twice"));
    auto workbook = *book::read_xlsx(sheet_of(house, id));
    workbook.sheets[1].rows[2].cells[1] = {"nis9"};
    EXPECT_THAT(fault(*book::to_xlsx(workbook)), HasSubstr("nis9"));
    workbook.sheets[1].rows[0].cells[1] = {"other"};
    EXPECT_THAT(fault(*book::to_xlsx(workbook)), HasSubstr("about!B1: schema: expected"));
}

}  // namespace
}  // namespace tocsin::readiness
