#include "constituency/country.hpp"

#include <algorithm>
#include <array>

namespace tocsin::constituency {
namespace {

constexpr std::array<std::string_view, 6> language_codes = {"ar", "zh", "en", "fr", "ru", "es"};
constexpr std::size_t english = 2;

constexpr Country table[] = {
#include "constituency/countries.inc"
};

bool is_letter(char c) {
    return c >= 'A' && c <= 'Z';
}

/// AA, QM to QZ, XA to XZ, ZZ: left to users by ISO 3166-1 section 8.1.3.
bool is_user_assigned(std::string_view code) {
    return code == "AA" || code == "ZZ" || (code[0] == 'Q' && code[1] >= 'M') || code[0] == 'X';
}

}  // namespace

std::optional<CountryCode> parse_country(std::string_view text) {
    if (text.size() != 2) return std::nullopt;
    auto const code = uppered(text);
    if (!is_letter(code[0]) || !is_letter(code[1])) return std::nullopt;
    return CountryCode{{code[0], code[1]}};
}

std::span<Country const> countries() {
    return table;
}

Country const* find_country(std::string_view code) {
    auto const found = std::ranges::lower_bound(table, code, {}, &Country::code);
    return found != std::end(table) && found->code == code ? &*found : nullptr;
}

std::string country_name(std::string_view code, std::string_view language) {
    Country const* const country = find_country(code);
    if (country == nullptr) return std::string(code);
    auto const found = std::ranges::find(language_codes, language);
    auto const place =
        found == language_codes.end() ? english : static_cast<std::size_t>(found - language_codes.begin());
    return std::string(country->names[place]);
}

bool is_country(std::string_view code) {
    if (code.size() != 2 || !is_letter(code[0]) || !is_letter(code[1])) return false;
    return is_user_assigned(code) || code == "EU" || find_country(code) != nullptr;
}

std::span<std::string_view const> languages() {
    return language_codes;
}

bool is_language(std::string_view code) {
    return std::ranges::find(language_codes, code) != language_codes.end();
}

}  // namespace tocsin::constituency
