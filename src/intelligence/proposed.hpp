#pragma once
#include "intelligence/proposals.hpp"

#include <string>
#include <string_view>

/// What becomes of an object by a proposal. Pure. Private to the room.
namespace tocsin::intelligence {

/// The object in a version with the changes, at `modified`.
/// Errors: Code::invalid naming the property when it can't be changed, or the result breaks STIX 2.1; Code::conflict
/// when nothing would change, or the property has a marking of its own (granular_markings).
Result<std::string> changed_object(std::string_view json, std::vector<ProposedChange> const& changes, bool revokes,
                                   Timestamp modified);

/// JSON without spaces between its tokens.
std::string minified(std::string_view json);
/// The value of a property as JSON; empty: it is not there.
std::string property_of(std::string_view json, std::string_view name);

/// What the team says to the author: a note, of a revocation an opinion. The same for the same proposal, whenever it
/// is asked for. `marking`: of the object.
struct Telling {
    std::string id, json;
};
Telling telling_of(Proposal const& proposal, TeamVoice const& team, gate::Marking const& marking);

}  // namespace tocsin::intelligence
