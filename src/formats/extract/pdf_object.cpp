#include "formats/extract/pdf_object.hpp"

#include <algorithm>

namespace tocsin::formats::pdf {
namespace {

constexpr int deepest = 32;
constexpr std::size_t most_values = 200'000;
constexpr double largest = 1e12;

bool is_delimiter(char c) {
    return std::string_view("()<>[]{}/%").find(c) != std::string_view::npos;
}
bool is_regular(char c) {
    return !is_pdf_space(c) && !is_delimiter(c);
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

bool is_pdf_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\0';
}

Object const& Object::operator[](std::string_view key) const {
    static Object const none;
    if (kind != Kind::dictionary) return none;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2)
        if (items[i].text == key) return items[i + 1];
    return none;
}

std::int64_t Object::whole(std::int64_t otherwise, std::int64_t low, std::int64_t high) const {
    if (kind != Kind::number || number < static_cast<double>(low) || number > static_cast<double>(high))
        return otherwise;
    return static_cast<std::int64_t>(number);
}

Object Lexer::next(bool references) {
    values_ = 0;
    return value(references, 0);
}

void Lexer::skip_space() {
    while (at_ < bytes_.size()) {
        if (bytes_[at_] == '%')
            at_ = std::min(bytes_.find_first_of("\r\n", at_), bytes_.size());
        else if (is_pdf_space(bytes_[at_]))
            ++at_;
        else
            return;
    }
}

Object Lexer::value(bool references, int depth) {
    skip_space();
    ++values_;
    Object end;
    end.kind = Object::Kind::end;
    if (at_ >= bytes_.size()) return end;
    char const c = bytes_[at_];
    if (c == '/') return name();
    if (c == '(') return string();
    if (c == '<' && peek(1) != '<') return hexadecimal();
    if (c == '<' || c == '[') return container(references, depth, c == '<');
    if (is_digit(c) || c == '+' || c == '-' || c == '.') return number_or_reference(references);
    return keyword();
}

Object Lexer::number_or_reference(bool references) {
    auto first = number();
    if (!references || !first.is(Object::Kind::number) || first.number < 0 || first.number > 1e9) return first;
    auto const behind = at_;
    skip_space();
    auto const digits = at_;
    while (is_digit(peek())) ++at_;
    if (at_ > digits && at_ - digits <= 5 && is_pdf_space(peek())) {
        skip_space();
        if (peek() == 'R' && !is_regular(peek(1) == '\0' ? ' ' : peek(1))) {
            ++at_;
            first.kind = Object::Kind::reference;
            return first;
        }
    }
    at_ = behind;
    return first;
}

Object Lexer::number() {
    Object out;
    out.kind = Object::Kind::number;
    bool const negative = peek() == '-';
    while (peek() == '-' || peek() == '+') ++at_;
    double scale = 0;
    for (; is_digit(peek()) || peek() == '.' || peek() == '-'; ++at_) {
        if (peek() == '.') {
            scale = scale == 0 ? 1 : scale;
        } else if (is_digit(peek()) && scale == 0) {
            out.number = std::min(out.number * 10 + (peek() - '0'), largest);
        } else if (is_digit(peek())) {
            scale /= 10;
            out.number += scale * (peek() - '0');
        }
    }
    if (negative) out.number = -out.number;
    if (at_ < bytes_.size() && is_regular(bytes_[at_])) {  // "12abc" is a word
        auto word = keyword();
        return word;
    }
    return out;
}

Object Lexer::name() {
    Object out;
    out.kind = Object::Kind::name;
    for (++at_; at_ < bytes_.size() && is_regular(bytes_[at_]); ++at_) {
        char c = bytes_[at_];
        if (c == '#' && hex_value(peek(1)) >= 0 && hex_value(peek(2)) >= 0) {
            c = static_cast<char>(hex_value(peek(1)) * 16 + hex_value(peek(2)));
            at_ += 2;
        }
        if (out.text.size() < 127) out.text += c;
    }
    return out;
}

void Lexer::escape(std::string& out) {
    char const c = peek();
    if (c >= '0' && c <= '7') {
        int code = 0;
        for (int i = 0; i < 3 && peek() >= '0' && peek() <= '7'; ++i, ++at_) code = code * 8 + (peek() - '0');
        out += static_cast<char>(code & 0xFF);
        return;
    }
    ++at_;
    if (c == '\r' && peek() == '\n') ++at_;
    if (c == '\r' || c == '\n') return;
    constexpr std::string_view from = "nrtbf", to = "\n\r\t\b\f";
    auto const found = from.find(c);
    out += found == std::string_view::npos ? c : to[found];
}

Object Lexer::string() {
    Object out;
    out.kind = Object::Kind::string;
    int open = 1;
    for (++at_; at_ < bytes_.size();) {
        char const c = bytes_[at_++];
        if (c == '\\') {
            if (at_ < bytes_.size()) escape(out.text);
            continue;
        }
        if (c == '(') ++open;
        if (c == ')' && --open == 0) break;
        out.text += c;
    }
    return out;
}

Object Lexer::hexadecimal() {
    Object out;
    out.kind = Object::Kind::string;
    int high = -1;
    for (++at_; at_ < bytes_.size();) {
        char const c = bytes_[at_++];
        if (c == '>') break;
        int const digit = hex_value(c);
        if (digit < 0) continue;
        if (high < 0) {
            high = digit;
        } else {
            out.text += static_cast<char>(high * 16 + digit);
            high = -1;
        }
    }
    if (high >= 0) out.text += static_cast<char>(high * 16);
    return out;
}

Object Lexer::keyword() {
    Object out;
    out.kind = Object::Kind::keyword;
    auto const start = at_;
    while (at_ < bytes_.size() && is_regular(bytes_[at_])) ++at_;
    if (at_ == start) ++at_;  // a bracket that closes nothing
    out.text = bytes_.substr(start, std::min<std::size_t>(at_ - start, 32));
    if (out.text == "null") out.kind = Object::Kind::null;
    if (out.text == "true" || out.text == "false") {
        out.kind = Object::Kind::boolean;
        out.number = out.text == "true" ? 1 : 0;
    }
    return out;
}

Object Lexer::container(bool references, int depth, bool dictionary) {
    Object out;
    out.kind = dictionary ? Object::Kind::dictionary : Object::Kind::array;
    at_ += dictionary ? 2 : 1;
    while (true) {
        skip_space();
        if (at_ >= bytes_.size()) break;
        if (dictionary && peek() == '>') {
            at_ += peek(1) == '>' ? 2 : 1;
            break;
        }
        if (!dictionary && peek() == ']') {
            ++at_;
            break;
        }
        auto const before = at_;
        if (depth >= deepest) {  // too deep: its parts are read as if they stood beside it
            ++at_;
            continue;
        }
        auto item = value(references, depth + 1);
        if (item.is_keyword("endobj") || item.is_keyword("stream") || item.is_keyword("obj")) {
            at_ = before;  // never closed
            break;
        }
        if (dictionary && out.items.size() % 2 == 0 && !item.is(Object::Kind::name)) continue;
        if (values_ <= most_values) out.items.push_back(std::move(item));
    }
    return out;
}

}  // namespace tocsin::formats::pdf
