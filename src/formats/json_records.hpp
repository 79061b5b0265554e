#pragma once
#include "base/base.hpp"
#include "formats/byte_source.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats {

struct JsonRecordsOptions {
    /// "data.items": the way to the records; a step * is every member of a map or array. Empty: the document itself. An
    /// array at the end of the way: each of its elements is a record; a record that is no object is {"value": it}.
    std::string records;
    /// Dotted paths of texts, numbers and truths outside of the records and before them: members of every record.
    std::vector<std::string> outer;
    /// "ports": one record for each element of that array of a record, which stands there instead of the array.
    std::string each;
    /// What becomes of a record: appends lines. None: the record itself.
    std::function<Status(std::string_view record, std::string& lines)> rewrite;
    std::size_t record_bytes = std::size_t{1} << 20;  ///< of a longer record only that much comes, as one line
};

/// A JSON document (or several, one behind the other) as JSON lines: one record a line. The key of a map's member is
/// the member "_key".
///
/// Holds one record at a time, never the document. Source: RFC 8259, read leniently outside of the records.
/// Limits: depth 256; 4096 elements and 64 MiB of one record by `each`.
/// Errors while reading: Code::invalid with the byte and what was expected, Code::limit. What came before stays good.
std::unique_ptr<ByteSource> json_records(std::unique_ptr<ByteSource> source, JsonRecordsOptions options);

/// A JSON value on one line: the value without line ends (inside of texts they would be ill-formed).
std::string on_one_line(std::string_view json);

}  // namespace tocsin::formats
