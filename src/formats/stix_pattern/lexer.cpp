#include "formats/stix_pattern/lexer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace tocsin::formats::stix_pattern {
namespace {

constexpr std::array<std::string_view, 18> reserved{
    "AND", "EXISTS", "FOLLOWEDBY", "IN",      "ISSUBSET", "ISSUPERSET", "LAST",  "LIKE",   "MATCHES",
    "NOT", "OR",     "REPEATS",    "SECONDS", "START",    "STOP",       "TIMES", "WITHIN", "true"};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool starts_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool continues_name(char c) {
    return starts_name(c) || is_digit(c);
}

/// The length of a blank of the grammar at the front of `text`; 0 if there is none.
std::size_t blank_length(std::string_view text) {
    if (std::string_view(" \t\r\n\v\f").contains(text.front())) return 1;
    static constexpr std::array<std::string_view, 18> wide{"\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002",
                                                           "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
                                                           "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f"};
    for (auto const blank : wide)
        if (text.starts_with(blank)) return blank.size();
    return text.starts_with("\u3000") ? 3 : 0;
}

/// For a message: not much, and no half characters.
std::string shortened(std::string_view text) {
    auto shown = text.substr(0, 80);
    while (!is_utf8(shown)) shown.remove_suffix(1);
    return std::string(shown) + (shown.size() < text.size() ? "..." : "");
}

class Lexer {
  public:
    Lexer(std::string_view pattern, std::size_t most) : all_(pattern), most_(most) {}

    Result<std::vector<Token>> run() {
        for (;;) {
            CHECK(skip_blanks());
            if (tokens_.size() >= most_)
                return fail(Code::limit, fmt::format("the pattern has more than {} words", most_));
            Token token;
            token.at = at_;
            if (at_ < all_.size()) CHECK(read(token));
            token.source = all_.substr(token.at, at_ - token.at);
            bool const end = token.kind == TokenKind::end;
            tokens_.push_back(std::move(token));
            if (end) return std::move(tokens_);
        }
    }

  private:
    std::string_view rest() const { return all_.substr(at_); }

    std::unexpected<Error> wrong(std::size_t at, std::string_view found, std::string_view expected) const {
        return std::unexpected(syntax_error(all_, at, found, expected));
    }

    Status skip_blanks() {
        while (at_ < all_.size()) {
            if (auto const length = blank_length(rest()); length > 0) {
                at_ += length;
            } else if (rest().starts_with("//")) {
                at_ = std::min(all_.find_first_of("\r\n", at_), all_.size());
            } else if (rest().starts_with("/*")) {
                auto const end = all_.find("*/", at_ + 2);
                if (end == std::string_view::npos) return wrong(at_, "a comment without an end", "*/");
                at_ = end + 2;
            } else {
                break;
            }
        }
        return {};
    }

    Status read(Token& token) {
        char const c = all_[at_];
        char const next = at_ + 1 < all_.size() ? all_[at_ + 1] : '\0';
        if (c == '\'') return read_text(token);
        if (next == '\'' && (c == 'h' || c == 'b' || c == 't')) return read_literal(token, c);
        if (is_digit(c) || c == '+' || c == '-' || (c == '.' && is_digit(next))) return read_number(token);
        if (starts_name(c)) return read_word(token);
        return read_sign(token);
    }

    Status read_word(Token& token) {
        token.kind = TokenKind::word;
        while (at_ < all_.size() && (continues_name(all_[at_]) || all_[at_] == '-')) ++at_;
        return {};
    }

    Status read_sign(Token& token) {
        token.kind = TokenKind::sign;
        static constexpr std::array<std::string_view, 17> signs{"==", "!=", "<>", "<=", ">=", "=", "<", ">", "[",
                                                                "]",  "(",  ")",  ",",  ".",  ":", "*", "!"};
        for (auto const sign : signs) {
            if (!rest().starts_with(sign) || sign == "!") continue;
            at_ += sign.size();
            return {};
        }
        std::size_t length = 1;
        while (at_ + length < all_.size() && (static_cast<unsigned char>(all_[at_ + length]) & 0xc0) == 0x80) ++length;
        return wrong(at_, fmt::format("\"{}\"", all_.substr(at_, length)), "a word, a constant or an operator");
    }

    /// A text in quotes; the backslash stands before a quote or a backslash only.
    Status read_text(Token& token) {
        token.kind = TokenKind::text;
        for (++at_; at_ < all_.size(); ++at_) {
            if (all_[at_] == '\'') {
                ++at_;
                return {};
            }
            if (all_[at_] == '\\') {
                if (at_ + 1 >= all_.size() || (all_[at_ + 1] != '\'' && all_[at_ + 1] != '\\'))
                    return wrong(at_, "a backslash alone", R"(\\ for a backslash or \' for a quote)");
                ++at_;
            }
            token.value.push_back(all_[at_]);
        }
        return wrong(token.at, "a text without an end", "a closing '");
    }

