#pragma once
#include "formats/byte_source.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace tocsin::formats {

/// The same text without a byte order mark, UTF-16 (with a mark, or plain to see) turned into UTF-8. Other bytes pass
/// as they are: see `is_valid_utf8` and `from_latin1` for records that are not UTF-8.
///
/// Source: Unicode section 23.8 and RFC 2781. An unpaired surrogate becomes U+FFFD. UTF-32 is an error (Code::invalid).
Result<std::unique_ptr<ByteSource>> to_utf8(std::unique_ptr<ByteSource> source);

/// At memory speed.
bool is_valid_utf8(std::string_view text);

/// Bytes taken as Windows-1252, the superset of Latin-1 that is really meant; its five holes become U+FFFD.
std::string from_latin1(std::string_view bytes);

void append_utf8(std::string& out, char32_t code_point);

}  // namespace tocsin::formats
