#pragma once
/// Sockets: the HTTP server, and mail. The only room with coroutines.
#include "net/http.hpp"
#include "net/mail.hpp"
