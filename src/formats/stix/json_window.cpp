#include "formats/stix/json_window.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tocsin::formats::stix {
namespace {

constexpr std::size_t block_size = 64;
constexpr std::size_t piece = std::size_t{1} << 18;
constexpr std::string_view torn_text = "the closing quote of a text before the end of the line";
constexpr std::size_t deepest = 4096;  ///< brackets deeper than this are only counted

/// Which of 64 bytes are what; bit i is byte i.
struct Block {
    std::uint64_t quote = 0;
    std::uint64_t backslash = 0;
    std::uint64_t open = 0;
    std::uint64_t close = 0;
    std::uint64_t white = 0;  ///< a space or a control character
    std::uint64_t newline = 0;
};

#if defined(__SSE2__)
Block classify(char const* bytes) {
    Block block;
    for (int i = 0; i < 4; ++i) {
        __m128i const part = _mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes + i * 16));
        auto const mask = [&](__m128i hits) {
            return std::uint64_t{static_cast<std::uint16_t>(_mm_movemask_epi8(hits))} << (i * 16);
        };
        auto const equal = [&](__m128i value, char wanted) {
            return mask(_mm_cmpeq_epi8(value, _mm_set1_epi8(wanted)));
        };
        __m128i const folded = _mm_or_si128(part, _mm_set1_epi8(0x20));  // [ and { are one, ] and } are one
        block.quote |= equal(part, '"');
        block.backslash |= equal(part, '\\');
        block.open |= equal(folded, '{');
        block.close |= equal(folded, '}');
        block.white |= equal(_mm_max_epu8(part, _mm_set1_epi8(0x20)), 0x20);
        block.newline |= equal(part, '\n');
    }
    return block;
}
#else
Block classify(char const* bytes) {
    Block block;
    for (unsigned i = 0; i < block_size; ++i) {
        auto const bit = std::uint64_t{1} << i;
        char const c = bytes[i];
        if (c == '"') block.quote |= bit;
        if (c == '\\') block.backslash |= bit;
        if (c == '{' || c == '[') block.open |= bit;
        if (c == '}' || c == ']') block.close |= bit;
        if (static_cast<unsigned char>(c) <= 0x20) block.white |= bit;
        if (c == '\n') block.newline |= bit;
    }
    return block;
}
#endif

/// Bit i of the result is the parity of bits 0..i.
std::uint64_t prefix_xor(std::uint64_t bits) {
    for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    return bits;
}

std::uint64_t low_bits(std::size_t count) {
    return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

/// Bytes that a backslash makes plain. `carry`: the byte before the block was such a backslash.
std::uint64_t escaped_by(std::uint64_t backslash, bool& carry) {
    if (backslash == 0) {
        auto const first = std::uint64_t{carry};
        carry = false;
        return first;
    }
    std::uint64_t escaped = carry ? 1 : 0;
    carry = false;
    for (auto rest = backslash & ~escaped; rest != 0;) {
        auto const at = std::countr_zero(rest);
        if (at == 63) {
            carry = true;
            break;
        }
        escaped |= std::uint64_t{2} << at;
        rest &= ~(std::uint64_t{3} << at);
    }
    return escaped;
}

/// What one block hands to the next about texts.
struct TextCarry {
    bool is_escaped = false;
    std::uint64_t is_inside = 0;  ///< all ones: within a text
};

/// Bytes within texts; the opening quote is one, the closing quote is not. Texts end at line breaks: those are `torn`.
std::uint64_t texts_of(Block const& block, std::uint64_t valid, TextCarry& carry, std::uint64_t& torn) {
    std::uint64_t quotes = block.quote & ~escaped_by(block.backslash & valid, carry.is_escaped) & valid;
    std::uint64_t inside = prefix_xor(quotes) ^ carry.is_inside;
    torn = 0;
    while (auto const hit = block.newline & inside & valid) {
        auto const first = hit & (~hit + 1);
        torn |= first;
        quotes ^= first;
        inside = prefix_xor(quotes) ^ carry.is_inside;
    }
    carry.is_inside = static_cast<std::uint64_t>(static_cast<std::int64_t>(inside) >> 63);
    return inside;
}

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// White space as RFC 8259 has it.
std::uint64_t spaces_of(char const* bytes) {
    std::uint64_t spaces = 0;
#if defined(__SSE2__)
    for (int i = 0; i < 4; ++i) {
        __m128i const part = _mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes + i * 16));
        auto const equal = [&](char wanted) { return _mm_cmpeq_epi8(part, _mm_set1_epi8(wanted)); };
        __m128i const hits =
            _mm_or_si128(_mm_or_si128(equal(' '), equal('\n')), _mm_or_si128(equal('\r'), equal('\t')));
        spaces |= std::uint64_t{static_cast<std::uint16_t>(_mm_movemask_epi8(hits))} << (i * 16);
    }
