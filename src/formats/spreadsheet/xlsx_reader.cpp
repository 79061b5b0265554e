#include "formats/spreadsheet/spreadsheet.hpp"
#include "formats/spreadsheet/xlsx_text.hpp"
#include "formats/zip_parts.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <pugixml.hpp>

namespace tocsin::formats::spreadsheet {
namespace {

constexpr std::string_view old_office =
    "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";  ///< of Word and Excel 97, and of encrypted ones
constexpr std::int64_t last_row = 1'048'576;

/// A name without the prefix of its namespace: which one it is bound to is up to the writer.
std::string_view local(char const* name) {
    std::string_view const whole = name;
    auto const colon = whole.find(':');
    return colon == std::string_view::npos ? whole : whole.substr(colon + 1);
}
bool is(pugi::xml_node node, std::string_view name) {
    return node.type() == pugi::node_element && local(node.name()) == name;
}
pugi::xml_node child(pugi::xml_node parent, std::string_view name) {
    for (auto const one : parent.children())
        if (is(one, name)) return one;
    return {};
}
std::string_view attribute(pugi::xml_node node, std::string_view name) {
    for (auto const one : node.attributes())
        if (local(one.name()) == name) return one.value();
    return {};
}
std::string content_of(pugi::xml_node node) {
    std::string text;
    for (auto const one : node.children())
        if (one.type() == pugi::node_pcdata || one.type() == pugi::node_cdata) text += one.value();
    return text;
}
/// A text, or the runs of one. How it is pronounced (rPh) is left out.
std::string rich_text(pugi::xml_node node) {
    std::string text;
    for (auto const one : node.children()) {
        if (is(one, "t")) text += content_of(one);
        if (is(one, "r")) text += content_of(child(one, "t"));
    }
    return read_text(text);
}

/// "C7" as column (from 0) and row (from 1).
struct Reference {
    std::size_t column = 0;
    std::int64_t row = 0;
};
std::optional<Reference> reference(std::string_view text) {
    std::size_t column = 0, letters = 0;
    while (letters < text.size() && letters < 4 && text[letters] >= 'A' && text[letters] <= 'Z')
        column = column * 26 + static_cast<std::size_t>(text[letters++] - 'A') + 1;
    auto const row = parse_int(text.substr(letters));
    if (letters == 0 || letters > 3 || !row || *row < 1 || *row > last_row) return std::nullopt;
    return Reference{column - 1, *row};
}

/// A number as people write it: "3" for 3.0, and what is no number as it stands.
Cell number_cell(std::string text) {
    auto const number = parse_double(text);
    if (!number || !std::isfinite(*number)) return {std::move(text), false};
    if (*number == static_cast<double>(static_cast<std::int64_t>(std::clamp(*number, -1e15, 1e15))))
        return {std::to_string(static_cast<std::int64_t>(*number)), true};
    return {std::move(text), true};
}

class Reader {
  public:
    Reader(std::vector<ZipPart> parts, Limits const& limits) : parts_(std::move(parts)), limits_(limits) {}

    Result<Workbook> workbook() {
        TRY(auto const main, main_part());
        pugi::xml_document document;
        CHECK(parse(main, document));
        TRY(auto const links, relationships_of(main));
        for (auto const& [id, link] : links)
            if (link.type.ends_with("/sharedStrings")) CHECK(read_shared(link.target));
        Workbook book;
        for (auto const entry : child(document.document_element(), "sheets").children()) {
            if (!is(entry, "sheet")) continue;
            Sheet sheet{.name = repaired_utf8(std::string_view(attribute(entry, "name")).substr(0, 100))};
            auto const link = links.find(attribute(entry, "id"));
            if (link == links.end() || !link->second.type.ends_with("/worksheet")) continue;  // a chart
            if (book.sheets.size() == limits_.sheets)
                return fail(Code::limit, fmt::format("the workbook has more than {} sheets", limits_.sheets));
            CHECK(read_sheet(link->second.target, sheet));
            book.sheets.push_back(std::move(sheet));
        }
        if (book.sheets.empty()) return fail(Code::invalid, main + ": expected a workbook with a sheet");
        return book;
    }

