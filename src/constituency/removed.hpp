#pragma once
#include "constituency/directory.hpp"

#include <string>
#include <vector>

/// Organisations that are not in the directory any more. What was counted of them stays counted.
namespace tocsin::constituency {

struct RemovedOrganisation {
    OrganisationId id;
    std::string name, sector;  ///< as they were last
};
/// All that the history knows. One that came back by an undo is not among them.
Result<std::vector<RemovedOrganisation>> removed_organisations(Directory& directory);

}  // namespace tocsin::constituency
