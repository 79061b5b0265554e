#pragma once
#include "constituency/fields.hpp"
#include "constituency/import.hpp"

#include <functional>
#include <string_view>

/// Private to the room: the rows of an import, whatever its format.
namespace tocsin::constituency {

struct ImportRow {
    std::uint64_t line = 0;
    ImportKind kind = ImportKind::organisations;
    FieldView fields;
};

/// Who is told of rows in order: organisations first, then resources, then contacts. Views live during the call.
struct RowSink {
    std::function<void(ImportRow const&)> row;
    std::function<void(ImportFault)> fault;  ///< a row that could not be read at all
};

/// Errors: Code::invalid when the bytes are no such file, Code::limit.
Status read_csv_rows(std::string_view bytes, ImportOptions const& options, RowSink const& sink);
Status read_json_rows(std::string_view bytes, ImportOptions const& options, RowSink const& sink);
/// One row for each resource ("holder" names who holds it), with a row for each holder before its first.
Status read_delegated_rows(std::string_view bytes, ImportOptions const& options, RowSink const& sink);
Status read_rows(std::string_view bytes, ImportOptions const& options, RowSink const& sink);

/// What stands in `how` of a delegated resource: it ties the holder's organisation to the registry, whatever its name.
std::string delegated_mark(std::string_view registry, std::string_view holder);

}  // namespace tocsin::constituency
