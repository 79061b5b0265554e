#include "formats/extract/refang.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace tocsin::formats {
namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
}
bool is_blank(char c) {
    return c == ' ' || c == '\t';
}
constexpr std::size_t most_blanks = 2;

struct Token {
    std::string_view inside, stands_for;
};
/// What stands between brackets. Longer ones first.
constexpr std::array tokens = {Token{"colon", ":"}, Token{"://", "://"}, Token{"dot", "."}, Token{"//", "//"},
                               Token{":/", ":/"},   Token{"at", "@"},    Token{".", "."},   Token{":", ":"},
                               Token{"/", "/"},     Token{"@", "@"}};

}  // namespace

Refanged::Refanged(std::string_view text, std::vector<TextRange> const& skipped) : text_(text) {
    plain_.reserve(text.size());
    auto range = skipped.begin();
    for (std::size_t at = 0; at < text_.size();) {
        if (range != skipped.end() && at >= range->begin) {
            skip(*range);
            at = std::max(at, range->end);
            ++range;
            continue;
        }
        std::size_t used = 0;
        switch (text_[at]) {
            case 'h':
            case 'H':
            case 'f':
            case 'F':
                used = scheme(at);
                break;
            case '[':
            case '(':
            case '{':
            case '.':
                used = bracket(at);
                break;
            case '\\':
                used = backslash(at);
                break;
            case '\xC2':
            case '\xE2':
            case '\xEF':
                used = special(at);
                break;
        }
        if (used == 0) {
            plain_ += text_[at];
            used = 1;
        }
        at += used;
    }
}

std::size_t Refanged::original(std::size_t at) const {
    auto const behind = std::ranges::upper_bound(edits_, at, {}, &Edit::plain_at);
    if (behind == edits_.begin()) return at;
    auto const& edit = *(behind - 1);
    return edit.original_at + (at - edit.plain_at);
}

bool Refanged::is_defanged(std::size_t begin, std::size_t end) const {
    auto edit = std::ranges::upper_bound(edits_, begin, {}, &Edit::plain_at);
    for (; edit != edits_.end() && edit->plain_at <= end; ++edit)
        if (edit->refang) return true;
    return false;
}

void Refanged::skip(TextRange range) {
    plain_ += '\n';
    edits_.push_back({plain_.size(), range.end, false});
}

/// `size` bytes from `from` on become `with`.
std::size_t Refanged::replace(std::string_view with, std::size_t from, std::size_t size, bool refang) {
    if (!with.empty() && original(plain_.size()) != from) edits_.push_back({plain_.size(), from, refang});
    plain_ += with;
    edits_.push_back({plain_.size(), from + size, refang});
    return size;
}

/// "hxxps", "h**p", "http[s]", "fxp" in front of a colon.
std::size_t Refanged::scheme(std::size_t at) {
    if (!plain_.empty() && is_word(plain_.back())) return 0;
    auto const rest = text_.substr(at, 16);
    auto const first = lowered(rest.substr(0, 4));
    constexpr std::string_view masks = "xt*+_-";
    bool const is_http =
        first.size() == 4 && first[0] == 'h' && first[3] == 'p' && masks.contains(first[1]) && masks.contains(first[2]);
    bool const is_ftp = first.starts_with("fxp");
    if (!is_http && !is_ftp) return 0;
    std::size_t size = is_http ? 4 : 3;
    std::string name = is_http ? "http" : "ftp";
    if (rest.substr(size, 3) == "[s]" || rest.substr(size, 3) == "(s)") {
        name += 's';
        size += 3;
    } else if (size < rest.size() && (rest[size] == 's' || rest[size] == 'S')) {
        name += 's';
        ++size;
    }
    auto const behind = rest.substr(size);
    bool const followed = behind.starts_with("://") || behind.starts_with("[:") || behind.starts_with("(:") ||
                          behind.starts_with("{:") || behind.starts_with("[colon") || behind.starts_with(":[/") ||
                          behind.starts_with(":\\\\");
    if (!followed) return 0;
    if (behind.starts_with(":\\\\")) return replace(name + "://", at, size + 3, true);
    return rest.substr(0, size) == name ? 0 : replace(name, at, size, true);
}

