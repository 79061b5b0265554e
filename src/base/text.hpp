#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

/// True for well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF).
bool is_utf8(std::string_view text);
/// The same text with every ill-formed byte replaced by U+FFFD.
std::string repaired_utf8(std::string_view text);

/// ASCII only; other bytes are left alone. No locale.
std::string lowered(std::string_view text);
std::string uppered(std::string_view text);
std::string_view trimmed(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string replaced(std::string text, std::string_view from, std::string_view to);

/// A whole decimal number with nothing around it.
std::optional<std::int64_t> parse_int(std::string_view text);
std::optional<double> parse_double(std::string_view text);

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);
/// RFC 4648 sections 4 and 5 (`url`: no padding).
std::string to_base64(std::string_view bytes);
std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);
std::optional<std::string> from_base64url(std::string_view text);

/// & < > " ' become entities, so the text can stand in HTML content and quoted attributes. Control characters are
/// dropped.
std::string html_escaped(std::string_view text);
/// RFC 3986: everything but unreserved characters is escaped.
std::string percent_encoded(std::string_view text);
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space = false);

/// A cell for CSV (RFC 4180) that no spreadsheet takes for a formula: a leading = + - @ tab or carriage return gets a '
/// in front. Numbers stay numbers.
void append_csv_cell(std::string& out, std::string_view text);

}  // namespace tocsin
