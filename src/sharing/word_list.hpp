#pragma once
#include "base/base.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::sharing {

/// "a,b" of a column, taken apart; empty parts are left out.
inline std::vector<std::string> words_of(std::string_view list) {
    std::vector<std::string> words;
    for (auto const word : split(list, ','))
        if (!trimmed(word).empty()) words.emplace_back(trimmed(word));
    return words;
}

}  // namespace tocsin::sharing
