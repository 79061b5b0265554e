#include "formats/detection/writer.hpp"

#include <array>
#include <fmt/format.h>

/// A DNS Response Policy Zone that answers NXDOMAIN. Source: draft-vixie-dnsop-dns-rpz-00 sections 3 and 4.
namespace tocsin::formats::detection {
namespace {

/// Room for the name of the zone behind the trigger.
constexpr std::size_t longest_trigger = 180;

std::string v4_trigger(IpPrefix const& prefix, std::string_view address) {
    auto const bytes = split(address, '.');
    return fmt::format("{}.{}.{}.{}.{}.rpz-ip", prefix.text_length(), bytes[3], bytes[2], bytes[1], bytes[0]);
}

/// The longest run of two and more zero words is "zz", as BIND wants it.
std::string v6_trigger(IpPrefix const& prefix, std::array<std::uint16_t, 8> const& words) {
    std::size_t best = 0, best_length = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        std::size_t length = 0;
        while (i + length < 8 && words[i + length] == 0) ++length;
        if (length > best_length) {
            best = i;
            best_length = length;
        }
    }
    std::string text = std::to_string(prefix.text_length());
    for (std::size_t i = 8; i-- > 0;) {
        bool const is_in_run = best_length >= 2 && i >= best && i < best + best_length;
        if (!is_in_run) text += fmt::format(".{:x}", words[i]);
        if (is_in_run && i == best) text += ".zz";
    }
    return text + ".rpz-ip";
}

std::optional<std::string> ip_trigger(std::string_view value) {
    auto const prefix = parse_prefix(value);
    if (!prefix) return {};
    auto const address = value.substr(0, value.find('/'));
    if (!address.contains(':')) return v4_trigger(*prefix, address);
    std::array<std::uint16_t, 8> words{};
    for (std::size_t i = 0; i < 8; ++i)
        words[i] =
            static_cast<std::uint16_t>((i < 4 ? prefix->address.high : prefix->address.low) >> (48 - 16 * (i % 4)));
    return v6_trigger(*prefix, words);
}

}  // namespace

void write_rpz(std::span<Entry const> entries, Output& out) {
    std::string records;
    for (auto const& entry : entries) {
        auto const& [kind, value] = entry.observable;
        if (kind == ObservableKind::domain && is_host_name(value, longest_trigger)) {
            records += fmt::format("{0} CNAME .\n*.{0} CNAME .\n", value);
        } else if (auto const trigger = kind == ObservableKind::ip ? ip_trigger(value) : std::nullopt) {
            records += *trigger + " CNAME .\n";
        } else {
            out.left_out();
            continue;
        }
        out.wrote();
    }
    // The serial tells one content from another; it does not grow. Resolvers load the file, they do not transfer it.
    auto const hash = stable_uuid({.observable = {ObservableKind::other, records}, .id = "rpz"}, "serial");
    auto const serial = std::uint32_t{hash.bytes[0]} << 24 | std::uint32_t{hash.bytes[1]} << 16 |
                        std::uint32_t{hash.bytes[2]} << 8 | hash.bytes[3] | 1U;
    out.put(fmt::format("$TTL 300\n@ SOA localhost. hostmaster.localhost. {} 3600 600 86400 300\n@ NS localhost.\n",
                        serial));
    out.put(records);
}

}  // namespace tocsin::formats::detection
