#pragma once
#include "net/net.hpp"

#include <optional>
#include <string_view>

namespace tocsin::api {

/// The console's files (compiled in from web/dist): with ETag, the compressed form (`.gz`, `.br`) where the build made
/// one and the browser takes it, and kept for a year where the name carries a hash (`/assets/`).
///
/// An address without a file extension, or one that a browser opens as a page, is a place inside the console and gets
/// index.html. None: no such file.
std::optional<net::HttpResponse> console_file(net::HttpRequest const& request, std::string_view path);

/// Content-Type by file name.
std::string_view media_type(std::string_view path);

}  // namespace tocsin::api
