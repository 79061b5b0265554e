#pragma once
#include "app/instance.hpp"
#include "readiness/readiness.hpp"

/// What reachability tests ask of other rooms: where somebody is reached, and the way of a letter.
namespace tocsin::app {

/// The instance must outlive it.
Result<readiness::ReachDoors> reach_doors(Instance& instance);

}  // namespace tocsin::app
