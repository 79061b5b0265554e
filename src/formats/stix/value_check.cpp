#include "formats/stix/value_check.hpp"

#include "base/base.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tocsin::formats::stix {
namespace {

/// What a byte may be part of.
enum : std::uint8_t { lower = 1, upper = 2, digit = 4, hex = 8, base64_sign = 16 };

constexpr std::array<std::uint8_t, 256> traits = [] {
    std::array<std::uint8_t, 256> all{};
    auto const mark = [&](char c, int trait) {
        auto& entry = all[static_cast<unsigned char>(c)];
        entry = static_cast<std::uint8_t>(entry | trait);
    };
    for (char c = 'a'; c <= 'z'; ++c) mark(c, lower | (c <= 'f' ? hex : 0));
    for (char c = 'A'; c <= 'Z'; ++c) mark(c, upper | (c <= 'F' ? hex : 0));
    for (char c = '0'; c <= '9'; ++c) mark(c, digit | hex);
    mark('+', base64_sign);
    mark('/', base64_sign);
    return all;
}();

bool is(char c, int trait) {
    return (traits[static_cast<unsigned char>(c)] & trait) != 0;
}

bool are_all(std::string_view text, int trait, std::string_view others = {}) {
    return std::ranges::all_of(text, [&](char c) { return is(c, trait) || others.contains(c); });
}

bool are_digits(std::string_view text, std::size_t at, std::size_t count) {
    return are_all(text.substr(at, count), digit);
}

bool is_ip(std::string_view type, std::string_view text) {
    auto const prefix = parse_prefix(text, true);
    return prefix && (text.find(':') == std::string_view::npos) == (type == "ipv4-addr");
}

/// RFC 1034 section 3.5 with the underscores that are in use, or RFC 5890 in Unicode.
bool is_domain(std::string_view text) {
    if (text.empty() || text.size() > 1000) return false;
    std::size_t label = 0;
    for (char const c : text) {
        if (c == '.') {
            if (label == 0) return false;
            label = 0;
            continue;
        }
        bool const is_letter =
            is(c, lower | upper | digit) || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
        if (!is_letter || ++label > 250) return false;
    }
    return true;
}

/// RFC 3986: a scheme, and none of the characters that never stand in a URI.
bool is_url(std::string_view text) {
    auto const colon = text.find(':');
    if (colon == 0 || colon == std::string_view::npos || colon + 1 == text.size()) return false;
    if (!is(text[0], lower | upper) || !are_all(text.substr(0, colon), lower | upper | digit, "+-.")) return false;
    return std::ranges::none_of(text, [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || std::string_view("\"<>\\^`{|}\x7f").contains(c);
    });
}

/// RFC 5322 section 3.4.1, without comments and folding.
bool is_email(std::string_view text) {
    auto const at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) return false;
    auto const local = text.substr(0, at), host = text.substr(at + 1);
    bool const is_quoted = local.size() > 2 && local.starts_with('"') && local.ends_with('"');
    bool const is_local =
        is_quoted || std::ranges::none_of(local, [](char c) {
            return static_cast<unsigned char>(c) <= 0x20 || std::string_view("()<>[]:;@\\,\"").contains(c);
        });
    return is_local && (is_domain(host) || (host.starts_with('[') && host.ends_with(']')));
}

/// STIX 2.1 section 6.10.1.
bool is_mac(std::string_view text) {
    if (text.size() != 17) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i % 3 == 2 ? text[i] != ':' : !is(text[i], hex) || is(text[i], upper)) return false;
    return true;
}

bool is_cpe(std::string_view text) {
    return text.starts_with("cpe:2.3:") && std::ranges::count(text, ':') >= 12;
}

bool has_short_hive(std::string_view key) {
    auto const hive = uppered(key.substr(0, key.find('\\')));
    static constexpr std::array<std::string_view, 5> short_ones{"HKLM", "HKCU", "HKCR", "HKU", "HKCC"};
    return std::ranges::find(short_ones, hive) != short_ones.end();
}

}  // namespace

bool is_time(std::string_view text, int& digits) {
    digits = 0;
    if (text.size() < 20 || text.back() != 'Z' || text[10] != 'T' || text[4] != '-' || text[7] != '-' ||
        text[13] != ':' || text[16] != ':')
        return false;
    if (text.size() > 20) {
        if (text[19] != '.' || text.size() == 21) return false;
        auto const fraction = text.substr(20, text.size() - 21);
        if (!are_digits(fraction, 0, fraction.size())) return false;
        digits = static_cast<int>(std::min<std::size_t>(fraction.size(), 100));
    }
    for (std::size_t const at : {0U, 2U, 5U, 8U, 11U, 14U, 17U})
        if (!are_digits(text, at, 2)) return false;
    return parse_timestamp(text).has_value();
}