  private:
    struct Link {
        std::string type, target;
    };
    using Links = std::map<std::string, Link, std::less<>>;

    std::string const* part(std::string_view name) const {
        auto const found = std::ranges::find(parts_, name, &ZipPart::name);
        return found == parts_.end() ? nullptr : &found->bytes;
    }

    Status parse(std::string_view name, pugi::xml_document& document) const {
        auto const* const bytes = part(name);
        if (!bytes) return fail(Code::invalid, fmt::format("the file has no part {}: it is no .xlsx workbook", name));
        if (!is_utf8(*bytes)) return fail(Code::invalid, fmt::format("{}: expected UTF-8", name));
        if (static_cast<std::size_t>(std::ranges::count(*bytes, '<')) > limits_.tags)
            return fail(Code::limit, fmt::format("{} has more than {} tags", name, limits_.tags));
        auto const parsed = document.load_buffer(
            bytes->data(), bytes->size(), pugi::parse_default | pugi::parse_ws_pcdata_single | pugi::parse_doctype,
            pugi::encoding_utf8);
        if (!parsed)
            return fail(Code::invalid,
                        fmt::format("{}: the XML is broken at byte {}: {}", name, parsed.offset, parsed.description()));
        for (auto const one : document.children())
            if (one.type() == pugi::node_doctype)
                return fail(Code::invalid, fmt::format("{}: a document type is not allowed", name));
        return {};
    }

    /// What a part points at, by the id of the link; targets as names of parts.
    Result<Links> relationships_of(std::string_view owner) const {
        auto const slash = owner.rfind('/');
        auto const folder = slash == std::string_view::npos ? "" : std::string(owner.substr(0, slash + 1));
        auto const file = slash == std::string_view::npos ? owner : owner.substr(slash + 1);
        pugi::xml_document document;
        CHECK(parse(fmt::format("{}_rels/{}.rels", folder, file), document));
        Links links;
        for (auto const one : document.document_element().children()) {
            if (!is(one, "Relationship") || attribute(one, "TargetMode") == "External") continue;
            std::string target(attribute(one, "Target"));
            target = target.starts_with('/') ? target.substr(1) : folder + target;
            links.insert_or_assign(std::string(attribute(one, "Id")),
                                   Link{std::string(attribute(one, "Type")), std::move(target)});
        }
        return links;
    }

    Result<std::string> main_part() const {
        TRY(auto const links, relationships_of(""));
        for (auto const& [id, link] : links)
            if (link.type.ends_with("/officeDocument")) return link.target;
        return fail(Code::invalid, "the file names no workbook: it is no .xlsx workbook");
    }

    Status read_shared(std::string_view name) {
        pugi::xml_document document;
        CHECK(parse(name, document));
        for (auto const one : document.document_element().children()) {
            if (!is(one, "si")) continue;
            if (shared_.size() == limits_.shared_texts)
                return fail(Code::limit, fmt::format("{} has more than {} texts", name, limits_.shared_texts));
            shared_.push_back(rich_text(one));
        }
        return {};
    }

    Status read_sheet(std::string_view name, Sheet& sheet) {
        pugi::xml_document document;
        CHECK(parse(name, document));
        std::int64_t last = 0;
        for (auto const one : child(document.document_element(), "sheetData").children()) {
            if (!is(one, "row")) continue;
            auto const told = attribute(one, "r");
            auto const number = told.empty() ? std::optional(last + 1) : parse_int(told);
            if (!number || *number <= last || *number > last_row)
                return fail(Code::invalid, fmt::format("{}: row behind row {}: expected a higher number, found \"{}\"",
                                                       sheet.name, last, told));
            last = *number;
            Row row{.number = last};
            CHECK(read_row(one, sheet.name, row));
            if (row.cells.empty()) continue;
            if (sheet.rows.size() == limits_.rows)
                return fail(Code::limit,
                            fmt::format("{}: more than {} rows", place_of(sheet.name, 0, last), limits_.rows));
            sheet.rows.push_back(std::move(row));
        }
        return {};
    }

