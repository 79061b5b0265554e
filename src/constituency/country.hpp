#pragma once
#include "base/base.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tocsin::constituency {

/// Two capital letters (ISO 3166-1 alpha-2, and its user-assigned AA, QM-QZ, XA-XZ, ZZ). Both zero: unknown.
struct CountryCode {
    char letters[2] = {0, 0};

    explicit operator bool() const { return letters[0] != 0; }
    std::string_view text() const { return *this ? std::string_view(letters, 2) : std::string_view(); }
    /// 0 to 676: a place in a small table; 0 is unknown.
    std::size_t index() const {
        return *this ? static_cast<std::size_t>((letters[0] - 'A') * 26 + (letters[1] - 'A') + 1) : 0;
    }
    static constexpr std::size_t count = 26 * 26 + 1;
    friend auto operator<=>(CountryCode, CountryCode) = default;
};

/// Two letters, any case. Says nothing about whether such a country exists.
std::optional<CountryCode> parse_country(std::string_view text);

/// One country or territory of ISO 3166-1.
struct Country {
    std::string_view code;        ///< alpha-2
    std::string_view code3;       ///< alpha-3
    std::string_view names[6];    ///< in the order of `languages()`
    bool itu_member = false;      ///< one of the 194 Member States of the ITU
    std::string_view itu_region;  ///< AFR, AMS, ARB, ASP, CIS, EUR; empty for what is no member
};
std::span<Country const> countries();
/// Nothing for codes that ISO 3166-1 does not list (also the user-assigned ones that made-up nations use).
Country const* find_country(std::string_view code);
/// The name in a language, in English where the language is unknown; the code itself for a code that is not listed.
std::string country_name(std::string_view code, std::string_view language = "en");
/// True for what may stand as a country: listed by ISO 3166-1, user-assigned (AA, QM-QZ, XA-XZ, ZZ), or EU.
bool is_country(std::string_view code);

/// ar, zh, en, fr, ru, es: the languages of the United Nations, in the order of `Country::names`.
std::span<std::string_view const> languages();
bool is_language(std::string_view code);

}  // namespace tocsin::constituency
