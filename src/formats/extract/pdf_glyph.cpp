#include "base/text.hpp"
#include "formats/charset.hpp"
#include "formats/extract/pdf_font.hpp"

#include <algorithm>
#include <charconv>

namespace tocsin::formats::pdf {
namespace {

/// The names of U+0020 to U+007E and of U+00A0 to U+00FF.
constexpr std::array<std::string_view, 95> ascii_names = {"space",       "exclam",
                                                          "quotedbl",    "numbersign",
                                                          "dollar",      "percent",
                                                          "ampersand",   "quotesingle",
                                                          "parenleft",   "parenright",
                                                          "asterisk",    "plus",
                                                          "comma",       "hyphen",
                                                          "period",      "slash",
                                                          "zero",        "one",
                                                          "two",         "three",
                                                          "four",        "five",
                                                          "six",         "seven",
                                                          "eight",       "nine",
                                                          "colon",       "semicolon",
                                                          "less",        "equal",
                                                          "greater",     "question",
                                                          "at",          "A",
                                                          "B",           "C",
                                                          "D",           "E",
                                                          "F",           "G",
                                                          "H",           "I",
                                                          "J",           "K",
                                                          "L",           "M",
                                                          "N",           "O",
                                                          "P",           "Q",
                                                          "R",           "S",
                                                          "T",           "U",
                                                          "V",           "W",
                                                          "X",           "Y",
                                                          "Z",           "bracketleft",
                                                          "backslash",   "bracketright",
                                                          "asciicircum", "underscore",
                                                          "grave",       "a",
                                                          "b",           "c",
                                                          "d",           "e",
                                                          "f",           "g",
                                                          "h",           "i",
                                                          "j",           "k",
                                                          "l",           "m",
                                                          "n",           "o",
                                                          "p",           "q",
                                                          "r",           "s",
                                                          "t",           "u",
                                                          "v",           "w",
                                                          "x",           "y",
                                                          "z",           "braceleft",
                                                          "bar",         "braceright",
                                                          "asciitilde"};
constexpr std::array<std::string_view, 96> latin_names = {
    "nbspace",     "exclamdown",  "cent",           "sterling",     "currency",      "yen",           "brokenbar",
    "section",     "dieresis",    "copyright",      "ordfeminine",  "guillemotleft", "logicalnot",    "sfthyphen",
    "registered",  "macron",      "degree",         "plusminus",    "twosuperior",   "threesuperior", "acute",
    "mu",          "paragraph",   "periodcentered", "cedilla",      "onesuperior",   "ordmasculine",  "guillemotright",
    "onequarter",  "onehalf",     "threequarters",  "questiondown", "Agrave",        "Aacute",        "Acircumflex",
    "Atilde",      "Adieresis",   "Aring",          "AE",           "Ccedilla",      "Egrave",        "Eacute",
    "Ecircumflex", "Edieresis",   "Igrave",         "Iacute",       "Icircumflex",   "Idieresis",     "Eth",
    "Ntilde",      "Ograve",      "Oacute",         "Ocircumflex",  "Otilde",        "Odieresis",     "multiply",
    "Oslash",      "Ugrave",      "Uacute",         "Ucircumflex",  "Udieresis",     "Yacute",        "Thorn",
    "germandbls",  "agrave",      "aacute",         "acircumflex",  "atilde",        "adieresis",     "aring",
    "ae",          "ccedilla",    "egrave",         "eacute",       "ecircumflex",   "edieresis",     "igrave",
    "iacute",      "icircumflex", "idieresis",      "eth",          "ntilde",        "ograve",        "oacute",
    "ocircumflex", "otilde",      "odieresis",      "divide",       "oslash",        "ugrave",        "uacute",
    "ucircumflex", "udieresis",   "yacute",         "thorn",        "ydieresis"};

struct Named {
    std::string_view name;
    std::string_view text;
};
constexpr std::array others = {Named{"quoteright", "\xE2\x80\x99"},
                               Named{"quoteleft", "\xE2\x80\x98"},
                               Named{"quotedblleft", "\xE2\x80\x9C"},
                               Named{"quotedblright", "\xE2\x80\x9D"},
                               Named{"quotesinglbase", "\xE2\x80\x9A"},
                               Named{"quotedblbase", "\xE2\x80\x9E"},
                               Named{"endash", "\xE2\x80\x93"},
                               Named{"emdash", "\xE2\x80\x94"},
                               Named{"bullet", "\xE2\x80\xA2"},
                               Named{"ellipsis", "\xE2\x80\xA6"},
                               Named{"minus", "-"},
                               Named{"fi", "fi"},
                               Named{"fl", "fl"},
                               Named{"ff", "ff"},
                               Named{"ffi", "ffi"},
                               Named{"ffl", "ffl"},
                               Named{"Euro", "\xE2\x82\xAC"},
                               Named{"trademark", "\xE2\x84\xA2"},
                               Named{"guilsinglleft", "\xE2\x80\xB9"},
                               Named{"guilsinglright", "\xE2\x80\xBA"},
                               Named{"dagger", "\xE2\x80\xA0"},
                               Named{"fraction", "/"},
                               Named{"OE", "\xC5\x92"},
                               Named{"oe", "\xC5\x93"},
                               Named{"Scaron", "\xC5\xA0"},
                               Named{"scaron", "\xC5\xA1"},
                               Named{"Zcaron", "\xC5\xBD"},
                               Named{"zcaron", "\xC5\xBE"},
                               Named{"Lslash", "\xC5\x81"},
                               Named{"lslash", "\xC5\x82"},
                               Named{"dotlessi", "\xC4\xB1"},
                               Named{"florin", "\xC6\x92"},
                               Named{"circumflex", "\xCB\x86"},
                               Named{"tilde", "\xCB\x9C"},
                               Named{"hyphenminus", "-"},
                               Named{"nonbreakingspace", " "},
                               Named{"softhyphen", ""}};

constexpr std::array<std::uint16_t, 95> helvetica = {
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333,  278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,  611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278,  556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,  500, 334, 260, 334, 584};
constexpr std::array<std::uint16_t, 95> times = {
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500,
    500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611,
    556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722,
    722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500,
    278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541};
constexpr std::array<std::uint16_t, 95> courier = [] {
    std::array<std::uint16_t, 95> all{};
    all.fill(600);
    return all;
}();

/// "uni20AC", "u1F600": the code point, 0 for other names.
std::uint32_t numbered(std::string_view name) {
    auto digits = name;
    if (name.starts_with("uni"))
        digits = name.substr(3, 4);
    else if (name.starts_with('u'))
        digits = name.substr(1);
    else
        return 0;
    std::uint32_t code_point = 0;
    auto const [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), code_point, 16);
    bool const whole = fault == std::errc{} && end == digits.data() + digits.size() && digits.size() >= 4;
    return whole && code_point < 0x110000 && (code_point < 0xD800 || code_point > 0xDFFF) ? code_point : 0;
}

}  // namespace

