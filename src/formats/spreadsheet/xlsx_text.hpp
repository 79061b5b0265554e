#pragma once
#include <string>
#include <string_view>

/// Texts in SpreadsheetML: what XML can't hold is written _xHHHH_ (ISO/IEC 29500-1 section 22.9.2.19, ST_Xstring).
/// Private to spreadsheet.
namespace tocsin::formats::spreadsheet {

/// For the content of an element. A zero byte becomes U+FFFD.
std::string written_text(std::string_view text);
/// Undoes _xHHHH_; what would be no character stays as it is.
std::string read_text(std::string_view text);

}  // namespace tocsin::formats::spreadsheet
