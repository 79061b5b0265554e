#pragma once
#include "base/base.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Records of delimiter-separated values, found and split at memory speed.
///
/// Source: RFC 4180, with any delimiter, LF or CRLF. A quote opens only at the start of a field; inside, two quotes are
/// one. A field that is opened and not closed, or closed and followed by something else than a delimiter, makes its
/// record malformed. Of a malformed record that reaches over several lines only the first line is lost: reading goes on
/// with the next line.
namespace tocsin::formats {

struct CsvDialect {
    char delimiter = ',';
    char quote = '"';  ///< '\0': none; then every line is a record
};

/// How many bytes behind the end of `bytes` must be readable (their content does not matter).
inline constexpr std::size_t csv_padding = 64;

/// Where the record that starts at `from` ends, its line end included. Nothing when `bytes` ends before the record
/// does; with `at_end` (nothing follows) the last record may lack its line end.
///
/// The definition of a record, one byte at a time: what `find_records` must equal.
std::optional<std::size_t> record_end(std::string_view bytes, std::size_t from, CsvDialect dialect, bool at_end);

/// Appends the ends of whole records from `from` on, until `ends` holds `most`. Returns where the first record not
/// appended starts. Reads 64 bytes at a step: needs `csv_padding` behind `bytes`.
std::size_t find_records(std::string_view bytes, std::size_t from, CsvDialect dialect, bool at_end, std::size_t most,
                         std::vector<std::uint32_t>& ends);

enum class SplitFault : std::uint8_t {
    none,
    unclosed_quote,    ///< a quote is opened and not closed
    text_after_quote,  ///< a closed field goes on
    too_many,          ///< more fields than the vector has room for
};

/// The fields of one record (with or without its line end) into `fields`, a vector sized by the caller to the most it
/// wants to see; `count` says how many there are. Fields are views into `record`, or into `unescaped` when they held
/// doubled quotes: `unescaped` must have `record.size()` bytes. Needs `csv_padding` readable bytes behind the record.
struct SplitResult {
    std::size_t count = 0;
    SplitFault fault = SplitFault::none;
    std::size_t unescaped = 0;  ///< bytes used of `unescaped`
};
SplitResult split_record(std::string_view record, CsvDialect dialect, std::vector<std::string_view>& fields,
                         char* unescaped);

/// The record without LF or CRLF at its end.
std::string_view without_line_end(std::string_view record);

}  // namespace tocsin::formats
