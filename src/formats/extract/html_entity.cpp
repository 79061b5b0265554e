#include "formats/charset.hpp"
#include "formats/extract/html_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tocsin::formats {
namespace {

/// U+00A0 to U+00FF, in order.
constexpr std::array<std::string_view, 96> latin = {
    "nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar", "sect",   "uml",    "copy",   "ordf",
    "laquo",  "not",    "shy",    "reg",    "macr",   "deg",    "plusmn", "sup2",   "sup3",   "acute",  "micro",
    "para",   "middot", "cedil",  "sup1",   "ordm",   "raquo",  "frac14", "frac12", "frac34", "iquest", "Agrave",
    "Aacute", "Acirc",  "Atilde", "Auml",   "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute", "Ecirc",  "Euml",
    "Igrave", "Iacute", "Icirc",  "Iuml",   "ETH",    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde", "Ouml",
    "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN",  "szlig",  "agrave", "aacute",
    "acirc",  "atilde", "auml",   "aring",  "aelig",  "ccedil", "egrave", "eacute", "ecirc",  "euml",   "igrave",
    "iacute", "icirc",  "iuml",   "eth",    "ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",   "divide",
    "oslash", "ugrave", "uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml"};

struct Named {
    std::string_view name;
    char32_t code_point;
};

/// The others that are met in reports, sorted by name: punctuation, arrows, and what hides an indicator.
constexpr std::array others = {
    Named{"NewLine", '\n'},  Named{"OElig", 0x152},   Named{"Scaron", 0x160},  Named{"Tab", '\t'},
    Named{"Yuml", 0x178},    Named{"amp", '&'},       Named{"apos", '\''},     Named{"ast", '*'},
    Named{"bdquo", 0x201E},  Named{"bsol", '\\'},     Named{"bull", 0x2022},   Named{"circ", 0x2C6},
    Named{"colon", ':'},     Named{"comma", ','},     Named{"commat", '@'},    Named{"dagger", 0x2020},
    Named{"dash", 0x2010},   Named{"dollar", '$'},    Named{"emsp", 0x2003},   Named{"ensp", 0x2002},
    Named{"equals", '='},    Named{"euro", 0x20AC},   Named{"excl", '!'},      Named{"fnof", 0x192},
    Named{"frasl", 0x2044},  Named{"ge", 0x2265},     Named{"grave", '`'},     Named{"gt", '>'},
    Named{"hearts", 0x2665}, Named{"hellip", 0x2026}, Named{"hyphen", 0x2010}, Named{"lArr", 0x21D0},
    Named{"larr", 0x2190},   Named{"lbrace", '{'},    Named{"lbrack", '['},    Named{"lcub", '{'},
    Named{"ldquo", 0x201C},  Named{"le", 0x2264},     Named{"lowbar", '_'},    Named{"lpar", '('},
    Named{"lrm", 0x200E},    Named{"lsaquo", 0x2039}, Named{"lsqb", '['},      Named{"lsquo", 0x2018},
    Named{"lt", '<'},        Named{"mdash", 0x2014},  Named{"minus", 0x2212},  Named{"ndash", 0x2013},
    Named{"ne", 0x2260},     Named{"num", '#'},       Named{"oelig", 0x153},   Named{"percnt", '%'},
    Named{"period", '.'},    Named{"permil", 0x2030}, Named{"plus", '+'},      Named{"prime", 0x2032},
    Named{"quest", '?'},     Named{"quot", '"'},      Named{"rArr", 0x21D2},   Named{"rarr", 0x2192},
    Named{"rbrace", '}'},    Named{"rbrack", ']'},    Named{"rcub", '}'},      Named{"rdquo", 0x201D},
    Named{"rlm", 0x200F},    Named{"rpar", ')'},      Named{"rsaquo", 0x203A}, Named{"rsqb", ']'},
    Named{"rsquo", 0x2019},  Named{"sbquo", 0x201A},  Named{"scaron", 0x161},  Named{"semi", ';'},
    Named{"sol", '/'},       Named{"thinsp", 0x2009}, Named{"tilde", 0x2DC},   Named{"trade", 0x2122},
    Named{"verbar", '|'},    Named{"vert", '|'},      Named{"zwj", 0x200D},    Named{"zwnj", 0x200C}};
static_assert(std::ranges::is_sorted(others, {}, &Named::name));

constexpr std::size_t longest_name = 8;

char32_t named(std::string_view name) {
    auto const found = std::ranges::lower_bound(others, name, {}, &Named::name);
    if (found != others.end() && found->name == name) return found->code_point;
    auto const place = std::ranges::find(latin, name);
    return place == latin.end() ? 0 : 0xA0 + static_cast<char32_t>(place - latin.begin());
}

bool is_digit(char c, bool hexadecimal) {
    return (c >= '0' && c <= '9') || (hexadecimal && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
}

void append_number(std::string& out, std::string_view digits, bool hexadecimal) {
    char32_t code_point = 0xFFFD;
    std::uint32_t number = 0;
    auto const [end, fault] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number, hexadecimal ? 16 : 10);
    if (fault == std::errc{} && number != 0 && number < 0x110000 && (number < 0xD800 || number > 0xDFFF))
        code_point = number;
    if (code_point >= 0x80 && code_point < 0xA0)
        out += from_latin1(std::string(1, static_cast<char>(code_point)));  // what the writer meant: Windows-1252
    else
        append_utf8(out, code_point);
}

}  // namespace

std::size_t append_html_reference(std::string& out, std::string_view text, std::size_t at) {
    auto end = at + 1;
    if (end < text.size() && text[end] == '#') {
        ++end;
        bool const hexadecimal = end < text.size() && (text[end] == 'x' || text[end] == 'X');
        if (hexadecimal) ++end;
        auto const start = end;
        while (end < text.size() && is_digit(text[end], hexadecimal)) ++end;
        if (end > start) {
            append_number(out, text.substr(start, end - start), hexadecimal);
            return end < text.size() && text[end] == ';' ? end + 1 : end;
        }
    } else {
        auto const start = end;
        auto const is_letter = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        };
        while (end < text.size() && end - start < longest_name && is_letter(text[end])) ++end;
        auto const name = text.substr(start, end - start);
        bool const closed = end < text.size() && text[end] == ';';
        bool const old = name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "nbsp";
        if (auto const code_point = closed || old ? named(name) : 0; code_point != 0) {
            append_utf8(out, code_point);
            return closed ? end + 1 : end;
        }
    }
    out += '&';
    return at + 1;
}

}  // namespace tocsin::formats