    Status read_literal(Token& token, char letter) {
        auto const open = at_ + 1;
        auto const close = all_.find('\'', open + 1);
        if (close == std::string_view::npos) return wrong(token.at, "a constant without an end", "a closing '");
        auto const inner = all_.substr(open + 1, close - open - 1);
        at_ = close + 1;
        auto const written = fmt::format("{}'{}'", letter, shortened(inner));
        if (letter == 't') {
            token.kind = TokenKind::timestamp;
            auto const time = strict_timestamp(inner);
            if (!time) return wrong(token.at, written, "a time like t'2026-11-23T10:00:00Z'");
            token.timestamp = *time;
            return {};
        }
        token.kind = TokenKind::bytes;
        auto bytes = letter == 'h' ? from_hex(inner) : from_base64(inner);
        if (!bytes)
            return wrong(token.at, written,
                         letter == 'h' ? "pairs of hexadecimal digits" : "base64 (RFC 4648 section 4)");
        token.value = *std::move(bytes);
        return {};
    }

    Status read_number(Token& token) {
        auto const begin = at_;
        if (all_[at_] == '+' || all_[at_] == '-') ++at_;
        auto const digits = at_;
        while (at_ < all_.size() && is_digit(all_[at_])) ++at_;
        auto const whole = at_ - digits;
        bool const fraction = at_ + 1 < all_.size() && all_[at_] == '.' && is_digit(all_[at_ + 1]);
        if (fraction)
            for (++at_; at_ < all_.size() && is_digit(all_[at_]); ++at_) {
            }
        auto const written = all_.substr(begin, at_ - begin);
        auto const found = written.substr(0, 80);
        if (whole == 0 && !fraction) return wrong(begin, fmt::format("\"{}\"", found), "a number");
        if (!fraction && whole > 1 && all_[digits] == '0')
            return wrong(begin, found, "an integer without leading zeros");
        auto text = std::string(written.substr(written.front() == '+' ? 1 : 0));
        auto const minus = static_cast<std::size_t>(text.front() == '-');
        if (text[minus] == '.') text.insert(minus, "0");
        auto const* const end = text.data() + text.size();
        token.kind = fraction ? TokenKind::decimal : TokenKind::integer;
        if (!fraction && std::from_chars(text.data(), end, token.integer).ec != std::errc())
            return wrong(begin, found, "an integer of at most 64 bits");
        if (std::from_chars(text.data(), end, token.decimal).ec != std::errc())
            return wrong(begin, found, "a number that a double can hold");
        return {};
    }

    std::string_view all_;
    std::size_t most_;
    std::size_t at_ = 0;
    std::vector<Token> tokens_;
};

}  // namespace

Error syntax_error(std::string_view pattern, std::size_t at, std::string_view found, std::string_view expected) {
    std::size_t line = 1, column = 1;
    for (std::size_t i = 0; i < at && i < pattern.size(); ++i) {
        if (pattern[i] == '\n') {
            ++line;
            column = 1;
        } else if ((static_cast<unsigned char>(pattern[i]) & 0xc0) != 0x80) {
            ++column;
        }
    }
    return {Code::invalid, fmt::format("line {}, column {}: found {}, expected {}", line, column, found, expected)};
}

std::string described(Token const& token) {
    return token.kind == TokenKind::end ? "the end" : shortened(token.source);
}

Result<std::vector<Token>> tokens_of(std::string_view pattern, std::size_t most) {
    return Lexer(pattern, most).run();
}

bool is_reserved(std::string_view word) {
    return word == "false" || std::ranges::find(reserved, word) != reserved.end();
}

bool is_plain_name(std::string_view word) {
    return !word.empty() && starts_name(word.front()) && std::ranges::all_of(word, continues_name);
}

std::optional<Timestamp> strict_timestamp(std::string_view text) {
    constexpr std::string_view form = "0000-00-00T00:00:00";
    if (text.size() < form.size() + 1 || text.back() != 'Z') return std::nullopt;
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] == '0' ? !is_digit(text[i]) : form[i] != text[i]) return std::nullopt;
    auto const fraction = text.substr(form.size(), text.size() - form.size() - 1);
    if (!fraction.empty() &&
        (fraction.front() != '.' || fraction.size() < 2 || !std::ranges::all_of(fraction.substr(1), is_digit)))
        return std::nullopt;
    // Digits behind the microsecond are cut off here, so that their number does not matter.
    auto const time =
        parse_timestamp(std::string(text.substr(0, form.size())) + std::string(fraction.substr(0, 7)) + "Z");
    return time ? std::optional(*time) : std::nullopt;
}

}  // namespace tocsin::formats::stix_pattern
