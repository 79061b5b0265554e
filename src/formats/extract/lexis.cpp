#include "formats/extract/lexis.hpp"

#include "base/base.hpp"

#include <algorithm>
#include <array>
#include <sodium.h>
#include <vector>

namespace tocsin::formats {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_alnum(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex_digit(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

namespace {

bool all_digits(std::string_view text) {
    return std::ranges::all_of(text, is_digit);
}

}  // namespace

Letter letter_at(std::string_view text, std::size_t at) {
    auto const byte = [&](std::size_t i) -> unsigned {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    auto const follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    unsigned const lead = byte(0);
    if (lead >= 0xC3 && lead < 0xE0 && follows(1)) return {2, false};  // U+00C0 to U+07FF
    if (lead >= 0xE0 && lead < 0xF0 && follows(1) && follows(2)) {
        unsigned const code = (lead & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
        bool const ideograph = (code >= 0x3041 && code <= 0x30FF) || (code >= 0x3400 && code <= 0x9FFF) ||
                               (code >= 0xAC00 && code <= 0xD7AF) || (code >= 0xF900 && code <= 0xFAFF);
        bool const other = (code >= 0x800 && code < 0x2000) || (code >= 0x2C00 && code < 0x2E00);
        return ideograph || other ? Letter{3, ideograph} : Letter{};
    }
    return {};
}

std::optional<ObservableKind> hash_kind_of(std::string_view word) {
    std::optional<ObservableKind> kind;
    if (word.size() == 32) kind = ObservableKind::md5;
    if (word.size() == 40) kind = ObservableKind::sha1;
    if (word.size() == 64) kind = ObservableKind::sha256;
    if (word.size() == 128) kind = ObservableKind::sha512;
    if (!kind || !std::ranges::all_of(word, is_hex_digit)) return std::nullopt;
    bool const mixed = std::ranges::any_of(word, is_digit) && !all_digits(word);
    return mixed ? kind : std::nullopt;
}

bool is_tlsh(std::string_view word) {
    if (word.size() == 72 && (word.starts_with("T1") || word.starts_with("t1")))
        word.remove_prefix(2);
    else if (word.size() != 70)
        return false;
    return std::ranges::all_of(word, is_hex_digit) && !all_digits(word);
}

bool is_cve(std::string_view word) {
    return word.size() >= 13 && word.size() <= 20 && equal_ignoring_case(word.substr(0, 4), "CVE-") &&
           all_digits(word.substr(4, 4)) && word[8] == '-' && all_digits(word.substr(9)) &&
           (word[4] == '1' || word[4] == '2');
}

bool is_attack_id(std::string_view word) {
    struct Form {
        std::string_view start;
        std::size_t digits;
    };
    constexpr std::array forms = {Form{"TA00", 2}, Form{"T1", 3}, Form{"G0", 3},  Form{"G1", 3},  Form{"S0", 3},
                                  Form{"S1", 3},   Form{"M1", 3}, Form{"C00", 2}, Form{"DS00", 2}};
    for (auto const& form : forms) {
        if (!word.starts_with(form.start)) continue;
        auto const rest = word.substr(form.start.size());
        if (rest.size() == form.digits && all_digits(rest)) return true;
        bool const sub = form.start == "T1" && rest.size() == form.digits + 4 && rest[form.digits] == '.';
        if (sub && all_digits(rest.substr(0, form.digits)) && all_digits(rest.substr(form.digits + 1))) return true;
    }
    return false;
}

bool is_as_number(std::string_view word) {
    if (!word.starts_with("AS")) return false;
    auto const digits = word.substr(word.starts_with("ASN") ? 3 : 2);
    if (digits.size() < 3 || digits.size() > 10 || !all_digits(digits) || digits[0] == '0') return false;
    auto const number = parse_int(digits);
    return number && *number <= 4'294'967'295;
}

bool is_mac_with_hyphens(std::string_view word) {
    if (word.size() != 17) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if (i % 3 == 2 ? word[i] != '-' : !is_hex_digit(word[i])) return false;
    return true;
}

namespace {

/// Source: the Base58Check encoding of Bitcoin. 25 bytes: version, 20 of a hash, 4 of the doubled SHA-256.
bool is_base58_address(std::string_view word) {
    constexpr std::string_view alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    constexpr std::size_t size = 25;
    if (word.size() < 26 || word.size() > 35) return false;
    std::array<unsigned char, size> bytes{};
    for (char const c : word) {
        auto carry = static_cast<unsigned>(alphabet.find(c));
        if (carry > 57) return false;
        for (auto i = size; i-- > 0;) {
            carry += 58U * bytes[i];
            bytes[i] = static_cast<unsigned char>(carry & 0xFFU);
            carry >>= 8U;
        }
        if (carry != 0) return false;
    }
    if (bytes[0] != (word[0] == '1' ? 0 : 5)) return false;
    std::array<unsigned char, crypto_hash_sha256_BYTES> once, twice;
    crypto_hash_sha256(once.data(), bytes.data(), size - 4);
    crypto_hash_sha256(twice.data(), once.data(), once.size());
    return std::equal(bytes.end() - 4, bytes.end(), twice.begin());
}

/// Source: BIP 173 and BIP 350.
bool is_bech32_address(std::string_view word) {
    constexpr std::string_view alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    if (word.size() < 14 || word.size() > 74) return false;
    auto const low = lowered(word);
    if (low != word && uppered(word) != word) return false;
    std::uint32_t check = 1;
    auto const add = [&](std::uint32_t value) {
        constexpr std::array<std::uint32_t, 5> generator = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
        auto const top = check >> 25U;
        check = (check & 0x1ffffffU) << 5U ^ value;
        for (unsigned i = 0; i < 5; ++i) check ^= (top >> i & 1U) != 0 ? generator[i] : 0;
    };
    for (auto const value : {3U, 3U, 0U, 2U, 3U}) add(value);  // "bc" expanded
    for (char const c : std::string_view(low).substr(3)) {
        auto const value = alphabet.find(c);
        if (value == std::string_view::npos) return false;
        add(static_cast<std::uint32_t>(value));
    }
    return check == (low[3] == 'q' ? 1U : 0x2bc830a3U);
}

}  // namespace

bool is_bitcoin_address(std::string_view word) {
    if (word.starts_with("bc1") || word.starts_with("BC1")) return is_bech32_address(word);
    return (word.starts_with('1') || word.starts_with('3')) && is_base58_address(word);
}

FileLook file_look_of(std::string_view name) {
    constexpr std::array<std::string_view, 54> sure = {
        "apk", "appx", "bat", "chm", "cmd",  "cpl",  "deb", "dll",  "dmg",  "docm", "dotm", "drv", "dylib", "elf",
        "exe", "hta",  "img", "inf", "ipa",  "iso",  "jar", "js",   "jse",  "ko",   "lnk",  "msc", "msi",   "msix",
        "msp", "ocx",  "pif", "pkg", "ppam", "pptm", "ps1", "psd1", "psm1", "rdp",  "reg",  "rpm", "scr",   "sct",
        "sys", "vbe",  "vbs", "vhd", "vhdx", "wsf",  "wsh", "xlam", "xll",  "xlsb", "xlsm", "xltm"};
    static_assert(std::ranges::is_sorted(sure));
    constexpr std::array<std::string_view, 8> shared = {"app", "com", "one", "pl", "py", "sh", "so", "zip"};
    constexpr std::array<std::string_view, 9> libraries = {
        "angular.js", "backbone.js", "d3.js", "jquery.js", "next.js", "node.js", "react.js", "three.js", "vue.js"};
    auto const dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || name.size() - dot > 6) return FileLook::none;
    auto const extension = lowered(name.substr(dot + 1));
    if (std::ranges::binary_search(sure, std::string_view(extension)))
        return std::ranges::binary_search(libraries, std::string_view(lowered(name))) ? FileLook::none : FileLook::sure;
    return std::ranges::binary_search(shared, std::string_view(extension)) ? FileLook::maybe : FileLook::none;
}

}  // namespace tocsin::formats
