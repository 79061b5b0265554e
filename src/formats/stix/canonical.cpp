#include "formats/stix/canonical.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <vector>

namespace tocsin::formats::stix {
namespace {

/// UTF-8 in the order of UTF-16: the same but for code points from U+10000 on, which come before U+E000..U+FFFF.
bool is_before(std::string_view a, std::string_view b) {
    auto const [x, y] = std::ranges::mismatch(a, b);
    if (x == a.end() || y == b.end()) return x == a.end() && y != b.end();
    auto const rank = [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return byte >= 0xf0 ? 0xedU * 2 + 1 : byte * 2U;  // between U+D7FF (ed) and U+E000 (ee)
    };
    auto const p = rank(*x), q = rank(*y);
    return p != q ? p < q : static_cast<unsigned char>(*x) < static_cast<unsigned char>(*y);
}

Status append_members(std::string& out, JsonValue object) {
    std::vector<JsonValue> members(object.begin(), object.end());
    std::ranges::sort(members, is_before, &JsonValue::key);
    out.push_back('{');
    for (bool is_first = true; auto const member : members) {
        if (!is_first) out.push_back(',');
        is_first = false;
        append_canonical_text(out, member.key());
        out.push_back(':');
        CHECK(append_canonical(out, member));
    }
    out.push_back('}');
    return {};
}

}  // namespace

void append_canonical_text(std::string& out, std::string_view text) {
    out.push_back('"');
    for (char const c : text) {
        static constexpr std::string_view special = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
        if (auto const found = special.find(c); found != std::string_view::npos) {
            out.push_back('\\');
            out.push_back(letters[found]);
        } else if (static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

void append_canonical_number(std::string& out, double number) {
    if (number == 0) {
        out.push_back('0');
        return;
    }
    if (number < 0) out.push_back('-');
    // The shortest digits that read back as the number, and where its point is.
    std::array<char, 32> text;
    auto const done = std::to_chars(text.data(), text.data() + text.size(), number < 0 ? -number : number,
                                    std::chars_format::scientific);
    std::string_view const written(text.data(), static_cast<std::size_t>(done.ptr - text.data()));
    auto const e = written.find('e');
    std::string digits(1, written[0]);
    if (e > 2) digits += written.substr(2, e - 2);
    auto const exponent = written.substr(e + 1);
    int point = 0;
    std::from_chars(exponent.data() + (exponent[0] == '+' ? 1 : 0), exponent.data() + exponent.size(), point);
    ++point;
    auto const count = static_cast<int>(digits.size());
    if (point > 21 || point <= -6) {
        out.push_back(digits[0]);
        if (count > 1) (out += '.') += std::string_view(digits).substr(1);
        fmt::format_to(std::back_inserter(out), "e{}{}", point > 0 ? "+" : "-", point > 0 ? point - 1 : 1 - point);
    } else if (point <= 0) {
        out += "0.";
        out.append(static_cast<std::size_t>(-point), '0');
        out += digits;
    } else if (point >= count) {
        out += digits;
        out.append(static_cast<std::size_t>(point - count), '0');
    } else {
        out.append(digits, 0, static_cast<std::size_t>(point));
        out.push_back('.');
        out.append(digits, static_cast<std::size_t>(point));
    }
}

Status append_canonical(std::string& out, JsonValue value) {
    if (value.is_object()) return append_members(out, value);
    if (value.is_array()) {
        out.push_back('[');
        for (bool is_first = true; auto const element : value) {
            if (!is_first) out.push_back(',');
            is_first = false;
            CHECK(append_canonical(out, element));
        }
        out.push_back(']');
    } else if (value.is_text()) {
        append_canonical_text(out, value.text());
    } else if (value.is_number()) {
        auto const number = value.number();
        if (!number)
            return fail(Code::invalid, fmt::format("{} is beyond the range of numbers (RFC 7493 section 2.2)",
                                                   value.raw().substr(0, 64)));
        append_canonical_number(out, *number);
    } else {
        out += value.raw();
    }
    return {};
}

Result<std::string> canonical_json(std::string_view json, JsonTreeLimits const& limits) {
    JsonTree tree;
    CHECK(tree.parse(json, limits));
    std::string out;
    out.reserve(json.size());
    CHECK(append_canonical(out, tree.root()));
    return out;
}

}  // namespace tocsin::formats::stix
