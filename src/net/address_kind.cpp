#include "net/http_client.hpp"

#include <array>

namespace tocsin::net {
namespace {

struct Block {
    IpPrefix prefix;
    AddressKind kind;
};

Block block(std::string_view text, AddressKind kind) {
    auto const prefix = parse_prefix(text);
    TOCSIN_ASSERT(prefix.has_value());
    return {*prefix, kind};
}

/// RFC 6890 and its registries; the first that holds the address counts.
std::vector<Block> const& blocks() {
    using enum AddressKind;
    static std::vector<Block> const all = {
        block("0.0.0.0/8", unusable),    block("10.0.0.0/8", internal),       block("100.64.0.0/10", internal),
        block("127.0.0.0/8", loopback),  block("169.254.0.0/16", link_local), block("172.16.0.0/12", internal),
        block("192.0.0.0/24", internal), block("192.168.0.0/16", internal),   block("198.18.0.0/15", internal),
        block("224.0.0.0/4", unusable),  block("240.0.0.0/4", unusable),      block("::/128", unusable),
        block("::1/128", loopback),      block("fe80::/10", link_local),      block("fec0::/10", internal),
        block("fc00::/7", internal),     block("ff00::/8", unusable),         block("64:ff9b:1::/48", internal),
        block("2001::/32", unusable),    block("100::/64", unusable),
    };
    return all;
}

/// The IPv4 address that an IPv6 address stands for: compatible (RFC 4291 section 2.5.5.1), NAT64 (RFC 6052 section
/// 2.1), 6to4 (RFC 3056 section 2). Mapped ones are IPv4 to us already.
std::optional<IpAddress> carried(IpAddress address) {
    auto const low = static_cast<std::uint32_t>(address.low);
    if (address.high == 0 && address.low >> 32 == 0 && address.low > 1) return IpAddress::v4(low);
    if (address.high == 0x0064'ff9b'0000'0000ULL && address.low >> 32 == 0) return IpAddress::v4(low);
    if (address.high >> 48 == 0x2002) return IpAddress::v4(static_cast<std::uint32_t>(address.high >> 16));
    return std::nullopt;
}

}  // namespace

AddressKind kind_of(IpAddress address) {
    if (!address.is_v4())
        if (auto const inner = carried(address)) return kind_of(*inner);
    for (auto const& [prefix, kind] : blocks())
        if (prefix.contains(address)) return kind;
    return AddressKind::global;
}

std::string_view name_of(AddressKind kind) {
    switch (kind) {
        case AddressKind::global:
            return "global";
        case AddressKind::loopback:
            return "loopback";
        case AddressKind::link_local:
            return "link-local";
        case AddressKind::internal:
            return "internal";
        case AddressKind::unusable:
            return "unusable";
    }
    return "unusable";
}

}  // namespace tocsin::net
