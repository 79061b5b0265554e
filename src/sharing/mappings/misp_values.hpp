#pragma once
#include "formats/formats.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The values of MISP attributes among ours. Private to the mappings.
namespace tocsin::sharing::misp {

/// What an attribute is about, as far as one can look for it.
struct TypedValue {
    std::vector<formats::Observable> values;  ///< any of them is a match; normalised
    std::optional<formats::Observable> port;  ///< with the (first) value only
};
bool is_type(std::string_view type);  ///< one that we know, also of two parts
TypedValue values_of(std::string_view type, std::string_view text);
/// The MISP type of a value; nothing when it has none.
std::string_view type_of(formats::ObservableKind kind);
std::string_view category_of(formats::ObservableKind kind);

/// A STIX pattern for any of these; empty when there is none.
std::string pattern_of(TypedValue const& value);
/// "snort", "yara", ... for types whose values are rules; else empty.
std::string_view rule_language_of(std::string_view type);
std::string_view type_of_rule(std::string_view pattern_type);

/// The cyber-observable object of a value with its deterministic id; empty when STIX has none.
std::string observable_json(formats::Observable const& value);

}  // namespace tocsin::sharing::misp
