#pragma once
#include "events/events.hpp"
#include "gate/gate.hpp"

#include <string>
#include <vector>

/// Findings as CSV, for the team and for constituents. Private to api.
namespace tocsin::api {

/// The cells that both have, and first: what a finding is, and where.
std::vector<std::string> finding_cells(gate::Cleared<events::Finding> const& finding);

/// The names of those columns, and these.
std::vector<std::string> finding_header(std::vector<std::string> const& further);

}  // namespace tocsin::api
