#pragma once
#include "access/access.hpp"
#include "notifications/notifications.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What tells to which warning a mail that comes back belongs. Private to the room.
///
/// "r91-k5xwg33sovzgk6dp": a letter (r: the address for answers, b: the one for bounces), the notification's number,
/// and 80 bits of a keyed BLAKE2b over both and the random bytes of the notification's link, in RFC 4648 base32. Mail
/// servers may change the case of an address: it does not matter here.
namespace tocsin::notifications {

enum class ReplyKind : char { answer = 'r', bounce = 'b' };

struct ReplyClaim {
    ReplyKind kind = ReplyKind::answer;
    NotificationId notification;
    std::string proof;  ///< as it was written, in lower case
    friend bool operator==(ReplyClaim const&, ReplyClaim const&) = default;
};

class ReplyTokens {
  public:
    explicit ReplyTokens(access::Secrets const& secrets) : secrets_(secrets) {}

    std::string token(ReplyKind kind, NotificationId id, std::string_view link) const;
    /// Whether the claim was made by us for that link. Constant time in what is secret.
    bool is_good(ReplyClaim const& claim, std::string_view link) const;

  private:
    access::Secrets const& secrets_;
};

/// A text that has the form of a token.
std::optional<ReplyClaim> parse_reply_token(std::string_view text);

/// "cirt@cirt.example" and a token: "cirt+r91-...@cirt.example". The address itself when the delimiter is empty or the
/// local part would be longer than 64 bytes.
std::string address_with(std::string_view address, std::string_view delimiter, std::string_view token);
/// The token in an address that address_with made of `address`; nothing in any other.
std::optional<ReplyClaim> claim_in_address(std::string_view found, std::string_view address,
                                           std::string_view delimiter);
/// The first "[r91-...]" in a subject.
std::optional<ReplyClaim> claim_in_subject(std::string_view subject);

}  // namespace tocsin::notifications
