#pragma once
/// Sockets: the HTTP server and client, and mail. The only room with coroutines.
#include "net/http.hpp"
#include "net/http_client.hpp"
#include "net/imap.hpp"
#include "net/mail.hpp"
