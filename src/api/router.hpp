#pragma once
#include <span>

namespace tocsin::api {

class Router;

/// Each src/api/routes/<stem>.cpp defines `void routes_<stem>(Router&)`; the table is generated from the folder.
using RouteFile = void (*)(Router&);
std::span<RouteFile const> route_table();

}  // namespace tocsin::api
