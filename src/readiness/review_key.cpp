#include "readiness/review_key.hpp"

#include <fmt/format.h>
#include <sodium.h>

namespace tocsin::readiness {
namespace {

constexpr std::size_t fingerprint_bytes = 20;

unsigned char const* bytes_of(std::string_view text) {
    return reinterpret_cast<unsigned char const*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}
std::string message_of(std::string_view purpose, std::string_view text) {
    return fmt::format("tocsin {}\n{}", purpose, text);
}
std::string grouped(std::string_view digits) {
    std::string out;
    for (std::size_t i = 0; i < digits.size(); i += 4) {
        if (i > 0) out += '-';
        out += digits.substr(i, 4);
    }
    return out;
}

}  // namespace

ReviewKey ReviewKey::of(access::Secrets const& secrets) {
    ReviewKey key;
    key.public_.resize(crypto_sign_PUBLICKEYBYTES);
    key.secret_.resize(crypto_sign_SECRETKEYBYTES);
    auto const seed = secrets.key("review-signing");
    TOCSIN_ASSERT(seed.size() == crypto_sign_SEEDBYTES);
    crypto_sign_seed_keypair(bytes_of(key.public_), bytes_of(key.secret_), bytes_of(seed));
    return key;
}

std::string ReviewKey::sign(std::string_view purpose, std::string_view text) const {
    auto const message = message_of(purpose, text);
    std::string signature(crypto_sign_BYTES, '\0');
    crypto_sign_detached(bytes_of(signature), nullptr, bytes_of(message), message.size(), bytes_of(secret_));
    return signature;
}

bool is_signed(std::string_view public_key, std::string_view purpose, std::string_view text,
               std::string_view signature) {
    if (public_key.size() != crypto_sign_PUBLICKEYBYTES || signature.size() != crypto_sign_BYTES) return false;
    auto const message = message_of(purpose, text);
    return crypto_sign_verify_detached(bytes_of(signature), bytes_of(message), message.size(), bytes_of(public_key)) ==
           0;
}

std::string fingerprint_of(std::string_view public_key) {
    return grouped(uppered(to_hex(access::sha256(public_key).substr(0, fingerprint_bytes))));
}

std::optional<std::string> read_fingerprint(std::string_view text) {
    std::string digits;
    for (char const c : uppered(text))
        if (c != ' ' && c != '-' && c != ':') digits += c;
    if (digits.size() != 2 * fingerprint_bytes || !from_hex(digits)) return std::nullopt;
    return grouped(digits);
}

}  // namespace tocsin::readiness
