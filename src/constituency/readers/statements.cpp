#include "constituency/readers/statements.hpp"

#include "constituency/prefix_table.hpp"
#include "formats/formats.hpp"

#include <algorithm>

namespace tocsin::constituency {
namespace {

/// U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069: they would let a name change how the text around it is read.
bool is_direction_mark(std::string_view rest) {
    if (rest.size() < 3 || rest[0] != '\xe2') return false;
    auto const second = static_cast<unsigned char>(rest[1]), third = static_cast<unsigned char>(rest[2]);
    return (second == 0x80 && (third == 0x8e || third == 0x8f || (third >= 0xaa && third <= 0xae))) ||
           (second == 0x81 && third >= 0xa6 && third <= 0xa9);
}

}  // namespace

std::string tamed(std::string_view text, std::size_t most) {
    constexpr std::size_t longest_looked_at = 64 << 10;
    auto const whole = repaired_utf8(text.substr(0, longest_looked_at));
    std::string out;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        auto const rest = std::string_view(whole).substr(i);
        if (is_direction_mark(rest)) {
            i += 2;
            continue;
        }
        auto const c = static_cast<unsigned char>(whole[i]);
        // C1 control characters are two bytes: c2 80 to c2 9f.
        bool const is_c1 = c == 0xc2 && i + 1 < whole.size() && static_cast<unsigned char>(whole[i + 1]) < 0xa0;
        if (is_c1) ++i;
        bool const is_space = c <= 0x20 || c == 0x7f || is_c1;
        if (!is_space)
            out.push_back(whole[i]);
        else if (!out.empty() && out.back() != ' ')
            out.push_back(' ');
    }
    if (out.size() > most) {
        auto end = most;
        while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) --end;
        out.resize(end);
    }
    return std::string(trimmed(out));
}

std::vector<IpPrefix> networks_of(std::string_view text, std::size_t most) {
    std::vector<IpPrefix> found;
    auto const dash = text.find('-');
    if (dash == std::string_view::npos) {
        auto const prefix = parse_prefix(trimmed(text), true);
        if (prefix && prefix->text_length() != 0) found.push_back(*prefix);
        return found;
    }
    auto const first = parse_ip(trimmed(text.substr(0, dash))), last = parse_ip(trimmed(text.substr(dash + 1)));
    if (!first || !last || *last < *first || first->is_v4() != last->is_v4()) return found;
    PrefixTableBuilder::for_each_prefix(*first, *last, [&](IpPrefix const& prefix) {
        if (found.size() < most && prefix.text_length() != 0) found.push_back(prefix);
    });
    return found;
}

std::string phone_of(std::string_view text) {
    constexpr std::size_t most = 60;
    text = trimmed(text);
    if (text.size() > 4 && equal_ignoring_case(text.substr(0, 4), "tel:")) text.remove_prefix(4);
    auto const phone = tamed(text.substr(0, text.find(';')), most);
    auto const digits = std::ranges::count_if(phone, [](char c) { return c >= '0' && c <= '9'; });
    return digits < 3 ? std::string() : phone;
}

std::string country_of(std::string_view text) {
    auto const code = uppered(trimmed(text));
    return is_country(code) ? code : std::string();
}

}  // namespace tocsin::constituency