bool is_base64(std::string_view text) {
    if (text.size() % 4 != 0) return false;
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
    return are_all(text, lower | upper | digit | base64_sign);
}

bool is_hex_pairs(std::string_view text) {
    return text.size() % 2 == 0 && are_all(text, hex);
}

bool is_object_type(std::string_view text) {
    return text.size() >= 3 && text.size() <= 250 && are_all(text, lower | digit, "-");
}

bool is_property_name(std::string_view text) {
    return text.size() >= 3 && text.size() <= 250 && are_all(text, lower | digit, "_");
}

bool is_dictionary_key(std::string_view text) {
    return !text.empty() && text.size() <= 250 && are_all(text, lower | upper | digit, "-_");
}

bool is_selector(std::string_view text) {
    if (text.empty()) return false;
    for (bool is_first = true; auto const step : split(text, '.')) {
        bool const is_index = step.size() > 2 && step.front() == '[' && step.back() == ']' &&
                              are_all(step.substr(1, step.size() - 2), digit);
        bool const is_name = !step.empty() && are_all(step, lower | upper | digit, "_-");
        if (is_first ? !is_name : !is_name && !is_index) return false;
        is_first = false;
    }
    return true;
}

bool is_language(std::string_view text) {
    for (bool is_first = true; auto const part : split(text, '-')) {
        bool const fits = is_first ? part.size() >= 2 && part.size() <= 8 && are_all(part, lower | upper)
                                   : !part.empty() && part.size() <= 8 && are_all(part, lower | upper | digit);
        if (!fits) return false;
        is_first = false;
    }
    return true;
}

bool is_hyphenated(std::string_view text) {
    return !text.empty() && are_all(text, lower | digit, "-");
}

bool is_country(std::string_view text) {
    return text.size() == 2 && are_all(text, upper);
}

std::optional<std::string_view> fault_of(ObservableKind kind, std::string_view type, std::string_view text) {
    switch (kind) {
        case ObservableKind::ip:
            if (is_ip(type, text)) return std::nullopt;
            return type == "ipv4-addr" ? "expected an IPv4 address or network" : "expected an IPv6 address or network";
        case ObservableKind::domain:
            if (is_domain(text)) return std::nullopt;
            return "expected a domain name";
        case ObservableKind::url:
            if (is_url(text)) return std::nullopt;
            return "expected a URL (RFC 3986)";
        case ObservableKind::email:
            if (is_email(text)) return std::nullopt;
            return "expected a mail address (RFC 5322 section 3.4.1)";
        case ObservableKind::mac:
            if (is_mac(text)) return std::nullopt;
            return "expected a MAC address such as d2:fb:49:24:37:18, in lower case";
        case ObservableKind::cpe:
            if (is_cpe(text)) return std::nullopt;
            return "expected a CPE 2.3 name such as cpe:2.3:a:vendor:product:1.0:*:*:*:*:*:*:*";
        case ObservableKind::registry_key:
            if (!has_short_hive(text)) return std::nullopt;
            return "expected the hive's name in full, such as HKEY_LOCAL_MACHINE";
        default:
            return std::nullopt;
    }
}

std::optional<std::string> fault_of_hash(std::string_view algorithm, std::string_view value) {
    struct Length {
        std::string_view algorithm;
        std::size_t digits;
    };
    static constexpr std::array lengths{Length{"MD5", 32},      Length{"SHA-1", 40},    Length{"SHA-224", 56},
                                        Length{"SHA-256", 64},  Length{"SHA-384", 96},  Length{"SHA-512", 128},
                                        Length{"SHA3-256", 64}, Length{"SHA3-512", 128}};
    auto const* const known = std::ranges::find(lengths, algorithm, &Length::algorithm);
    if (known != lengths.end() && (value.size() != known->digits || !are_all(value, hex)))
        return fmt::format("expected {} hexadecimal digits", known->digits);
    if (algorithm == "SSDEEP" && std::ranges::count(value, ':') < 2)
        return "expected an ssdeep hash (BLOCK SIZE:HASH:HASH)";
    if (algorithm == "TLSH") {
        auto const digits = value.starts_with('T') ? value.substr(2 <= value.size() ? 2 : 0) : value;
        if (digits.size() != 70 || !are_all(digits, hex)) return "expected 70 hexadecimal digits, with or without T1";
    }
    return std::nullopt;
}

}  // namespace tocsin::formats::stix
