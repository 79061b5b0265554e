#include "formats/csv.hpp"

#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tocsin::formats {
namespace {

/// Which of 64 bytes are what; bit i is byte i.
struct Block {
    std::uint64_t quote = 0;
    std::uint64_t newline = 0;
    std::uint64_t delimiter = 0;
    std::uint64_t carriage_return = 0;
};

#if defined(__SSE2__)
Block classify(char const* bytes, CsvDialect dialect) {
    __m128i const quote = _mm_set1_epi8(dialect.quote);
    __m128i const newline = _mm_set1_epi8('\n');
    __m128i const delimiter = _mm_set1_epi8(dialect.delimiter);
    __m128i const carriage_return = _mm_set1_epi8('\r');
    Block block;
    for (int i = 0; i < 4; ++i) {
        __m128i const part = _mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes + i * 16));
        auto const mask = [&](__m128i wanted) {
            return std::uint64_t{static_cast<std::uint16_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(part, wanted)))}
                   << (i * 16);
        };
        block.quote |= mask(quote);
        block.newline |= mask(newline);
        block.delimiter |= mask(delimiter);
        block.carriage_return |= mask(carriage_return);
    }
    return block;
}
#else
Block classify(char const* bytes, CsvDialect dialect) {
    Block block;
    for (unsigned i = 0; i < 64; ++i) {
        auto const bit = std::uint64_t{1} << i;
        if (bytes[i] == dialect.quote) block.quote |= bit;
        if (bytes[i] == '\n') block.newline |= bit;
        if (bytes[i] == dialect.delimiter) block.delimiter |= bit;
        if (bytes[i] == '\r') block.carriage_return |= bit;
    }
    return block;
}
#endif

/// Bit i of the result is the parity of bits 0..i.
std::uint64_t prefix_xor(std::uint64_t bits) {
    for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    return bits;
}

/// What one block hands to the next.
struct Carry {
    std::uint64_t quoted = 0;        ///< all ones: inside a quoted field
    std::uint64_t may_open = 1;      ///< bit 0: a quote at the first byte opens a field
    std::uint64_t after_close = 0;   ///< bit 0: the byte before closed a field
    std::uint64_t after_return = 0;  ///< bit 0: the byte before was a carriage return behind a closed field
};

/// Newlines that end records; `fault` marks the first byte that does not fit well-formed records.
struct Ends {
    std::uint64_t newlines;
    std::uint64_t fault;
};

Ends ends_of(Block const& block, Carry& carry) {
    std::uint64_t const quoted = prefix_xor(block.quote) ^ carry.quoted;
    std::uint64_t const opening = block.quote & quoted;
    std::uint64_t const closing = block.quote & ~quoted;
    std::uint64_t const boundary = (block.delimiter | block.newline) & ~quoted;
    std::uint64_t const may_open = (boundary | closing) << 1 | carry.may_open;
    std::uint64_t const after_close = closing << 1 | carry.after_close;
    std::uint64_t const returns = after_close & block.carriage_return;
    std::uint64_t const after_return = returns << 1 | carry.after_return;
    std::uint64_t const fault =
        (opening & ~may_open) |
        (after_close & ~(block.delimiter | block.newline | block.carriage_return | block.quote)) |
        (after_return & ~block.newline);
    carry.quoted = static_cast<std::uint64_t>(static_cast<std::int64_t>(quoted) >> 63);
    carry.may_open = (boundary | closing) >> 63;
    carry.after_close = closing >> 63;
    carry.after_return = returns >> 63;
    return {block.newline & ~quoted, fault};
}

std::uint64_t low_bits(std::size_t count) {
    return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

/// The first `wanted` in [from, end), or `end`. May read up to 16 bytes behind `end`.
char const* find_byte(char const* from, char const* end, char wanted) {
#if defined(__SSE2__)
    __m128i const pattern = _mm_set1_epi8(wanted);
    while (from < end) {
        __m128i const part = _mm_loadu_si128(reinterpret_cast<__m128i const*>(from));
        auto const mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(part, pattern)));
        if (mask != 0) {
            auto const* const found = from + std::countr_zero(mask);
            return found < end ? found : end;
        }
        from += 16;
    }
    return end;
#else
    auto const* const found =
        from < end ? static_cast<char const*>(std::memchr(from, wanted, static_cast<std::size_t>(end - from)))
                   : nullptr;
    return found ? found : end;
#endif
}

/// Copies a quoted field that starts behind its opening quote, two quotes becoming one. Returns where it is closed, or
/// nullptr.
char const* unescape(char const* from, char const* end, char quote, char* out, std::size_t& written) {
    written = 0;
    while (true) {
        auto const* const stop = find_byte(from, end, quote);
        auto const size = static_cast<std::size_t>(stop - from);
        std::memcpy(out + written, from, size);
        written += size;
        if (stop == end) return nullptr;
        if (stop + 1 == end || stop[1] != quote) return stop;
        out[written++] = quote;
        from = stop + 2;
    }
}

}  // namespace

