#pragma once
#include "app/command.hpp"
#include "app/instance.hpp"
#include "constituency/sources.hpp"

/// What the commands about conflicts between sources and the register share.
namespace tocsin::app {

constituency::SourceConflicts conflicts_of(Invocation const& call);
void print_conflict(Invocation const& call, constituency::SourceConflict const& conflict);

}  // namespace tocsin::app
