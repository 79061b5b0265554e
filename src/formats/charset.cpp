#include "formats/charset.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <simdjson.h>
#include <vector>

namespace tocsin::formats {
namespace {

constexpr char32_t replacement = 0xFFFD;

/// Windows-1252 from 0x80 to 0x9f.
constexpr std::array<char16_t, 32> windows_1252 = {0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                   0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
                                                   0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                   0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};

/// Bytes that were read ahead, then the source they came from.
class Ahead final : public ByteSource {
  public:
    Ahead(std::string ahead, std::unique_ptr<ByteSource> source)
        : ahead_(std::move(ahead)), source_(std::move(source)) {}
    Result<std::size_t> read(std::span<char> into) override {
        if (ahead_.empty()) return source_->read(into);
        auto const size = ahead_.copy(into.data(), into.size());
        ahead_.erase(0, size);
        return size;
    }

  private:
    std::string ahead_;
    std::unique_ptr<ByteSource> source_;
};

class Utf16 final : public ByteSource {
  public:
    Utf16(std::unique_ptr<ByteSource> source, bool big_endian) : source_(std::move(source)), big_endian_(big_endian) {}

    Result<std::size_t> read(std::span<char> into) override {
        while (at_ == text_.size()) {
            text_.clear();
            at_ = 0;
            if (ended_) return std::size_t{0};
            CHECK(decode_some());
        }
        auto const size = text_.copy(into.data(), into.size(), at_);
        at_ += size;
        return size;
    }

  private:
    Status decode_some() {
        std::array<char, 32768> piece;
        TRY(auto const size, source_->read(piece));
        if (size == 0) {
            ended_ = true;
            if (has_half_ || high_ != 0) append_utf8(text_, replacement);
            return {};
        }
        for (char const c : std::span(piece).first(size)) {
            auto const byte = static_cast<unsigned char>(c);
            if (!has_half_) {
                half_ = byte;
                has_half_ = true;
                continue;
            }
            has_half_ = false;
            take(static_cast<char16_t>(big_endian_ ? half_ << 8U | byte : static_cast<unsigned>(byte) << 8U | half_));
        }
        return {};
    }

    void take(char16_t unit) {
        bool const is_high = unit >= 0xD800 && unit < 0xDC00;
        bool const is_low = unit >= 0xDC00 && unit < 0xE000;
        if (high_ != 0 && is_low) {
            append_utf8(text_, 0x10000 + (static_cast<char32_t>(high_ - 0xD800) << 10) + (unit - 0xDC00u));
            high_ = 0;
            return;
        }
        if (high_ != 0) append_utf8(text_, replacement);
        high_ = is_high ? unit : u'\0';
        if (!is_high) append_utf8(text_, is_low ? replacement : char32_t{unit});
    }

    std::unique_ptr<ByteSource> source_;
    bool big_endian_;
    std::string text_;
    std::size_t at_ = 0;
    unsigned half_ = 0;
    bool has_half_ = false;
    char16_t high_ = 0;
    bool ended_ = false;
};

/// Text without a mark whose every second byte is zero.
bool looks_like_utf16(std::string_view text, bool big_endian) {
    if (text.size() < 8) return false;
    for (std::size_t i = 0; i + 1 < std::min<std::size_t>(text.size(), 16); i += 2) {
        char const high = text[big_endian ? i : i + 1], low = text[big_endian ? i + 1 : i];
        if (high != 0 || low == 0) return false;
    }
    return true;
}

}  // namespace

void append_utf8(std::string& out, char32_t c) {
    auto const byte = [&](char32_t bits) { out += static_cast<char>(bits); };
    if (c < 0x80) {
        byte(c);
    } else if (c < 0x800) {
        byte(0xC0 | c >> 6);
        byte(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        byte(0xE0 | c >> 12);
        byte(0x80 | (c >> 6 & 0x3F));
        byte(0x80 | (c & 0x3F));
    } else {
        byte(0xF0 | c >> 18);
        byte(0x80 | (c >> 12 & 0x3F));
        byte(0x80 | (c >> 6 & 0x3F));
        byte(0x80 | (c & 0x3F));
    }
}

bool is_valid_utf8(std::string_view text) {
    return simdjson::validate_utf8(text.data(), text.size());
}

std::string from_latin1(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 4);
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        append_utf8(text, byte >= 0x80 && byte < 0xA0 ? char32_t{windows_1252[byte - 0x80u]} : char32_t{byte});
    }
    return text;
}

Result<std::unique_ptr<ByteSource>> to_utf8(std::unique_ptr<ByteSource> source) {
    std::string ahead;
    std::array<char, 16> piece;
    while (ahead.size() < piece.size()) {
        TRY(auto const size, source->read(std::span(piece).first(piece.size() - ahead.size())));
        if (size == 0) break;
        ahead.append(piece.data(), size);
    }
    std::string_view const text = ahead;
    if (text.starts_with(std::string_view("\xFF\xFE\0\0", 4)) || text.starts_with(std::string_view("\0\0\xFE\xFF", 4)))
        return fail(Code::invalid, "the text is UTF-32; expected UTF-8, UTF-16 or Latin-1");
    bool const marked_le = text.starts_with("\xFF\xFE"), marked_be = text.starts_with("\xFE\xFF");
    bool const little = marked_le || (!marked_be && looks_like_utf16(text, false));
    bool const big = marked_be || (!marked_le && looks_like_utf16(text, true));
    if (text.starts_with("\xEF\xBB\xBF"))
        ahead.erase(0, 3);
    else if (marked_le || marked_be)
        ahead.erase(0, 2);
    std::unique_ptr<ByteSource> whole = std::make_unique<Ahead>(std::move(ahead), std::move(source));
    if (little || big) whole = std::make_unique<Utf16>(std::move(whole), big);
    return whole;
}

}  // namespace tocsin::formats