std::string_view without_line_end(std::string_view record) {
    if (record.ends_with('\n')) record.remove_suffix(1);
    if (record.ends_with('\r')) record.remove_suffix(1);
    return record;
}

std::optional<std::size_t> record_end(std::string_view bytes, std::size_t from, CsvDialect dialect, bool at_end) {
    enum class State { field_start, plain, quoted, closed, closed_return };
    auto const first_line = [&]() -> std::optional<std::size_t> {
        auto const newline = bytes.find('\n', from);
        if (newline != std::string_view::npos) return newline + 1;
        return at_end ? std::optional(bytes.size()) : std::nullopt;
    };
    if (dialect.quote == '\0') return from < bytes.size() ? first_line() : std::nullopt;
    auto state = State::field_start;
    for (std::size_t at = from; at < bytes.size(); ++at) {
        char const c = bytes[at];
        switch (state) {
            case State::quoted:
                if (c == dialect.quote) state = State::closed;
                continue;
            case State::closed:
                if (c == dialect.quote)
                    state = State::quoted;
                else if (c == dialect.delimiter)
                    state = State::field_start;
                else if (c == '\r')
                    state = State::closed_return;
                else if (c == '\n')
                    return at + 1;
                else
                    return first_line();
                continue;
            case State::closed_return:
                return c == '\n' ? std::optional(at + 1) : first_line();
            case State::field_start:
                if (c == dialect.quote) {
                    state = State::quoted;
                    continue;
                }
                [[fallthrough]];
            case State::plain:
                if (c == '\n') return at + 1;
                state = c == dialect.delimiter ? State::field_start : State::plain;
                continue;
        }
    }
    if (!at_end || from >= bytes.size()) return std::nullopt;
    return state == State::quoted || state == State::closed_return ? first_line() : std::optional(bytes.size());
}

std::size_t find_records(std::string_view bytes, std::size_t from, CsvDialect dialect, bool at_end, std::size_t most,
                         std::vector<std::uint32_t>& ends) {
    std::size_t record = from;  // where the record being looked at starts
    std::size_t at = from;
    Carry carry;
    while (at < bytes.size() && ends.size() < most) {
        std::size_t const left = bytes.size() - at;
        auto block = classify(bytes.data() + at, dialect);
        if (dialect.quote == '\0') block.quote = 0;
        auto found = ends_of(block, carry);
        auto const valid = low_bits(left);
        found.fault &= valid;
        found.newlines &= valid;
        if (found.fault != 0) found.newlines &= found.fault ^ (found.fault - 1);
        for (auto newlines = found.newlines; newlines != 0 && ends.size() < most; newlines &= newlines - 1) {
            record = at + static_cast<std::size_t>(std::countr_zero(newlines)) + 1;
            ends.push_back(static_cast<std::uint32_t>(record));
        }
        if (ends.size() == most) return record;
        at += 64;
        if (found.fault == 0) continue;
        auto const end = record_end(bytes, record, dialect, at_end);
        if (!end) return record;
        ends.push_back(static_cast<std::uint32_t>(*end));
        at = record = *end;
        carry = Carry{};
    }
    while (at_end && ends.size() < most && record < bytes.size()) {
        auto const end = record_end(bytes, record, dialect, true);
        if (!end) break;
        ends.push_back(static_cast<std::uint32_t>(*end));
        record = *end;
    }
    return record;
}

SplitResult split_record(std::string_view record, CsvDialect dialect, std::vector<std::string_view>& fields,
                         char* unescaped) {
    record = without_line_end(record);
    SplitResult result;
    auto const* at = record.data();
    auto const* const end = at + record.size();
    std::size_t const most = fields.size();
    while (true) {
        if (result.count == most) {
            result.fault = SplitFault::too_many;
            return result;
        }
        if (at < end && *at == dialect.quote && dialect.quote != '\0') {
            auto const* const start = at + 1;
            auto const* close = find_byte(start, end, dialect.quote);
            if (close == end) {
                result.fault = SplitFault::unclosed_quote;
                return result;
            }
            if (close + 1 < end && close[1] == dialect.quote) {
                std::size_t written = 0;
                char* const out = unescaped + result.unescaped;
                close = unescape(start, end, dialect.quote, out, written);
                if (close == nullptr) {
                    result.fault = SplitFault::unclosed_quote;
                    return result;
                }
                result.unescaped += written;
                fields[result.count++] = {out, written};
            } else {
                fields[result.count++] = {start, static_cast<std::size_t>(close - start)};
            }
            at = close + 1;
            if (at < end && *at != dialect.delimiter) {
                result.fault = SplitFault::text_after_quote;
                return result;
            }
        } else {
            auto const* const stop = find_byte(at, end, dialect.delimiter);
            fields[result.count++] = {at, static_cast<std::size_t>(stop - at)};
            at = stop;
        }
        if (at >= end) return result;
        ++at;  // the delimiter; a record that ends with it has one more, empty field
    }
}

}  // namespace tocsin::formats
