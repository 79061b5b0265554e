#pragma once
#include "net/net.hpp"

#include <string>
#include <string_view>

/// What the addresses that give files to programs of others have in common. Private to api.
namespace tocsin::api {

/// 401 with what to send.
net::HttpResponse not_signed_in(std::string_view realm);
/// 405.
net::HttpResponse only_to_read();
/// A strong entity tag of the text.
std::string etag_of(std::string_view text);
/// The asker has the file already (If-None-Match), so that nothing is given to it.
bool has_it(net::HttpRequest const& request, std::string_view etag);

}  // namespace tocsin::api
