#include "notifications/owner_link.hpp"

#include <sodium.h>

namespace tocsin::notifications {
namespace {

constexpr std::size_t link_size = 16, expiry_size = 4, mac_size = 16;
constexpr std::size_t most_names = 20'000;
constexpr std::string_view purpose = "owner-link";

std::string expiry_bytes(Timestamp time) {
    auto const seconds = static_cast<std::uint32_t>(time.seconds());
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((seconds >> shift) & 0xff);
    return out;
}

Timestamp expiry_from(std::string_view bytes) {
    std::uint32_t seconds = 0;
    for (char const c : bytes) seconds = (seconds << 8) | static_cast<unsigned char>(c);
    return Timestamp::from_seconds(seconds);
}

}  // namespace

std::string OwnerLinks::fresh() {
    return secret_bytes(link_size);
}

std::string OwnerLinks::token(std::string_view link, Timestamp expires) const {
    auto const body = std::string(link) + expiry_bytes(expires);
    return to_base64url(body + secrets_.mac(purpose, body).substr(0, mac_size));
}

std::optional<std::string> OwnerLinks::link(std::string_view token, Timestamp now) const {
    if (token.size() > 100) return {};
    auto const bytes = from_base64url(token);
    if (!bytes || bytes->size() != link_size + expiry_size + mac_size || to_base64url(*bytes) != token) return {};
    auto const body = bytes->substr(0, link_size + expiry_size);
    auto const mac = secrets_.mac(purpose, body);
    if (sodium_memcmp(mac.data(), bytes->data() + body.size(), mac_size) != 0) return {};
    if (expiry_from(std::string_view(body).substr(link_size)) <= now) return {};
    return body.substr(0, link_size);
}

bool RateLimit::allows(std::string_view name, Timestamp now) {
    std::scoped_lock const lock(mutex_);
    if (counts_.size() > most_names) counts_.clear();
    auto& [start, count] = counts_[std::string(name)];
    if (now - start >= std::chrono::minutes(1) || now < start) {
        start = now;
        count = 0;
    }
    return ++count <= most_;
}

}  // namespace tocsin::notifications
