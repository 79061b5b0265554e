#include "formats/formats.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tocsin::formats::spreadsheet {
namespace {

using testing::HasSubstr;

constexpr std::string_view space = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";

std::string good() {
    return *to_xlsx({.sheets = {{.name = "answers", .rows = {{.cells = {{"item"}, {"2", true}}}}}}});
}

/// The workbook `good`, with another text for one of its parts.
std::string with_part(std::string_view name, std::string_view bytes) {
    auto parts = *unzipped(good(), {});
    bool is_there = false;
    for (auto& part : parts)
        if (part.name == name) {
            part.bytes = bytes;
            is_there = true;
        }
    if (!is_there) parts.push_back({std::string(name), std::string(bytes)});
    return *zipped(parts);
}
/// The same, with another inside of the sheet.
std::string with_rows(std::string_view rows) {
    return with_part("xl/worksheets/sheet1.xml",
                     fmt::format("<worksheet {}><sheetData>{}</sheetData></worksheet>", space, rows));
}
std::string fault_of(std::string_view bytes, Limits const& limits = {}) {
    auto const read = read_xlsx(bytes, limits);
    return read ? "none" : read.error().message;
}

TEST(Xlsx, WhatIsWrittenIsReadAgainAndHasTheSameBytesEachTime) {
    auto const bytes = good();
    EXPECT_EQ(bytes, good());
    auto const read = read_xlsx(bytes);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_NE(read->sheet("Answers"), nullptr);
    auto const& row = read->sheets[0].rows.at(0);
    EXPECT_EQ(row.number, 1);
    EXPECT_EQ(row.cells.at(0).text, "item");
    EXPECT_TRUE(row.cells.at(1).is_number);
}

TEST(Xlsx, ATextIsNeverAFormulaWhateverItBeginsWith) {
    for (std::string const text : {"=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"https://a.example/\")"}) {
        auto const bytes = to_xlsx({.sheets = {{.name = "s", .rows = {{.cells = {{text}}}}}}});
        ASSERT_TRUE(bytes);
        auto const parts = *unzipped(*bytes, {});
        EXPECT_THAT(parts.back().bytes, HasSubstr("t=\"inlineStr\""));
        EXPECT_EQ(parts.back().bytes.find("<f"), std::string::npos);
        EXPECT_EQ(read_xlsx(*bytes)->sheets[0].rows[0].cells[0].text, text);
    }
}

RC_GTEST_PROP(Xlsx, AnyTextComesBackAsItWas, (std::vector<std::string> const& given)) {
    Sheet sheet{.name = "s"};
    std::vector<std::string> expected;
    for (auto const& one : given) {
        auto text = repaired_utf8(one);
        std::erase(text, '\0');
        if (text.empty()) continue;
        expected.push_back(text);
        sheet.rows.push_back({.cells = {{}, {text}}});
    }
    auto const read = read_xlsx(*to_xlsx({.sheets = {sheet}}));
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->sheets[0].rows.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) RC_ASSERT(read->sheets[0].rows[i].cells[1].text == expected[i]);
}

TEST(Xlsx, WhatXmlCantHoldAndWhatLooksLikeItsEscapeComeBack) {
    for (std::string const text : {"a\r\nb", "\x01\x1f", "_x0041_", "_x0041\x01", "__x0041__", "  two ", "\n", "_x"}) {
        auto const read = read_xlsx(*to_xlsx({.sheets = {{.name = "s", .rows = {{.cells = {{text}}}}}}}));
        ASSERT_TRUE(read);
        EXPECT_EQ(read->sheets[0].rows.at(0).cells[0].text, text);
    }
}

TEST(Xlsx, SharedAndRichTextsNumbersAndTruthsOfOtherProgramsAreRead) {
    auto parts = *unzipped(with_rows("<row><c t=\"s\"><v>1</v></c><c><v>3.0</v></c><c t=\"b\"><v>1</v></c></row>"
                                     "<row r=\"7\"><c r=\"C7\"><v>1.5</v></c></row>"),
                           {});
    for (auto& part : parts)
        if (part.name == "xl/_rels/workbook.xml.rels")
            part.bytes = replaced(part.bytes, "</Relationships>",
                                  "<Relationship Id=\"x\" Type=\"a/sharedStrings\" Target=\"/xl/shared.xml\"/>"
                                  "</Relationships>");
    parts.push_back({"xl/shared.xml", fmt::format("<x:sst xmlns:x=\"a\"><x:si><x:t>one</x:t></x:si><x:si><x:r><x:t>tw"
                                                  "</x:t></x:r><x:r><x:t>o</x:t></x:r></x:si></x:sst>")});
    auto const read = read_xlsx(*zipped(parts));
    ASSERT_TRUE(read) << read.error().message;
    auto const& rows = read->sheets[0].rows;
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].cells[0].text, "two");
    EXPECT_EQ(rows[0].cells[1].text, "3");
    EXPECT_EQ(rows[0].cells[2].text, "true");
    EXPECT_EQ(rows[1].number, 7);
    EXPECT_EQ(rows[1].cells[2].text, "1.5");
}

