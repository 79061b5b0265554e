#pragma once
#include "formats/stix/schema.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Checks of single texts, by the sections of STIX 2.1 that say what they look like. No allocation for what is right.
namespace tocsin::formats::stix {

/// Section 2.15: RFC 3339, upper-case T and Z, no other zone. `digits` gets the number of digits of the fraction.
bool is_time(std::string_view text, int& digits);
/// Section 2.1: RFC 4648 section 4, padded.
bool is_base64(std::string_view text);
/// Section 2.8: an even number of hexadecimal digits.
bool is_hex_pairs(std::string_view text);
/// Section 3.1: a-z, 0-9 and the separator, 3 to 250 of them.
bool is_object_type(std::string_view text);
bool is_property_name(std::string_view text);
/// Section 2.3: 1 to 250 of a-z, A-Z, 0-9, - and _.
bool is_dictionary_key(std::string_view text);
/// Section 7.2.3.1: names and [numbers], dots between them.
bool is_selector(std::string_view text);
/// RFC 5646, as far as its form goes.
bool is_language(std::string_view text);
/// Small letters, digits and hyphens: what section 2.11 and others ask of names.
bool is_hyphenated(std::string_view text);
/// ISO 3166-1 ALPHA-2, as far as its form goes.
bool is_country(std::string_view text);

/// What was expected of a text that holds an observable; nothing when it is in order.
std::optional<std::string_view> fault_of(ObservableKind kind, std::string_view type, std::string_view text);

/// What was expected of a hash; nothing when it is in order, or of an algorithm whose form is not known.
std::optional<std::string> fault_of_hash(std::string_view algorithm, std::string_view value);

}  // namespace tocsin::formats::stix
