#pragma once
#include "app/command.hpp"
#include "gate/gate.hpp"

/// What the group commands share.
namespace tocsin::app {

/// Organisations by name, number or country code, without doubles. Errors: those of find_organisation.
Result<std::vector<gate::OrganisationId>> organisations_named(Invocation const& call,
                                                              std::vector<std::string> const& words);
void append(JsonWriter& json, Invocation const& call, gate::SharingGroup const& group);
Exit show(Invocation const& call, gate::SharingGroup const& group);

}  // namespace tocsin::app
