#pragma once
#include "base/base.hpp"

#include <string>
#include <string_view>

/// URLs as the client reads them, with curl's own parser, so that what was checked is what is asked. Private to net.
namespace tocsin::net {

struct HttpUrl {
    std::string scheme;  ///< "http" or "https"
    std::string host;    ///< lower case; an IPv6 address without brackets
    std::string port;    ///< also when it is the scheme's own
    std::string text;    ///< the whole, without a fragment
};

/// Errors: Code::invalid, saying what is wrong; never repeating the URL, which may hold a password.
Result<HttpUrl> parse_http_url(std::string_view text);

}  // namespace tocsin::net
