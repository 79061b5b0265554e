#include "access/totp.hpp"

#include "access/secrets.hpp"

#include <fmt/format.h>
#include <liboath/oath.h>

namespace tocsin::access {
namespace {

constexpr std::int64_t seconds_a_step = 30;
constexpr unsigned digits = 6;

}  // namespace

std::string totp_code(std::string_view secret, std::int64_t step) {
    char code[digits + 1] = {};
    int const done = oath_hotp_generate(secret.data(), secret.size(), static_cast<std::uint64_t>(step), digits, false,
                                        OATH_HOTP_DYNAMIC_TRUNCATION, code);
    TOCSIN_ASSERT(done == OATH_OK);
    return code;
}

std::int64_t totp_step(Timestamp now) {
    return now.seconds() / seconds_a_step;
}

std::optional<std::int64_t> matching_step(std::string_view secret, std::string_view code, Timestamp now,
                                          std::int64_t last_used) {
    std::optional<std::int64_t> found;
    for (std::int64_t const drift : {-1, 0, 1}) {
        std::int64_t const step = totp_step(now) + drift;
        if (equal_in_constant_time(totp_code(secret, step), code) && step > last_used) found = step;
    }
    return found;
}

std::string to_base32(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string text;
    unsigned buffer = 0;
    int bits = 0;
    for (char const c : bytes) {
        buffer = buffer << 8 | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 5; bits -= 5) text.push_back(alphabet[buffer >> (bits - 5) & 31]);
    }
    if (bits > 0) text.push_back(alphabet[buffer << (5 - bits) & 31]);
    return text;
}

std::string otpauth_uri(std::string_view name, std::string_view secret) {
    return fmt::format("otpauth://totp/Tocsin:{}?secret={}&issuer=Tocsin&algorithm=SHA1&digits={}&period={}",
                       percent_encoded(name), to_base32(secret), digits, seconds_a_step);
}

}  // namespace tocsin::access
