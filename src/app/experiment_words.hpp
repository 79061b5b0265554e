#pragma once
#include "app/command.hpp"
#include "app/instance.hpp"
#include "reports/experiments.hpp"
#include "reports/reports.hpp"

/// What the commands about experiments share.
namespace tocsin::app {

/// One line; what came of it below, when it is given.
void print_experiment(Invocation const& call, reports::Experiment const& experiment,
                      reports::ExperimentResult const* result = nullptr);

}  // namespace tocsin::app
