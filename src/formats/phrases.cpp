#include "formats/phrases.hpp"

#include "formats/toml.hpp"

#include <algorithm>

namespace tocsin::formats {
namespace {

void flatten(TomlValue const& table, std::string const& prefix, std::map<std::string, std::string, std::less<>>& into) {
    for (auto const& [key, value] : table.members()) {
        if (value.is_table())
            flatten(value, prefix + key + ".", into);
        else if (auto const* const text = value.text())
            into.emplace(prefix + key, *text);
    }
}

}  // namespace

std::string filled(std::string_view text, std::span<PhraseValue const> values) {
    std::string out;
    while (!text.empty()) {
        auto const open = text.find('{');
        out += text.substr(0, open);
        if (open == std::string_view::npos) break;
        text.remove_prefix(open);
        auto const close = text.find('}');
        auto const name = close == std::string_view::npos ? std::string_view() : text.substr(1, close - 1);
        auto const value = std::ranges::find(values, name, &PhraseValue::first);
        if (close == std::string_view::npos || value == values.end()) {
            out += '{';
            text.remove_prefix(1);
            continue;
        }
        out += value->second;
        text.remove_prefix(close + 1);
    }
    return out;
}

Result<std::map<std::string, std::string, std::less<>>> read_phrases(std::string_view toml, std::string_view name) {
    TRY(auto const parsed, parse_toml(toml, name));
    std::map<std::string, std::string, std::less<>> texts;
    flatten(parsed, "", texts);
    return texts;
}

}  // namespace tocsin::formats
