#pragma once
#include "app/command.hpp"
#include "sharing/sharing.hpp"

/// What the recall commands share.
namespace tocsin::app {

/// The number the first argument names, "3" or "#3". Errors: Code::invalid.
Result<sharing::RecallId> recall_named(Invocation const& call);
void print(Invocation const& call, sharing::Recall const& recall);
/// As JSON or for a person, as asked.
Exit show(Invocation const& call, sharing::Recall const& recall);

}  // namespace tocsin::app
