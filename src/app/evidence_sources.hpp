#pragma once
#include "app/instance.hpp"
#include "readiness/readiness.hpp"

/// What the rooms hand to readiness as evidence of live operation.
namespace tocsin::app {

/// Gives the room a reader for every rule whose job is built. The instance must outlive it; its rooms are opened when
/// the evidence is asked for.
void provide_evidence(Instance& instance, readiness::Evidence& evidence);

}  // namespace tocsin::app
