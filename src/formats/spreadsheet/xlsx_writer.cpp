#include "formats/spreadsheet/spreadsheet.hpp"
#include "formats/spreadsheet/xlsx_text.hpp"
#include "formats/zip_parts.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace tocsin::formats::spreadsheet {
namespace {

constexpr std::string_view xml_head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
constexpr std::string_view main_space = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
constexpr std::string_view office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
constexpr std::string_view packages = "http://schemas.openxmlformats.org/package/2006";
constexpr std::size_t most_characters = 32'767, longest_name = 31;

/// Styles: 0 plain, 1 text that stays one when it is edited (quotePrefix), 2 heading.
constexpr std::string_view styles =
    "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>"
    "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>"
    "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>"
    "<fill><patternFill patternType=\"gray125\"/></fill></fills>"
    "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>"
    "<cellXfs count=\"3\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"
    "<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" quotePrefix=\"1\" "
    "applyNumberFormat=\"1\" applyAlignment=\"1\"><alignment vertical=\"top\" wrapText=\"1\"/></xf>"
    "<xf numFmtId=\"49\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/></cellXfs>";

std::size_t characters_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

Result<std::string> sheet_xml(Sheet const& sheet) {
    auto xml = fmt::format("{}<worksheet {}><sheetViews><sheetView workbookViewId=\"0\"{}>{}</sheetView></sheetViews>",
                           xml_head, main_space, sheet.is_right_to_left ? " rightToLeft=\"1\"" : "",
                           sheet.has_heading ? "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" "
                                               "state=\"frozen\"/>"
                                             : "");
    if (!sheet.widths.empty()) {
        xml += "<cols>";
        for (std::size_t i = 0; i < sheet.widths.size(); ++i)
            xml +=
                fmt::format("<col min=\"{0}\" max=\"{0}\" width=\"{1}\" customWidth=\"1\"/>", i + 1, sheet.widths[i]);
        xml += "</cols>";
    }
    xml += "<sheetData>\n";
    std::int64_t number = 0;
    for (auto const& row : sheet.rows) {
        number = row.number > number ? row.number : number + 1;
        xml += fmt::format("<row r=\"{}\">", number);
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            auto const& cell = row.cells[i];
            if (cell.text.empty()) continue;
            auto const at = fmt::format("{}{}", column_name(i), number);
            if (characters_of(cell.text) > most_characters)
                return fail(Code::limit, fmt::format("{}: a cell holds at most 32,767 characters; export as JSON",
                                                     place_of(sheet.name, i, number)));
            if (cell.is_number)
                xml += fmt::format("<c r=\"{}\"><v>{}</v></c>", at, html_escaped(cell.text));
            else
                xml += fmt::format("<c r=\"{}\" s=\"{}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>",
                                   at, sheet.has_heading && number == 1 ? 2 : 1, written_text(cell.text));
        }
        xml += "</row>\n";
    }
    return xml + "</sheetData></worksheet>";
}

Status check_names(Workbook const& workbook) {
    if (workbook.sheets.empty()) return fail(Code::invalid, "a workbook has at least one sheet");
    for (auto const& sheet : workbook.sheets)
        if (sheet.name.empty() || sheet.name.size() > longest_name ||
            sheet.name.find_first_of("[]:*?/\\'!") != std::string::npos || workbook.sheet(sheet.name) != &sheet)
            return fail(Code::invalid, fmt::format("sheet \"{}\": expected a name of its own, 1 to {} bytes, without "
                                                   "[ ] : * ? / \\ ' !",
                                                   sheet.name, longest_name));
    return {};
}

std::string relationship(std::size_t id, std::string_view type, std::string_view target) {
    return fmt::format("<Relationship Id=\"rId{}\" Type=\"{}/{}\" Target=\"{}\"/>", id, office, type, target);
}
std::string relationships(std::string_view inner) {
    return fmt::format("{}<Relationships xmlns=\"{}/relationships\">{}</Relationships>", xml_head, packages, inner);
}

}  // namespace

Sheet const* Workbook::sheet(std::string_view name) const {
    auto const found =
        std::ranges::find_if(sheets, [&](Sheet const& one) { return equal_ignoring_case(one.name, name); });
    return found == sheets.end() ? nullptr : &*found;
}

std::string column_name(std::size_t column) {
    std::string name;
    for (auto rest = column + 1; rest > 0; rest = (rest - 1) / 26)
        name.insert(name.begin(), static_cast<char>('A' + (rest - 1) % 26));
    return name;
}

std::string place_of(std::string_view sheet, std::size_t column, std::int64_t row) {
    return fmt::format("{}!{}{}", sheet, column_name(column), row);
}

Result<std::string> to_xlsx(Workbook const& workbook) {
    CHECK(check_names(workbook));
    constexpr std::string_view type = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    auto types = fmt::format(
        "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
        "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
        "<Override PartName=\"/xl/workbook.xml\" ContentType=\"{0}.sheet.main+xml\"/>"
        "<Override PartName=\"/xl/styles.xml\" ContentType=\"{0}.styles+xml\"/>",
        type);
    std::string sheets, links;
    std::vector<ZipPart> pages;
    for (auto const& sheet : workbook.sheets) {
        auto const number = pages.size() + 1;
        TRY(auto xml, sheet_xml(sheet));
        sheets +=
            fmt::format("<sheet name=\"{}\" sheetId=\"{}\" r:id=\"rId{}\"/>", html_escaped(sheet.name), number, number);
        links += relationship(number, "worksheet", fmt::format("worksheets/sheet{}.xml", number));
        types += fmt::format("<Override PartName=\"/xl/worksheets/sheet{}.xml\" ContentType=\"{}.worksheet+xml\"/>",
                             number, type);
        pages.push_back({fmt::format("xl/worksheets/sheet{}.xml", number), std::move(xml)});
    }
    links += relationship(pages.size() + 1, "styles", "styles.xml");
    std::vector<ZipPart> parts = {
        {"[Content_Types].xml",
         fmt::format("{}<Types xmlns=\"{}/content-types\">{}</Types>", xml_head, packages, types)},
        {"_rels/.rels", relationships(relationship(1, "officeDocument", "xl/workbook.xml"))},
        {"xl/workbook.xml", fmt::format("{}<workbook {} xmlns:r=\"{}\"><sheets>{}</sheets></workbook>", xml_head,
                                        main_space, office, sheets)},
        {"xl/_rels/workbook.xml.rels", relationships(links)},
        {"xl/styles.xml", fmt::format("{}<styleSheet {}>{}</styleSheet>", xml_head, main_space, styles)}};
    std::ranges::move(pages, std::back_inserter(parts));
    return zipped(parts);
}

}  // namespace tocsin::formats::spreadsheet
