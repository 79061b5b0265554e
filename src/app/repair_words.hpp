#pragma once
#include "app/command.hpp"
#include "app/instance.hpp"
#include "reports/repair.hpp"
#include "reports/reports.hpp"

#include <string>
#include <vector>

/// How commands ask for measurements of repair, and print them.
namespace tocsin::app {

/// --from, --to, --organisation, --sector, --of-feed, --type, --identifier, --country, --asn, --severity.
std::vector<Option> repair_options();
/// Which findings: those first seen from --from on and before --to. Errors: Code::invalid naming the option.
Result<reports::RepairRequest> repair_request(Invocation const& call);

/// "12 (9-17)", "-" for none.
std::string words_of(std::optional<reports::MedianDays> const& median);
/// "41.5% (38.0-45.1)", "-" for none.
std::string words_of(std::optional<reports::Interval> const& share);

}  // namespace tocsin::app
