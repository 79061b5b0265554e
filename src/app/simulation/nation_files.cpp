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

/// The kinds of the directory; what an organisation does stands in its sector.
std::string_view directory_kind(Organisation const& organisation) {
    for (auto const known : {"national-cirt", "sector-cirt"})
        if (organisation.kind == known) return organisation.kind;
    for (auto const known : {"provider", "mobile", "utility", "operator"})
        if (organisation.kind == known) return "operator";
    return "constituent";
}

void append_organisations(JsonWriter& json, Nation const& nation) {
    json.key("organisations").array();
    for (auto const& organisation : nation.organisations) {
        json.object()
            .field("name", organisation.name)
            .field("kind", directory_kind(organisation))
            .field("sector", organisation.sector)
            .field("country", organisation.country)
            .field("language", organisation.language);
        if (organisation.parent >= 0)
            json.field("parent", nation.organisations[static_cast<std::size_t>(organisation.parent)].name);
        json.end();
    }
    json.end();
}

class Claims {
  public:
    Claims(JsonWriter& json, Nation const& nation) : json_(json), nation_(nation) {}

    void append() {
        json_.key("resources").array();
        for (auto const& network : nation_.networks)
            if (auto const* const holder = holder_of(network.organisation); holder && holder->country == nation_.code)
                claim(*holder, "prefix", format_prefix(network.prefix), network.exposure > 1);
        for (auto const& aggregate : nation_.aggregates)
            claim(*holder_of(aggregate.organisation), "prefix", format_prefix(aggregate.prefix), true);
        for (auto const& organisation : nation_.organisations) {
            if (organisation.asn != 0) claim(organisation, "asn", fmt::format("AS{}", organisation.asn), true);
            claim(organisation, "domain", organisation.domain, false);
            if (organisation.country != nation_.code) claim(organisation, "country", organisation.country, true);
        }
        json_.end();
    }

  private:
    Organisation const* holder_of(std::int32_t place) const {
        return place < 0 ? nullptr : &nation_.organisations[static_cast<std::size_t>(place)];
    }
    void claim(Organisation const& holder, std::string_view kind, std::string const& value, bool verified) {
        json_.object()
            .field("organisation", holder.name)
            .field("kind", kind)
            .field("value", value)
            .field("standing", verified ? "verified" : "claimed")
            .field("how", verified ? "asked by telephone" : "told by the owner")
            .end();
    }

    JsonWriter& json_;
    Nation const& nation_;
};

void append_contacts(JsonWriter& json, Nation const& nation) {
    json.key("contacts").array();
    for (auto const& organisation : nation.organisations)
        for (auto const& contact : organisation.contacts)
            json.object()
                .field("organisation", organisation.name)
                .field("role", contact.role)
                .field("name", contact.name)
                .field("email", contact.email)
                .field("language", contact.language)
                .end();
    json.end();
}

}  // namespace

std::string constituency_json(Nation const& nation) {
    JsonWriter json;
    json.object();
    append_organisations(json, nation);
    Claims(json, nation).append();
    append_contacts(json, nation);
    json.end();
    return std::move(json).text() + "\n";
}

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
