#pragma once
#include "app/command.hpp"
#include "app/instance.hpp"
#include "events/recheck.hpp"

#include <functional>
#include <string>
#include <string_view>

/// What the commands about looking again share.
namespace tocsin::app {

/// Opens what is needed, runs it, and turns an error into its exit code.
Exit with_rechecks(Invocation& call, std::function<Result<Exit>(events::Rechecks&)> const& run);
/// "192.0.2.0/24,198.51.100.7". Errors: Code::invalid naming the option.
Result<std::vector<IpPrefix>> networks_in(std::string_view option, std::string_view text);

/// One line.
void print_recheck(Invocation const& call, events::Recheck const& one);
void print_permission(Invocation const& call, events::Permission const& one, std::string_view organisation);

}  // namespace tocsin::app
