#pragma once
#include "app/simulation/nation.hpp"

#include <filesystem>

namespace tocsin::app::simulation {

/// The table of prefixes and AS numbers, disjoint and in order of address.
///
/// Forms: iptoasn.com's TSV (range start, range end, AS number, country, description) and pyasn's (prefix, AS number).
/// `filler` more networks stand for the rest of the world: up to 1,048,000 /24 of 240.0.0.0/4.
enum class AsnForm : std::uint8_t { iptoasn, pyasn };
std::string asn_table(Nation const& nation, std::uint32_t filler, AsnForm form);
constexpr std::uint32_t max_filler = 1'048'000;

/// Organisations, resources and contacts as one JSON document, as `tocsin org import` reads it. Networks abroad are
/// claimed by their country only, some networks by nobody.
std::string constituency_json(Nation const& nation);

}  // namespace tocsin::app::simulation
