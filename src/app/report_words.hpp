#pragma once
#include "app/command.hpp"
#include "app/instance.hpp"
#include "reports/reports.hpp"

/// What the commands about reports share.
namespace tocsin::app {

/// From --period; without it the last whole year.
Result<reports::Period> report_period(Invocation const& call);
/// From the options of `report make`. Errors: Code::invalid naming the option.
Result<reports::Request> report_request(Invocation const& call, std::string_view kind);

}  // namespace tocsin::app
