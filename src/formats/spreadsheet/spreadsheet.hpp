#pragma once
#include "base/base.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Workbooks of values: SpreadsheetML (ISO/IEC 29500-1 section 18), as few parts as spreadsheet programs need.
namespace tocsin::formats::spreadsheet {

struct Cell {
    std::string text = {};
    bool is_number = false;  ///< `text` is a decimal number; shown and summed as one
};
struct Row {
    std::int64_t number = 0;       ///< from 1; when writing 0 is the one behind the last
    std::vector<Cell> cells = {};  ///< from column A; what is empty has an empty text
};
struct Sheet {
    std::string name;
    std::vector<Row> rows = {};
    std::vector<int> widths = {};  ///< of the columns, in characters
    bool has_heading = false;      ///< the first row stays in sight
    bool is_right_to_left = false;
};
struct Workbook {
    std::vector<Sheet> sheets = {};

    Sheet const* sheet(std::string_view name) const;
};

/// "A" for 0, "AB" for 27.
std::string column_name(std::size_t column);
/// "answers!C7"
std::string place_of(std::string_view sheet, std::size_t column, std::int64_t row);

/// The file. The same workbook gives the same bytes. Texts are never formulas, whatever they begin with, and stay
/// texts when somebody edits the cell. Errors: Code::limit naming the cell that is longer than 32,767 characters;
/// Code::invalid for a sheet's name.
Result<std::string> to_xlsx(Workbook const& workbook);

struct Limits {
    std::size_t bytes = std::size_t{16} << 20;     ///< of the file
    std::size_t unpacked = std::size_t{48} << 20;  ///< of all parts
    std::size_t parts = 500;
    std::size_t tags = 2'000'000;  ///< of a part's XML
    std::size_t sheets = 50;
    std::size_t rows = 50'000;  ///< with something in them, of a sheet
    std::size_t columns = 256;
    std::size_t cells = 500'000;  ///< of all sheets
    std::size_t shared_texts = 500'000;
    std::size_t cell_bytes = 131'072;
};

/// Reads the values of a file; formats, charts, pictures and macros are not looked at. Rows without anything are left
/// out.
///
/// Errors: Code::invalid for what is no such file (also: encrypted, of the old format), a part that is broken or has a
/// document type, and for a formula, naming sheet and cell: a value that others compute is nobody's word. Code::limit
/// naming the part, or sheet and cell.
Result<Workbook> read_xlsx(std::string_view bytes, Limits const& limits = {});

}  // namespace tocsin::formats::spreadsheet
