#include "formats/toml.hpp"

#include "formats/charset.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <toml++/toml.h>

namespace tocsin::formats {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 20;

bool is_beyond_ascii(char c) {
    return (static_cast<unsigned char>(c) & 0x80) != 0;
}

/// Spells bytes beyond ASCII as two signs and two hexadecimal digits, and back. The library behaves in undefined ways
/// on characters beyond ASCII where it expects none (found by toml_fuzz), so it gets to see none at all. The signs have
/// no meaning in TOML outside of texts and comments: there they are a fault as the character was.
class Spelling {
  public:
    /// None if the text uses up all signs.
    static std::optional<Spelling> for_text(std::string_view text) {
        constexpr std::string_view signs = "^~`|$;!?<>@%&*/";
        auto const small = lowered(text);
        for (char const first : signs) {
            auto const code = fmt::format("{:04x}", static_cast<unsigned>(first));
            if (small.contains("\\u" + code) || small.contains("\\u0000" + code)) continue;  // it may come by escape
            for (char const second : signs)
                if (std::string const mark{first, second}; first != second && !text.contains(mark))
                    return Spelling(mark);
        }
        return std::nullopt;
    }

    std::string spelled(std::string_view text) const {
        std::string out;
        out.reserve(text.size());
        for (char const c : text) {
            if (is_beyond_ascii(c))
                fmt::format_to(std::back_inserter(out), "{}{:02x}", mark_, static_cast<unsigned char>(c));
            else
                out += c;
        }
        return out;
    }

    std::string read(std::string_view spelled) const {
        std::string out;
        out.reserve(spelled.size());
        while (!spelled.empty()) {
            unsigned byte = 0;
            auto const next = spelled.find(mark_);
            out += spelled.substr(0, next);
            if (next == std::string_view::npos) break;
            spelled.remove_prefix(next + mark_.size());
            auto const [end, fault] =
                std::from_chars(spelled.data(), spelled.data() + std::min<std::size_t>(2, spelled.size()), byte, 16);
            out += static_cast<char>(byte);
            spelled.remove_prefix(static_cast<std::size_t>(end - spelled.data()));
        }
        return out;
    }

    /// Whether a spelled character begins at that place (both count from 1).
    bool is_at(std::string_view spelled, std::size_t line, std::size_t column) const {
        for (; line > 1; --line) spelled.remove_prefix(std::min(spelled.find('\n'), spelled.size() - 1) + 1);
        return column > 0 && column <= spelled.size() && spelled.substr(column - 1).starts_with(mark_);
    }

  private:
    explicit Spelling(std::string mark) : mark_(std::move(mark)) {}
    std::string mark_;
};

TomlValue value_of(toml::node const& node, Spelling const& spelling) {
    TomlValue out;
    out.line = node.source().begin.line;
    if (auto const* const text = node.as_string()) {
        out.value = spelling.read(text->get());
    } else if (auto const* const integer = node.as_integer()) {
        out.value = integer->get();
    } else if (auto const* const real = node.as_floating_point()) {
        out.value = real->get();
    } else if (auto const* const truth = node.as_boolean()) {
        out.value = truth->get();
    } else if (auto const* const list = node.as_array()) {
        std::vector<TomlValue> items;
        items.reserve(list->size());
        for (auto const& item : *list) items.push_back(value_of(item, spelling));
        out.value = std::move(items);
    } else if (auto const* const table = node.as_table()) {
        std::vector<TomlMember> members;
        members.reserve(table->size());
        for (auto const& [key, inner] : *table)
            members.push_back({spelling.read(key.str()), value_of(inner, spelling)});
        std::ranges::sort(members, {}, &TomlMember::key);
        out.value = std::move(members);
    }
    return out;
}

/// The line of the first bytes that are no UTF-8.
std::size_t broken_line(std::string_view text) {
    std::size_t line = 1;
    for (auto const one : split(text, '\n')) {
        if (!is_valid_utf8(one)) return line;
        ++line;
    }
    return line;
}

}  // namespace

std::span<TomlMember const> TomlValue::members() const {
    auto const* const table = std::get_if<std::vector<TomlMember>>(&value);
    return table != nullptr ? std::span<TomlMember const>(*table) : std::span<TomlMember const>();
}

TomlValue const* TomlValue::get(std::string_view key) const {
    auto const all = members();
    auto const found = std::ranges::lower_bound(all, key, {}, &TomlMember::key);
    return found != all.end() && found->key == key ? &found->value : nullptr;
}

Result<TomlValue> parse_toml(std::string_view text, std::string_view name) {
    if (text.size() > most_bytes)
        return fail(Code::limit, fmt::format("{}: at most {} bytes are read", name, most_bytes));
    if (!is_valid_utf8(text)) return fail(Code::invalid, fmt::format("{}:{}: not UTF-8", name, broken_line(text)));
    auto const spelling = Spelling::for_text(text);
    if (!spelling) return fail(Code::limit, fmt::format("{}: too many different signs next to each other", name));
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    auto const spelled = spelling->spelled(text);
    auto const parsed = toml::parse(spelled, name);
    if (parsed) return value_of(parsed.table(), *spelling);
    auto const& error = parsed.error();
    auto const at = error.source().begin;
    if (spelling->is_at(spelled, at.line, at.column))
        return fail(Code::invalid, fmt::format("{}:{}: a character beyond ASCII outside of quotes", name, at.line));
    return fail(Code::invalid, fmt::format("{}:{}: {}", name, at.line, spelling->read(error.description())));
}

}  // namespace tocsin::formats
