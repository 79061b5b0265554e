#pragma once
#include "gate/gate.hpp"
#include "readiness/assessment.hpp"
#include "readiness/library.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Assessments as workbooks (XLSX): a sheet "answers" with a row for each item, and a sheet "about".
namespace tocsin::readiness {

/// The file; the same assessment gives the same bytes. Items without an answer have a row to be filled in; their names
/// are in `language` ("fr"). Errors: Code::not_found for a framework that is not here, Code::limit naming the cell.
Result<std::string> to_xlsx(Library const& library, gate::Cleared<Assessment> const& assessment,
                            std::string_view language);

struct SheetFault {
    std::string sheet;
    std::int64_t row = 0;  ///< 0: the sheet as a whole
    std::string column;    ///< its heading
    std::string expected;
};
/// {"sheet", "row", "column", "expected"}
void append(JsonWriter& json, SheetFault const& fault);

struct SheetRead {
    Assessment assessment;  ///< with the answers that are good
    std::int64_t rejected = 0;
    std::vector<SheetFault> faults = {};  ///< of each rejected row the first; at most 1,000
};
/// Reads what `to_xlsx` wrote and somebody filled in. Columns are known by their heading, in any order; others are not
/// looked at. A row where nothing is said is none.
/// Errors: as formats::spreadsheet::read_xlsx; Code::invalid naming the sheet, the row and what was expected when the
/// whole can't be read: no sheet "answers" or "about", no column "item", a framework that is not here.
Result<SheetRead> read_xlsx(Library const& library, Assessments const& assessments, std::string_view bytes);

}  // namespace tocsin::readiness
