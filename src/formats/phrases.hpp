#pragma once
#include "base/base.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tocsin::formats {

/// What stands for a `{name}` in a text.
using PhraseValue = std::pair<std::string_view, std::string_view>;

/// `text` with each `{name}` replaced by its value; unknown names stay. Values are never looked into.
std::string filled(std::string_view text, std::span<PhraseValue const> values);
inline std::string filled(std::string_view text, std::initializer_list<PhraseValue> values) {
    return filled(text, std::span(values.begin(), values.size()));
}

/// The texts of a TOML file by their keys, those of tables with dots: "figure.events.seen".
/// Errors: those of parse_toml.
Result<std::map<std::string, std::string, std::less<>>> read_phrases(std::string_view toml, std::string_view name);

}  // namespace tocsin::formats
