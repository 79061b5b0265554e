#pragma once
#include "access/access.hpp"

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

/// The owner's links. Private to the room.
///
/// A token is base64url(16 random bytes, expiry in seconds (4 bytes), 16 bytes of a keyed BLAKE2b over both). The
/// random bytes name the notification in the ledger and tell nothing about it; expiry and revocation stand there too.
namespace tocsin::notifications {

class OwnerLinks {
  public:
    explicit OwnerLinks(access::Secrets const& secrets) : secrets_(secrets) {}

    /// Random bytes for a new link.
    static std::string fresh();
    std::string token(std::string_view link, Timestamp expires) const;
    /// The link of a token that we made and that has not expired. Constant time in what is secret.
    std::optional<std::string> link(std::string_view token, Timestamp now) const;

  private:
    access::Secrets const& secrets_;
};

/// At most so many in a minute for each name; memory is bounded. Safe from any thread.
class RateLimit {
  public:
    explicit RateLimit(std::size_t most) : most_(most) {}
    bool allows(std::string_view name, Timestamp now);

  private:
    std::size_t const most_;
    std::mutex mutex_;  ///< guards the counts
    std::map<std::string, std::pair<Timestamp, std::size_t>, std::less<>> counts_;
};

}  // namespace tocsin::notifications
