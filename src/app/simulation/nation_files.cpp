#include "app/simulation/nation_files.hpp"

#include <algorithm>

namespace tocsin::app::simulation {
namespace {

void append_line(std::string& out, IpPrefix const& prefix, std::uint32_t asn, std::string_view country,
                 std::string_view name, AsnForm form) {
    if (form == AsnForm::pyasn) {
        out += format_prefix(prefix);
        out += fmt::format("\t{}\n", asn);
        return;
    }
    append_ip(out, prefix.first());
    out += '\t';
    append_ip(out, prefix.last());
    out += fmt::format("\t{}\t{}\t{}\n", asn, country, name);
}

}  // namespace

std::string asn_table(Nation const& nation, std::uint32_t filler, AsnForm form) {
    TOCSIN_ASSERT(filler <= max_filler);
    std::vector<Network const*> networks;
    for (auto const& network : nation.networks) networks.push_back(&network);
    std::ranges::sort(networks, {}, [](Network const* network) { return network->announced; });
    std::string out;
    if (form == AsnForm::pyasn) out = "; prefixes and AS numbers of a fictional nation\n";
    auto next = networks.begin();
    for (; next != networks.end() && (*next)->announced.address.is_v4(); ++next) {
    }
    auto const append = [&](auto from, auto to) {
        for (; from != to; ++from) {
            auto const& network = **from;
            auto const* const holder = network.organisation < 0
                                           ? nullptr
                                           : &nation.organisations[static_cast<std::size_t>(network.organisation)];
            append_line(out, network.announced, network.asn, holder == nullptr ? nation.code : holder->country,
                        fmt::format("NETWORK-{}", network.asn), form);
        }
    };
    append(networks.begin(), next);
    for (std::uint32_t i = 0; i < filler; ++i) {
        IpPrefix const prefix{IpAddress::v4(0xf000'0000U + (i << 8)), 120};
        auto const asn = 4'210'000'000U + i / 13;
        append_line(out, prefix, asn, i % 2 == 0 ? "XY" : "XZ", "FAR-AWAY", form);
    }
    append(next, networks.end());
    return out;
}

}  // namespace tocsin::app::simulation
