#pragma once
/// Sockets: the HTTP server. The only room with coroutines.
#include "net/http.hpp"
