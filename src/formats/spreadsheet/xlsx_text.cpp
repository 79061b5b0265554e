#include "formats/spreadsheet/xlsx_text.hpp"

#include "base/base.hpp"

#include <charconv>
#include <fmt/format.h>

namespace tocsin::formats::spreadsheet {
namespace {

constexpr std::size_t escape_size = 7;

/// The number of the _xHHHH that a text begins with; an escape has a _ behind it.
std::optional<unsigned> number_at(std::string_view text) {
    if (text.size() < escape_size - 1 || !text.starts_with("_x")) return std::nullopt;
    unsigned number = 0;
    auto const* const end = text.data() + escape_size - 1;
    auto const [stop, fault] = std::from_chars(text.data() + 2, end, number, 16);
    return fault == std::errc{} && stop == end ? std::optional(number) : std::nullopt;
}
std::optional<unsigned> escape_at(std::string_view text) {
    return text.size() >= escape_size && text[escape_size - 1] == '_' ? number_at(text) : std::nullopt;
}

void append_utf8(std::string& out, unsigned number) {
    if (number < 0x80) {
        out += static_cast<char>(number);
    } else if (number < 0x800) {
        out += static_cast<char>(0xc0 | number >> 6);
        out += static_cast<char>(0x80 | (number & 0x3f));
    } else {
        out += static_cast<char>(0xe0 | number >> 12);
        out += static_cast<char>(0x80 | (number >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (number & 0x3f));
    }
}

}  // namespace

std::string written_text(std::string_view given) {
    auto const text = is_utf8(given) ? std::string(given) : repaired_utf8(given);
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = static_cast<unsigned char>(text[i]);
        if (c == 0)
            out += "\xef\xbf\xbd";
        else if (c == '_' && number_at(std::string_view(text).substr(i)))
            out += "_x005F_";
        else if (c < 0x20 && c != '\n' && c != '\t')
            out += fmt::format("_x{:04X}_", c);
        else if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else
            out += text[i];
    }
    return out;
}

std::string read_text(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const number = text[i] == '_' ? escape_at(text.substr(i)) : std::nullopt;
        if (!number || *number == 0 || (*number >= 0xd800 && *number < 0xe000)) {
            out += text[i];
            continue;
        }
        append_utf8(out, *number);
        i += escape_size - 1;
    }
    return out;
}

}  // namespace tocsin::formats::spreadsheet
