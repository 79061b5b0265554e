#include "formats/extract/pdf_filter.hpp"

#include "formats/extract/pdf_object.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>
#include <zlib.h>

namespace tocsin::formats::pdf {

Filtered flate_decoded(std::string_view bytes, std::size_t most) {
    Filtered out;
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) return out;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(std::min<std::size_t>(bytes.size(), 1U << 30));
    std::array<char, 65536> piece;
    int state = Z_OK;
    while (state == Z_OK && !out.truncated) {
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = static_cast<uInt>(piece.size());
        state = inflate(&stream, Z_NO_FLUSH);
        auto const size = piece.size() - stream.avail_out;
        if (size == 0 && state == Z_OK) break;
        out.truncated = size > most - out.bytes.size();
        out.bytes.append(piece.data(), std::min(size, most - out.bytes.size()));
    }
    inflateEnd(&stream);
    return out;
}

Filtered lzw_decoded(std::string_view bytes, std::size_t most, bool early_change) {
    constexpr unsigned clear = 256, end = 257, first = 258, limit = 4096;
    struct Entry {
        std::uint16_t before;
        std::uint16_t length;
        char last;
    };
    std::array<Entry, limit> table{};
    Filtered out;
    unsigned next = first, width = 9, previous = clear, buffer = 0, bits = 0;
    for (char const c : bytes) {
        buffer = buffer << 8 | static_cast<unsigned char>(c);
        bits += 8;
        if (bits < width) continue;
        bits -= width;
        auto const code = buffer >> bits & ((1U << width) - 1);
        if (code == end) break;
        if (code == clear) {
            next = first;
            width = 9;
            previous = clear;
            continue;
        }
        if (code > 255 && code >= next + (previous != clear ? 1U : 0U)) break;
        auto const length_of = [&](unsigned which) -> std::size_t { return which < 256 ? 1 : table[which].length; };
        auto const start_of = [&](unsigned which) {
            while (which > 255) which = table[which].before;
            return static_cast<char>(which);
        };
        if (previous != clear && next < limit) {
            auto const length = std::min<std::size_t>(length_of(previous) + 1, 65535);
            table[next] = {static_cast<std::uint16_t>(previous), static_cast<std::uint16_t>(length),
                           start_of(code == next ? previous : code)};
            ++next;
        } else if (code > 255 && code >= next) {
            break;
        }
        auto const size = length_of(code);
        if (size > most - out.bytes.size()) {
            out.truncated = true;
            break;
        }
        out.bytes.resize(out.bytes.size() + size);
        auto at = out.bytes.size();
        for (auto which = code;; which = table[which].before) {
            out.bytes[--at] = which < 256 ? static_cast<char>(which) : table[which].last;
            if (which < 256) break;
        }
        previous = code;
        if (next + (early_change ? 1U : 0U) >= (1U << width) && width < 12) ++width;
    }
    return out;
}

Filtered ascii85_decoded(std::string_view bytes, std::size_t most) {
    Filtered out;
    std::uint32_t group = 0;
    int count = 0;
    auto const put = [&](int size) {
        for (int i = 0; i < size; ++i) {
            if (out.bytes.size() < most)
                out.bytes += static_cast<char>(group >> (24 - i * 8));
            else
                out.truncated = true;
        }
        group = 0;
        count = 0;
    };
    for (char const c : bytes) {
        if (c == '~') break;
        if (c == 'z' && count == 0) {
            put(4);
        } else if (c >= '!' && c <= 'u') {
            group = group * 85 + static_cast<std::uint32_t>(c - '!');
            if (++count == 5) put(4);
        }
        if (out.truncated) break;
    }
    if (count > 1) {
        int const size = count - 1;
        for (int i = count; i < 5; ++i) group = group * 85 + 84;
        put(size);
    }
    return out;
}

Filtered ascii_hex_decoded(std::string_view bytes, std::size_t most) {
    auto const end = std::min(bytes.find('>'), bytes.size());
    Filtered out;
    out.bytes = Lexer(std::string("<") + std::string(bytes.substr(0, end)) + ">").next(false).text;
    out.truncated = out.bytes.size() > most;
    if (out.truncated) out.bytes.resize(most);
    return out;
}

Filtered run_length_decoded(std::string_view bytes, std::size_t most) {
    Filtered out;
    for (std::size_t at = 0; at < bytes.size() && !out.truncated;) {
        auto const length = static_cast<unsigned char>(bytes[at++]);
        if (length == 128) break;
        auto const size = length < 128 ? std::size_t{length} + 1 : std::size_t{257} - length;
        auto const room = std::min(size, most - out.bytes.size());
        out.truncated = room < size;
        if (length < 128) {
            out.bytes += bytes.substr(at, room);
            at += size;
        } else if (at < bytes.size()) {
            out.bytes.append(room, bytes[at++]);
        }
    }
    return out;
}

namespace {

char paeth(int left, int up, int corner) {
    int const guess = left + up - corner;
    int const to_left = std::abs(guess - left), to_up = std::abs(guess - up), to_corner = std::abs(guess - corner);
    if (to_left <= to_up && to_left <= to_corner) return static_cast<char>(left);
    return static_cast<char>(to_up <= to_corner ? up : corner);
}

/// Source: PNG section 9.2. `row` becomes what it was, `before` is the row above.
void undo_png(char filter, std::string& row, std::string const& before, std::size_t pixel) {
    for (std::size_t i = 0; i < row.size(); ++i) {
        int const left = i >= pixel ? static_cast<unsigned char>(row[i - pixel]) : 0;
        int const up = static_cast<unsigned char>(before[i]);
        int const corner = i >= pixel ? static_cast<unsigned char>(before[i - pixel]) : 0;
        int add = 0;
        if (filter == 1) add = left;
        if (filter == 2) add = up;
        if (filter == 3) add = (left + up) / 2;
        if (filter == 4) add = static_cast<unsigned char>(paeth(left, up, corner));
        row[i] = static_cast<char>(static_cast<unsigned char>(row[i]) + add);
    }
}

}  // namespace

std::string without_predictor(std::string bytes, Predictor const& predictor) {
    if (predictor.kind < 2 || bytes.empty()) return bytes;
    auto const pixel = std::max<std::size_t>(1, predictor.colors * predictor.bits / 8);
    auto const row_size = (predictor.colors * predictor.bits * predictor.columns + 7) / 8;
    if (row_size == 0 || row_size > bytes.size()) return bytes;
    if (predictor.kind == 2) {
        if (predictor.bits != 8) return bytes;
        for (std::size_t start = 0; start + row_size <= bytes.size(); start += row_size)
            for (auto i = start + pixel; i < start + row_size; ++i)
                bytes[i] = static_cast<char>(bytes[i] + bytes[i - pixel]);
        return bytes;
    }
    std::string out, before(row_size, '\0');
    out.reserve(bytes.size());
    for (std::size_t at = 0; at + 1 < bytes.size(); at += row_size + 1) {
        auto row = bytes.substr(at + 1, row_size);
        auto const size = row.size();
        row.resize(row_size, '\0');
        undo_png(bytes[at], row, before, pixel);
        out.append(row, 0, size);
        before = std::move(row);
    }
    return out;
}

}  // namespace tocsin::formats::pdf
