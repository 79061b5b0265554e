#pragma once
#include "base/base.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tocsin::access {

/// RFC 6238 over HMAC-SHA-1, steps of 30 s, six digits: what every authenticator app speaks.
std::string totp_code(std::string_view secret, std::int64_t step);
std::int64_t totp_step(Timestamp now);

/// The step whose code that is: the present one, the one before or the one after, and later than `last_used`; else
/// none. Compares in constant time.
std::optional<std::int64_t> matching_step(std::string_view secret, std::string_view code, Timestamp now,
                                          std::int64_t last_used);

/// RFC 4648 section 6, without padding.
std::string to_base32(std::string_view bytes);

/// otpauth://totp/Tocsin:NAME?... as authenticator apps read it from a QR code.
std::string otpauth_uri(std::string_view name, std::string_view secret);

}  // namespace tocsin::access
