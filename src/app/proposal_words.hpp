#pragma once
#include "app/command.hpp"
#include "intelligence/intelligence.hpp"

/// What the commands about proposals share.
namespace tocsin::app {

/// Number of the first argument, with or without "#". Errors: Code::invalid.
Result<std::int64_t> proposal_named(Invocation const& call);
/// One proposal, as text or JSON.
Exit show(Invocation const& call, intelligence::Proposal const& proposal);
void append_proposal(JsonWriter& json, Invocation const& call, intelligence::Proposal const& proposal);
std::string line_of(intelligence::Proposal const& proposal);

}  // namespace tocsin::app
