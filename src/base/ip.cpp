#include "base/ip.hpp"

#include <array>
#include <charconv>
#include <fmt/format.h>
#include <iterator>

namespace tocsin {
namespace {

bool read_v4(std::string_view text, std::uint32_t& out) {
    std::uint32_t bits = 0;
    std::size_t at = 0;
    for (int part = 0; part < 4; ++part) {
        if (part != 0) {
            if (at >= text.size() || text[at] != '.') return false;
            ++at;
        }
        std::size_t const start = at;
        std::uint32_t value = 0;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9' && at - start < 3)
            value = value * 10 + static_cast<std::uint32_t>(text[at++] - '0');
        if (at == start || value > 255 || (at - start > 1 && text[start] == '0')) return false;
        bits = bits << 8 | value;
    }
    out = bits;
    return at == text.size();
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Groups on one side of "::" into `groups`; the last may be a dotted quad.
bool read_groups(std::string_view text, std::array<std::uint16_t, 8>& groups, int& count) {
    count = 0;
    if (text.empty()) return true;
    while (true) {
        auto const colon = text.find(':');
        std::string_view const part = text.substr(0, colon);
        if (colon == std::string_view::npos && part.find('.') != std::string_view::npos) {
            std::uint32_t v4 = 0;
            if (count > 6 || !read_v4(part, v4)) return false;
            groups[static_cast<std::size_t>(count++)] = static_cast<std::uint16_t>(v4 >> 16);
            groups[static_cast<std::size_t>(count++)] = static_cast<std::uint16_t>(v4);
            return true;
        }
        if (part.empty() || part.size() > 4 || count == 8) return false;
        unsigned value = 0;
        for (char const c : part) {
            int const digit = hex_digit(c);
            if (digit < 0) return false;
            value = value << 4 | static_cast<unsigned>(digit);
        }
        groups[static_cast<std::size_t>(count++)] = static_cast<std::uint16_t>(value);
        if (colon == std::string_view::npos) return true;
        text.remove_prefix(colon + 1);
    }
}

std::optional<IpAddress> read_v6(std::string_view text) {
    std::array<std::uint16_t, 8> head{}, tail{}, all{};
    int heads = 0, tails = 0;
    auto const gap = text.find("::");
    if (gap == std::string_view::npos) {
        if (!read_groups(text, all, heads) || heads != 8) return std::nullopt;
    } else {
        if (!read_groups(text.substr(0, gap), head, heads) || !read_groups(text.substr(gap + 2), tail, tails) ||
            heads + tails > 7)
            return std::nullopt;
        for (int i = 0; i < heads; ++i) all[static_cast<std::size_t>(i)] = head[static_cast<std::size_t>(i)];
        for (int i = 0; i < tails; ++i)
            all[static_cast<std::size_t>(8 - tails + i)] = tail[static_cast<std::size_t>(i)];
    }
    IpAddress address;
    for (std::size_t i = 0; i < 4; ++i) address.high = address.high << 16 | all[i];
    for (std::size_t i = 4; i < 8; ++i) address.low = address.low << 16 | all[i];
    return address;
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
    if (text.size() < 2 || text.size() > 45) return std::nullopt;
    std::uint32_t v4 = 0;
    if (text.find(':') == std::string_view::npos)
        return read_v4(text, v4) ? std::optional(IpAddress::v4(v4)) : std::nullopt;
    return read_v6(text);
}

void append_ip(std::string& out, IpAddress address) {
    if (address.is_v4()) {
        auto const b = address.v4_bits();
        fmt::format_to(std::back_inserter(out), "{}.{}.{}.{}", b >> 24, b >> 16 & 255, b >> 8 & 255, b & 255);
        return;
    }
    std::array<unsigned, 8> groups{};
    for (std::size_t i = 0; i < 4; ++i) groups[i] = static_cast<unsigned>(address.high >> (48 - 16 * i) & 0xffff);
    for (std::size_t i = 0; i < 4; ++i) groups[4 + i] = static_cast<unsigned>(address.low >> (48 - 16 * i) & 0xffff);
    std::size_t best = 8,
                best_length =
                    1;  // RFC 5952 section 4.2: the longest run of two or more zero groups, the first of equals
    for (std::size_t i = 0; i < 8;) {
        std::size_t j = i;
        while (j < 8 && groups[j] == 0) ++j;
        if (j - i > best_length) best = i, best_length = j - i;
        i = j + 1;
    }
    for (std::size_t i = 0; i < 8; ++i) {
        if (i == best) {
            out += "::";
            i += best_length - 1;
            continue;
        }
        if (i != 0 && i != best + best_length) out += ':';
        fmt::format_to(std::back_inserter(out), "{:x}", groups[i]);
    }
}

std::string format_ip(IpAddress address) {
    std::string out;
    append_ip(out, address);
    return out;
}

IpAddress masked(IpAddress address, std::uint8_t length) {
    if (length >= 128) return address;
    if (length >= 64) {
        std::uint64_t const keep = length == 64 ? 0 : ~0ULL << (128 - length);
        return {address.high, address.low & keep};
    }
    return {length == 0 ? 0 : address.high & ~0ULL << (64 - length), 0};
}

bool IpPrefix::contains(IpAddress other) const {
    return masked(other, length) == address;
}

IpAddress IpPrefix::last() const {
    if (length >= 128) return address;
    if (length >= 64) return {address.high, address.low | (length == 64 ? ~0ULL : ~(~0ULL << (128 - length)))};
    return {address.high | (length == 0 ? ~0ULL : ~(~0ULL << (64 - length))), ~0ULL};
}

std::optional<IpPrefix> parse_prefix(std::string_view text, bool lenient) {
    auto const slash = text.find('/');
    auto const address = parse_ip(text.substr(0, slash));
    if (!address) return std::nullopt;
    if (slash == std::string_view::npos) return IpPrefix{*address, 128};
    std::string_view const digits = text.substr(slash + 1);
    unsigned length = 0;
    auto const [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    bool const v4 = text.find(':') == std::string_view::npos;
    if (fault != std::errc{} || end != digits.data() + digits.size() || length > (v4 ? 32U : 128U)) return std::nullopt;
    auto const full = static_cast<std::uint8_t>(v4 ? length + 96 : length);
    IpPrefix const prefix{masked(*address, full), full};
    if (!lenient && prefix.address != *address) return std::nullopt;
    return prefix;
}

std::string format_prefix(IpPrefix const& prefix) {
    std::string out;
    if (prefix.address.is_v4() && prefix.length < 96) {  // ::ffff:0:0/n wider than all of IPv4
        return fmt::format("::ffff:0:0/{}", prefix.length);
    }
    append_ip(out, prefix.address);
    fmt::format_to(std::back_inserter(out), "/{}", prefix.text_length());
    return out;
}

}  // namespace tocsin