/// "[.]", "(dot)", " [at] ", "[://]", "[." and ".]".
std::size_t Refanged::bracket(std::size_t at) {
    bool const spaced = !plain_.empty() && is_blank(plain_.back());
    auto before = plain_.size();
    while (before > 0 && plain_.size() - before < most_blanks && is_blank(plain_[before - 1])) --before;
    if (before == 0) return 0;
    char const previous = plain_[before - 1];
    bool const after_mark = previous == ':' || previous == '/' || previous == ']' || previous == '.';
    if (!is_word(previous) && !after_mark) return 0;
    auto const peek = [&](std::size_t where) { return where < text_.size() ? text_[where] : '\0'; };
    if (text_[at] == '.') {
        bool const half = !spaced && peek(at + 1) == ']' && is_word(peek(at + 2)) && is_word(previous);
        return half ? replace(".", at, 2, true) : 0;
    }
    auto inside = at + 1;
    while (inside - at <= most_blanks && is_blank(peek(inside))) ++inside;
    auto const rest = lowered(text_.substr(inside, 5));
    for (auto const& token : tokens) {
        if (!rest.starts_with(token.inside)) continue;
        auto close = inside + token.inside.size();
        while (close - inside <= token.inside.size() + 1 && is_blank(peek(close))) ++close;
        bool const closed = peek(close) == ']' || peek(close) == ')' || peek(close) == '}';
        if (!closed) {
            bool const half =
                token.inside == "." && text_[at] == '[' && inside == at + 1 && !spaced && is_word(peek(close));
            return half && is_word(previous) ? replace(".", at, 2, true) : 0;
        }
        auto next = close + 1;
        while (next - close <= most_blanks && is_blank(peek(next))) ++next;
        bool const joins = token.stands_for == "." || token.stands_for == "@";
        if (joins && (!is_word(peek(next)) || !is_word(previous))) return 0;
        if (!joins && (spaced || is_blank(peek(close + 1)))) return 0;
        if (!joins && token.stands_for == ":" && !is_word(peek(next)) && peek(next) != '/' && peek(next) != '[')
            return 0;
        drop_spaces();
        return replace(token.stands_for, at, (joins ? next : close + 1) - at, true);
    }
    return 0;
}

void Refanged::drop_spaces() {
    while (!plain_.empty() && is_blank(plain_.back())) plain_.pop_back();
    while (!edits_.empty() && edits_.back().plain_at > plain_.size()) edits_.pop_back();
}

/// "evil\.example", but not in a path.
std::size_t Refanged::backslash(std::size_t at) {
    bool const between = !plain_.empty() && is_word(plain_.back()) && at + 2 < text_.size() && text_[at + 1] == '.' &&
                         is_word(text_[at + 2]);
    if (!between) return 0;
    constexpr std::size_t look_back = 64;
    for (auto i = plain_.size(); i > 0 && plain_.size() - i < look_back; --i) {
        if (plain_[i - 1] == '\\' || plain_[i - 1] == ':') return 0;
        if (is_blank(plain_[i - 1]) || plain_[i - 1] == '\n') break;
    }
    return replace(".", at, 2, true);
}

/// Characters that are not seen, other dots, hyphens and spaces.
std::size_t Refanged::special(std::size_t at) {
    auto const two = text_.substr(at, 2), three = text_.substr(at, 3);
    if (two == "\xC2\xAD") return replace("", at, 2, false);
    if (two == "\xC2\xA0") return replace(" ", at, 2, false);
    if (three == "\xE2\x80\x8B" || three == "\xE2\x81\xA0" || three == "\xEF\xBB\xBF") return replace("", at, 3, false);
    if (three == "\xE2\x80\x90" || three == "\xE2\x80\x91") return replace("-", at, 3, false);
    bool const dot = three == "\xE2\x80\xA4" || three == "\xEF\xBC\x8E";
    if (dot && !plain_.empty() && is_word(plain_.back())) return replace(".", at, 3, true);
    return 0;
}

}  // namespace tocsin::formats
