#pragma once
#include "formats/json_tree.hpp"

#include <string>
#include <string_view>

namespace tocsin::formats::stix {

/// The one text of a JSON value that is good for hashing: no white space, members in the order of their names' UTF-16
/// code units, numbers as ECMAScript writes them, only needed escapes.
///
/// Source: RFC 8785 (JCS). Errors: Code::invalid for a number beyond the range of a double; those of JsonTree.
Result<std::string> canonical_json(std::string_view json, JsonTreeLimits const& limits = {});
Status append_canonical(std::string& out, JsonValue value);

/// A member's name or a text in quotes, as RFC 8785 section 3.2.2.2 has it.
void append_canonical_text(std::string& out, std::string_view text);
/// ECMA-262 Number::toString: 1e21, 1e-7, 6 (for 6.0), 0 (for -0). `number` must be finite.
void append_canonical_number(std::string& out, double number);

}  // namespace tocsin::formats::stix
