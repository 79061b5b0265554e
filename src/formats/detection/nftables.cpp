#include "formats/detection/writer.hpp"

#include <fmt/format.h>

/// Two sets in the table "inet tocsin", replaced at once by `nft -f`. Source: nft(8), "Sets".
namespace tocsin::formats::detection {

void write_nftables(std::span<Entry const> entries, Output& out) {
    std::vector<std::string_view> v4, v6;
    for (auto const& entry : entries) {
        auto const& [kind, value] = entry.observable;
        if (kind != ObservableKind::ip || !parse_prefix(value)) {
            out.left_out();
            continue;
        }
        (value.contains(':') ? v6 : v4).push_back(value);
        out.wrote();
    }
    out.put("add table inet tocsin\n");
    auto const write_set = [&](std::string_view name, std::string_view type,
                               std::vector<std::string_view> const& values) {
        out.put(
            fmt::format("add set inet tocsin {} {{ type {}; flags interval; auto-merge; }}\nflush set inet tocsin {}\n",
                        name, type, name));
        if (values.empty()) return;
        out.put(fmt::format("add element inet tocsin {} {{\n", name));
        for (auto const value : values) out.put(fmt::format("  {},\n", value));
        out.put("}\n");
    };
    write_set("addresses_v4", "ipv4_addr", v4);
    write_set("addresses_v6", "ipv6_addr", v6);
}

}  // namespace tocsin::formats::detection
