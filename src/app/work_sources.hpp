#pragma once
#include "app/instance.hpp"
#include "readiness/readiness.hpp"

/// What arrives at the desk, counted by the rooms whose records they are.
namespace tocsin::app {

/// Gives the staffing simulator a reader for every kind of work that is built. The instance must outlive it.
void provide_work(Instance& instance, readiness::Staffing& staffing);

}  // namespace tocsin::app
