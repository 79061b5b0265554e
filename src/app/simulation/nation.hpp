#pragma once
#include "base/base.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// A fictional nation from a seed: places, organisations, networks. The same seed gives the same nation, byte for byte.
///
/// Nothing in it exists: addresses are private, shared, benchmark and documentation ranges (RFC 1918, RFC 6598,
/// RFC 2544, RFC 3849) and the reserved 240.0.0.0/4 (RFC 1112) for the rest of the world; AS numbers are those for
/// private use (RFC 6996); domains end in .example (RFC 2606); country codes are user-assigned (ISO 3166-1: XA to XZ).
namespace tocsin::app::simulation {

/// A well-mixed number from others: the only source of chance in a simulation, so that any part can be made alone.
inline std::uint64_t mixed(std::uint64_t a, std::uint64_t b = 0, std::uint64_t c = 0) {
    return Random(a ^ Random(b ^ Random(c).next()).next()).next();
}

struct Place {
    std::string name;         ///< in Latin letters
    std::string arabic_name;  ///< the same in Arabic letters
};

struct Contact {
    std::string name, email, role, language;
};

struct Organisation {
    std::string name, domain, kind, sector, country, language;
    std::int32_t parent = -1;  ///< place in Nation::organisations
    std::uint32_t asn = 0;     ///< 0: none of its own
    std::uint16_t city = 0;
    std::vector<Contact> contacts;
};

/// One network as the rest of the world sees it, and who holds it.
struct Network {
    IpPrefix announced;              ///< in the table of prefixes and AS numbers
    IpPrefix prefix;                 ///< where its hosts are; inside `announced`
    std::uint32_t asn = 0;           ///< announces it
    std::int32_t organisation = -1;  ///< holds `prefix`; -1: nobody has told the national team
    std::uint16_t city = 0;
    std::uint8_t exposure = 1;  ///< how many exposed hosts compared with others; 0 is a clean network
};

/// A larger network of a provider around its customers' networks.
struct Aggregate {
    IpPrefix prefix;
    std::int32_t organisation = -1;
};

struct Nation {
    std::string name, code;
    std::vector<Place> regions;
    std::vector<Place> cities;
    std::vector<std::uint16_t> region_of_city;
    std::vector<Organisation> organisations;  ///< the national team first
    std::vector<Network> networks;            ///< disjoint
    std::vector<Aggregate> aggregates;
};

struct NationOptions {
    std::uint64_t seed = 1;
    std::uint32_t organisations = 1000;  ///< 30 to 50,000
    std::uint32_t prefixes = 4096;       ///< of all networks and aggregates; 20 to 80,000
};
Nation make_nation(NationOptions const& options);

/// What a region, a city or an organisation is called.
std::vector<Place> make_places(std::uint64_t seed, std::size_t count);
/// Fills name, domain, language and contacts from kind, sector, city and number.
void name_organisation(Nation const& nation, std::uint64_t seed, std::uint32_t number, Organisation& organisation);

}  // namespace tocsin::app::simulation