    Status read_row(pugi::xml_node node, std::string_view sheet, Row& row) {
        std::size_t next = 0;
        for (auto const one : node.children()) {
            if (!is(one, "c")) continue;
            auto const told = attribute(one, "r");
            auto const at = told.empty() ? std::optional(Reference{next, row.number}) : reference(told);
            if (!at || at->row != row.number || at->column < next)
                return fail(Code::invalid, fmt::format("{}: row {}: expected a cell of it behind the one before, found "
                                                       "\"{}\"",
                                                       sheet, row.number, repaired_utf8(told.substr(0, 20))));
            next = at->column + 1;
            auto const place = place_of(sheet, at->column, row.number);
            TRY(auto cell, read_cell(one, place));
            if (cell.text.empty()) continue;
            if (at->column >= limits_.columns)
                return fail(Code::limit, fmt::format("{}: more than {} columns", place, limits_.columns));
            if (++cells_ > limits_.cells)
                return fail(Code::limit, fmt::format("{}: more than {} cells", place, limits_.cells));
            row.cells.resize(at->column + 1);
            row.cells[at->column] = std::move(cell);
        }
        return {};
    }

    Result<Cell> read_cell(pugi::xml_node node, std::string const& place) const {
        if (child(node, "f"))
            return fail(Code::invalid, fmt::format("{}: expected a value, found a formula; paste the value", place));
        auto const type = attribute(node, "t");
        auto value = content_of(child(node, "v"));
        Cell cell;
        if (type == "s") {
            auto const number = parse_int(trimmed(value));
            if (!number || *number < 0 || static_cast<std::size_t>(*number) >= shared_.size())
                return fail(Code::invalid,
                            fmt::format("{}: expected one of the {} shared texts", place, shared_.size()));
            cell.text = shared_[static_cast<std::size_t>(*number)];
        } else if (type == "inlineStr") {
            cell.text = rich_text(child(node, "is"));
        } else if (type == "e") {
            return fail(Code::invalid,
                        fmt::format("{}: expected a value, found the error {}", place, value.substr(0, 20)));
        } else if (type == "b") {
            cell.text = trimmed(value) == "1" ? "true" : "false";
        } else if (type.empty() || type == "n") {
            cell = number_cell(std::string(trimmed(value)));
        } else {  // "str", "d"
            cell.text = read_text(value);
        }
        if (cell.text.size() > limits_.cell_bytes)
            return fail(Code::limit, fmt::format("{}: more than {} bytes", place, limits_.cell_bytes));
        return cell;
    }

    std::vector<ZipPart> parts_;
    Limits limits_;
    std::vector<std::string> shared_;
    std::size_t cells_ = 0;
};

}  // namespace

Result<Workbook> read_xlsx(std::string_view bytes, Limits const& limits) {
    if (bytes.size() > limits.bytes)
        return fail(Code::limit, fmt::format("the workbook is longer than {} bytes", limits.bytes));
    if (bytes.starts_with(old_office))
        return fail(Code::invalid,
                    "the workbook is encrypted or of the old format; save it as .xlsx without a password");
    if (!bytes.starts_with("PK")) return fail(Code::invalid, "expected an .xlsx workbook (a zip)");
    TRY(auto parts,
        unzipped(bytes, {.parts = limits.parts, .part_bytes = limits.unpacked, .total_bytes = limits.unpacked}));
    return Reader(std::move(parts), limits).workbook();
}

}  // namespace tocsin::formats::spreadsheet
