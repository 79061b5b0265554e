#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace tocsin {

/// The word of an enumeration's value; `words` stand in the order of the values.
///
/// A value that has no word (a number from a damaged file) gives an empty text.
template <class Enum, std::size_t count>
constexpr std::string_view word_of(std::array<std::string_view, count> const& words, Enum value) {
    auto const at = static_cast<std::size_t>(value);
    return at < count ? words[at] : std::string_view();
}

/// The value whose word this is, letter for letter.
template <class Enum, std::size_t count>
constexpr std::optional<Enum> value_of(std::array<std::string_view, count> const& words, std::string_view word) {
    auto const found = std::ranges::find(words, word);
    return found == words.end() ? std::nullopt : std::optional(static_cast<Enum>(found - words.begin()));
}

}  // namespace tocsin