TEST(Xlsx, AFormulaIsRefusedWithItsPlace) {
    EXPECT_THAT(fault_of(with_rows("<row r=\"3\"><c r=\"AB3\"><f>1+1</f><v>2</v></c></row>")),
                HasSubstr("answers!AB3: expected a value, found a formula"));
    EXPECT_THAT(fault_of(with_rows("<row r=\"3\"><c r=\"B3\" t=\"e\"><v>#REF!</v></c></row>")),
                HasSubstr("answers!B3: expected a value, found the error #REF!"));
}

TEST(Xlsx, BombsAreRefusedWithTheirPlace) {
    EXPECT_THAT(fault_of(with_part("xl/bomb.bin", std::string(std::size_t{8} << 20, 'a')), {.unpacked = 1 << 20}),
                HasSubstr("xl/bomb.bin: the zip unpacks to more than"));
    std::string rows;
    for (int i = 1; i <= 12; ++i) rows += fmt::format("<row r=\"{0}\"><c r=\"B{0}\"><v>1</v></c></row>", i);
    EXPECT_THAT(fault_of(with_rows(rows), {.rows = 10}), HasSubstr("answers!A11: more than 10 rows"));
    EXPECT_THAT(fault_of(with_rows(rows), {.cells = 10}), HasSubstr("answers!B11: more than 10 cells"));
    EXPECT_THAT(fault_of(with_rows(rows), {.tags = 10}), HasSubstr("more than 10 tags"));
    EXPECT_THAT(fault_of(with_rows("<row><c r=\"XFD1\"><v>1</v></c></row>")), HasSubstr("answers!XFD1: more than 256"));
    EXPECT_THAT(fault_of(with_rows("<row><c><v>" + std::string(200, '1') + "</v></c></row>"), {.cell_bytes = 100}),
                HasSubstr("answers!A1: more than 100 bytes"));
    EXPECT_THAT(fault_of(good(), {.bytes = 100}), HasSubstr("longer than 100 bytes"));
    EXPECT_THAT(fault_of(good(), {.parts = 3}), HasSubstr("more than 3 parts"));
}

TEST(Xlsx, ADocumentTypeIsRefused) {
    EXPECT_THAT(fault_of(with_part("xl/worksheets/sheet1.xml",
                                   "<!DOCTYPE a [<!ENTITY b \"c\">]><worksheet><sheetData/></worksheet>")),
                HasSubstr("a document type is not allowed"));
}

TEST(Xlsx, WhatIsNoWorkbookIsRefused) {
    EXPECT_THAT(fault_of("item,value\n"), HasSubstr("expected an .xlsx workbook"));
    EXPECT_THAT(fault_of("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more"), HasSubstr("encrypted or of the old format"));
    std::vector<ZipPart> const other{{"a.txt", "a"}};
    EXPECT_THAT(fault_of(*zipped(other)), HasSubstr("no part _rels/.rels"));
    EXPECT_THAT(fault_of(good().substr(0, 300)), HasSubstr("zip"));
    EXPECT_THAT(fault_of(with_rows("<row r=\"2\"/><row r=\"1\"/>")), HasSubstr("expected a higher number"));
    EXPECT_THAT(fault_of(with_rows("<row r=\"1\"><c r=\"B1\"/><c r=\"A1\"/></row>")), HasSubstr("expected a cell"));
    EXPECT_THAT(fault_of(with_rows("<row><c t=\"s\"><v>0</v></c></row>")), HasSubstr("answers!A1: expected one of"));
    std::vector<ZipPart> twice = *unzipped(good(), {});
    twice.push_back(twice.back());
    EXPECT_THAT(fault_of(*zipped(twice)), HasSubstr("is there twice"));
}

TEST(Xlsx, SheetsThatNoProgramOpensAreNotWritten) {
    EXPECT_FALSE(to_xlsx({}));
    EXPECT_FALSE(to_xlsx({.sheets = {{.name = "a/b"}}}));
    EXPECT_FALSE(to_xlsx({.sheets = {{.name = "a"}, {.name = "A"}}}));
    auto const long_cell = to_xlsx({.sheets = {{.name = "s", .rows = {{.cells = {{}, {std::string(40'000, 'a')}}}}}}});
    ASSERT_FALSE(long_cell);
    EXPECT_THAT(long_cell.error().message, HasSubstr("s!B1"));
}

}  // namespace
}  // namespace tocsin::formats::spreadsheet
