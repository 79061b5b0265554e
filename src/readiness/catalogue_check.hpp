#pragma once
#include "readiness/framework.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tocsin::readiness {

/// One thing that is wrong with a catalogue.
struct CatalogueFault {
    std::string path;  ///< "items.[3].name.fr"; empty: the whole file
    std::string expected;
};

using CatalogueContent = std::variant<std::monostate, Framework, Crosswalk, Profile, Countries, Proposals>;

struct CatalogueFile {
    CatalogueContent content;            ///< nothing when there are faults
    std::vector<CatalogueFault> faults;  ///< at most `most_catalogue_faults`
};

constexpr std::size_t largest_catalogue = std::size_t{8} << 20;
constexpr std::size_t deepest_catalogue = 12;
constexpr std::size_t most_catalogue_faults = 200;

/// Reads one catalogue of any schema and names every fault it has.
///
/// Limits: `largest_catalogue` bytes, `deepest_catalogue` levels, 5,000 items, texts of 4,000 bytes. Members that are
/// not known are faults, so that a misspelt one does not pass unseen.
CatalogueFile read_catalogue(std::string_view json);

}  // namespace tocsin::readiness
