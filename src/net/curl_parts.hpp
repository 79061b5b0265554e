#pragma once
#include "base/base.hpp"

#include <openssl/types.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>

/// What the users of curl share. Private to the room.
namespace tocsin::net {

void start_curl_once();
/// One printable line of at most 300 bytes; what a peer or a library says goes to logs and screens.
std::string printable(std::string_view text);
std::optional<IpAddress> address_of(sockaddr const& address);
/// SHA-256 of the certificate (DER) in lower-case hexadecimal digits; empty for none.
std::string fingerprint_of(X509* certificate);
/// The same form from what a person wrote: 64 digits, colons allowed. Errors: Code::invalid.
Result<std::string> plain_fingerprint(std::string_view text);

}  // namespace tocsin::net