#else
    for (unsigned i = 0; i < block_size; ++i)
        if (is_space(bytes[i])) spaces |= std::uint64_t{1} << i;
#endif
    return spaces;
}

}  // namespace

struct JsonWindow::Scan {
    TextCarry texts;
    std::size_t too_deep = 0;
    char last = '\0';  ///< the last byte of structure before the block
};

void JsonWindow::make_room() {
    if (buffer_.size() >= end_ + piece / 2 + block_size) return;
    auto const first = is_pinned_ ? keep_ : at_;
    if (first > 0) {
        count_lines(first);
        std::memmove(buffer_.data(), buffer_.data() + first, end_ - first);
        base_ += first;
        at_ -= first;
        end_ -= first;
        keep_ -= std::min(keep_, first);
        counted_ -= first;
    }
    if (buffer_.size() < end_ + piece / 2 + block_size) buffer_.resize(std::max(piece, end_ * 2) + block_size);
}

Result<bool> JsonWindow::fill() {
    if (is_at_end_) return false;
    make_room();
    TRY(auto const got, source_.read(std::span<char>(buffer_).subspan(end_, buffer_.size() - end_ - block_size)));
    is_at_end_ = got == 0;
    end_ += got;
    return got > 0;
}

void JsonWindow::count_lines(std::size_t to) {
    if (to <= counted_) return;
    line_ += static_cast<std::uint64_t>(std::count(buffer_.data() + counted_, buffer_.data() + to, '\n'));
    counted_ = to;
}

std::uint64_t JsonWindow::line() {
    count_lines(at_);
    return line_;
}

Result<int> JsonWindow::peek() {
    while (true) {
        while (at_ < end_ && is_space(buffer_[at_])) ++at_;
        if (at_ < end_) return static_cast<unsigned char>(buffer_[at_]);
        check_length();
        TRY(bool const more, fill());
        if (!more) return -1;
    }
}

Status JsonWindow::skip_to(std::string_view stops) {
    while (true) {
        auto const found = std::string_view(buffer_.data() + at_, end_ - at_).find_first_of(stops);
        at_ = found == std::string_view::npos ? end_ : at_ + found;
        if (at_ < end_) return {};
        check_length();
        TRY(bool const more, fill());
        if (!more) return {};
    }
}

void JsonWindow::pin() {
    is_pinned_ = true;
    is_too_long_ = false;
    keep_ = at_;
}

void JsonWindow::check_length() {
    if (!is_pinned_ || at_ - keep_ <= longest_) return;
    is_pinned_ = false;
    is_too_long_ = true;
}

std::string_view JsonWindow::minified() {
    if (!has_white_) return pinned();
    count_lines(at_);
    char* const first = buffer_.data() + keep_;
    char* to = first;
    TextCarry texts;
    std::uint64_t torn = 0;
    for (std::size_t from = keep_; from < at_; from += block_size) {
        char const* const bytes = buffer_.data() + from;
        auto const valid = low_bits(at_ - from);
        auto const block = classify(bytes);
        auto const inside = texts_of(block, valid, texts, torn);
        auto kept = valid & (inside | ~spaces_of(bytes));
        while (kept != 0) {
            auto const start = std::countr_zero(kept);
            auto const length = std::countr_one(kept >> start);
            std::memmove(to, bytes + start, static_cast<std::size_t>(length));
            to += length;
            kept &= ~(low_bits(static_cast<std::size_t>(length)) << start);
        }
    }
    return {first, static_cast<std::size_t>(to - first)};
}

Result<JsonWindow::Walk> JsonWindow::walk_value() {
    TRY(int const c, peek());
    if (c == '{' || c == '[') return walk_nested();
    if (c == '"') return walk_text();
    return walk_bare();
}

