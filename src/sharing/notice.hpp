#pragma once
#include "base/base.hpp"
#include "gate/gate.hpp"

#include <optional>
#include <string>
#include <string_view>

/// New versions of our own objects that tell of a recall. Pure. Private to the room.
namespace tocsin::sharing {

/// What an object cannot be without, beside what every object has: those who had it know this of it.
/// none: the object has no versions, or nobody knows what its type needs (custom types).
std::optional<std::string> essence_of(std::string_view json);

/// A version with `revoked`, later than the one given: id, type, creator, markings, and what the type cannot be without
/// (STIX 2.1 sections 3.2 and 3.6). Nothing else of it: no name or description unless required, no labels, references,
/// extensions. Errors: Code::invalid for what has no versions and for custom types.
Result<std::string> revocation_of(std::string_view json, gate::Marking const& marking, Timestamp now);

/// The same object in a later version with that marking.
Result<std::string> remarked(std::string_view json, gate::Marking const& marking, Timestamp now);

/// created_by_ref; empty: it says none.
std::string creator_of(std::string_view json);

}  // namespace tocsin::sharing
