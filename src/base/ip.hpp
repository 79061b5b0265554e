#pragma once
#include "base/result.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

/// An IPv4 or IPv6 address as one 128-bit number; IPv4 is held as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so that
/// both families sort, compare and store alike. All zero bits is "none" in stored columns (:: is never a source).
struct IpAddress {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    static constexpr std::uint64_t v4_mark = 0x0000'ffff'0000'0000ULL;
    static IpAddress v4(std::uint32_t bits) { return {0, v4_mark | bits}; }
    bool is_v4() const { return high == 0 && (low & 0xffff'ffff'0000'0000ULL) == v4_mark; }
    bool is_none() const { return high == 0 && low == 0; }
    std::uint32_t v4_bits() const { return static_cast<std::uint32_t>(low); }
    friend auto operator<=>(IpAddress, IpAddress) = default;
};

/// Dotted quad without leading zeros, or RFC 4291 text, also with an embedded IPv4 tail. No zone, no brackets. No
/// allocation.
std::optional<IpAddress> parse_ip(std::string_view text);
/// Canonical text (RFC 5952).
std::string format_ip(IpAddress address);
void append_ip(std::string& out, IpAddress address);

/// A network. `length` counts bits of the 128-bit form: an IPv4 /24 has length 120.
struct IpPrefix {
    IpAddress address;  ///< host bits are zero
    std::uint8_t length = 0;

    bool contains(IpAddress other) const;
    IpAddress first() const { return address; }
    IpAddress last() const;
    /// The length as written: 24 for an IPv4 /24.
    int text_length() const { return address.is_v4() && length >= 96 ? length - 96 : length; }
    friend auto operator<=>(IpPrefix const&, IpPrefix const&) = default;
};

/// Clears the bits behind `length` (of 128).
IpAddress masked(IpAddress address, std::uint8_t length);

/// "192.0.2.0/24", "2001:db8::/32", or an address alone (its full length). Set host bits are an error unless `lenient`.
std::optional<IpPrefix> parse_prefix(std::string_view text, bool lenient = false);
std::string format_prefix(IpPrefix const& prefix);

}  // namespace tocsin

template <>
struct std::hash<tocsin::IpAddress> {
    std::size_t operator()(tocsin::IpAddress const& a) const noexcept {
        return (a.high * 0x9e37'79b9'7f4a'7c15ULL) ^ (a.low * 0xc2b2'ae3d'27d4'eb4fULL);
    }
};