/// A number, a word, or what stands in their place.
Result<JsonWindow::Walk> JsonWindow::walk_bare() {
    auto const from = offset();
    fault_ = {};
    CHECK(skip_to(",}] \n\r\t:{[\""));
    if (offset() > from) return Walk::whole;
    fault_ = "a value";
    return at_ == end_ ? Walk::cut : Walk::broken;
}

Result<JsonWindow::Walk> JsonWindow::walk_text() {
    ++at_;
    fault_ = "the closing quote of a text";
    while (true) {
        CHECK(skip_to("\"\\\n"));
        if (at_ == end_) return Walk::cut;
        char const c = buffer_[at_++];
        if (c == '"') {
            fault_ = {};
            return Walk::whole;
        }
        if (c == '\n') {
            fault_ = torn_text;
            return Walk::broken;
        }
        if (at_ == end_) CHECK(fill());
        if (at_ < end_ && buffer_[at_] != '\n') ++at_;
    }
}

Result<JsonWindow::Walk> JsonWindow::walk_nested() {
    Scan scan;
    stack_.clear();
    fault_ = {};
    has_white_ = false;
    while (true) {
        while (end_ - at_ < block_size && !is_at_end_) {
            check_length();
            CHECK(fill());
        }
        auto const size = std::min(block_size, end_ - at_);
        if (size == 0) {
            blame("the end of the object");
            return Walk::cut;
        }
        char const* const bytes = buffer_.data() + at_;
        auto const valid = low_bits(size);
        auto const block = classify(bytes);
        std::uint64_t torn = 0;
        auto const outside = ~texts_of(block, valid, scan.texts, torn) & valid;
        auto const structure = (outside & ~block.white) | torn;  // where a text was torn, something ended
        for (auto rest = (block.open | block.close) & outside; rest != 0; rest &= rest - 1) {
            auto const at = static_cast<std::size_t>(std::countr_zero(rest));
            auto const before = structure & low_bits(at);
            auto const step = bracket(scan, bytes[at], before == 0 ? scan.last : bytes[63 - std::countl_zero(before)]);
            if (step == Step::on) continue;
            if ((torn & low_bits(at)) != 0) blame(torn_text);
            has_white_ |= (block.white & outside & low_bits(at)) != 0;
            at_ += step == Step::ended ? at + 1 : at;
            check_length();
            return fault_.empty() ? Walk::whole : Walk::broken;
        }
        if (torn != 0) blame(torn_text);
        if (structure != 0) scan.last = bytes[63 - std::countl_zero(structure)];
        has_white_ |= (block.white & outside) != 0;
        at_ += size;
    }
}

JsonWindow::Step JsonWindow::bracket(Scan& scan, char bracket, char before) {
    return bracket == '{' || bracket == '[' ? open(scan, bracket, before) : close(scan, bracket);
}

JsonWindow::Step JsonWindow::open(Scan& scan, char bracket, char before) {
    if (scan.too_deep > 0 || stack_.size() >= deepest) {
        ++scan.too_deep;
        blame("less nesting");
        return Step::on;
    }
    // In an object a value follows a colon: one that does not belongs to whatever is around what was left open.
    if (!stack_.empty() && stack_.back() == '{' && before != ':') {
        blame(bracket == '{' ? "} before the next object" : "a : before [");
        auto const list = stack_.rfind('[');
        if (bracket == '{' && list == std::string::npos) return Step::ended_before;
        if (bracket == '{') stack_.resize(list + 1);
    }
    stack_.push_back(bracket);
    return Step::on;
}

JsonWindow::Step JsonWindow::close(Scan& scan, char bracket) {
    if (scan.too_deep > 0) {
        --scan.too_deep;
        return Step::on;
    }
    char const wanted = bracket == '}' ? '{' : '[';
    if (stack_.back() != wanted) {
        blame(stack_.back() == '{' ? "} instead of ]" : "] instead of }");
        auto const partner = stack_.rfind(wanted);
        if (partner == std::string::npos) return wanted == '[' ? Step::ended_before : Step::on;
        stack_.resize(partner + 1);
    }
    stack_.pop_back();
    return stack_.empty() ? Step::ended : Step::on;
}

}  // namespace tocsin::formats::stix
