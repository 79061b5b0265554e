#pragma once
#include "net/http.hpp"

#include <string>

/// What is done to every answer before it is sent: conditional requests, compression, the head's text. No sockets, no
/// waiting.
namespace tocsin::net {

/// Answers 304 when If-None-Match names the answer's ETag (RFC 9110 section 13.1.2), compresses text when the peer
/// takes gzip.
void finish_response(HttpRequest const& request, HttpResponse& response);

/// The bytes to send as the body.
std::string_view body_of(HttpResponse const& response);

struct Framing {
    bool keep_alive = true;
    bool chunked = false;
    bool until_close = false;  ///< server-sent events: no length, the connection ends it
};

/// Status line and header fields up to and with the empty line. Header values are stripped of CR and LF (no splitting).
std::string head_of(HttpResponse const& response, Framing const& framing);

/// True when the Accept-Encoding value allows gzip (RFC 9110 section 12.5.3).
bool takes_gzip(std::string_view accept_encoding);

}  // namespace tocsin::net
