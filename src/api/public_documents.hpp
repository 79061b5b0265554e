#pragma once
#include "api/api.hpp"
#include "net/net.hpp"

#include <string_view>

/// What the team has published about itself, for everybody: /rfc2350, /.well-known/security.txt, /published/<kind>.
/// Private to api.
namespace tocsin::api {

bool is_public_document(std::string_view path);
/// 404 unless the owner has published it. `?language=fr` chooses the language of a document.
net::HttpResponse public_document(Doors const& doors, net::HttpRequest const& request, std::string_view path);

/// Only the page's own style, told by its hash.
std::string const& document_policy();

}  // namespace tocsin::api