std::string text_of_glyph_name(std::string_view name) {
    name = name.substr(0, name.find('.'));  // "a.alt" is an a
    auto const ascii = std::ranges::find(ascii_names, name);
    if (ascii != ascii_names.end()) return std::string(1, static_cast<char>(0x20 + (ascii - ascii_names.begin())));
    std::string out;
    auto const latin = std::ranges::find(latin_names, name);
    if (latin != latin_names.end()) {
        append_utf8(out, 0xA0 + static_cast<char32_t>(latin - latin_names.begin()));
        return out;
    }
    auto const other = std::ranges::find(others, name, &Named::name);
    if (other != others.end()) return std::string(other->text);
    if (auto const code_point = numbered(name); code_point != 0) append_utf8(out, code_point);
    return out;
}

std::array<std::uint16_t, 95> const& built_in_widths(std::string_view font_name) {
    if (font_name.find("Courier") != std::string_view::npos || font_name.find("Mono") != std::string_view::npos)
        return courier;
    return font_name.find("Times") != std::string_view::npos ? times : helvetica;
}

std::string from_utf16(std::string_view bytes) {
    std::string out;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        auto const unit = [&](std::size_t at) {
            return static_cast<char32_t>(static_cast<unsigned char>(bytes[at]) << 8 |
                                         static_cast<unsigned char>(bytes[at + 1]));
        };
        auto const high = unit(i);
        if (high >= 0xD800 && high < 0xDC00 && i + 3 < bytes.size() && unit(i + 2) >= 0xDC00 && unit(i + 2) < 0xE000) {
            append_utf8(out, 0x10000 + ((high - 0xD800) << 10) + (unit(i + 2) - 0xDC00));
            i += 2;
        } else {
            append_utf8(out, high >= 0xD800 && high < 0xE000 ? char32_t{0xFFFD} : high);
        }
    }
    return out;
}

}  // namespace tocsin::formats::pdf
