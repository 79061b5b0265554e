#pragma once
#include "readiness/register.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::readiness {

enum class ClaimFormat : std::uint8_t { csv, json };

struct ClaimFault {
    std::int64_t line = 0;  ///< of the file; in JSON the number of the claim, from 1
    std::string field, expected;
};
struct ClaimImport {
    std::vector<Claim> claims;       ///< that can be taken
    std::vector<ClaimFault> faults;  ///< at most 1,000
    std::int64_t rejected = 0;
};

/// Reads claims from CSV (a header, then country or subject, says, claimant, source, date, and if wanted team,
/// maturity, note) or from JSON (an array of objects with these members, or {"claims": [...]}).
///
/// Limits: 8 MiB, 20,000 claims. A row that is wrong is left out and named.
/// Errors: Code::invalid when the header or the JSON can't be read; Code::limit.
Result<ClaimImport> read_claims(Register& register_of, std::string_view register_id, std::string_view bytes,
                                ClaimFormat format);

}  // namespace tocsin::readiness
