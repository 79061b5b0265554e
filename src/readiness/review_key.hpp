#pragma once
#include "access/access.hpp"
#include "base/base.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Who signs a review: one Ed25519 key for each installation (RFC 8032).
namespace tocsin::readiness {

/// The key pair of this installation, derived from its secret (access::Secrets): nothing more to keep or to back up,
/// and the same after a restore. Immutable.
class ReviewKey {
  public:
    static ReviewKey of(access::Secrets const& secrets);

    std::string const& public_key() const { return public_; }  ///< 32 bytes
    /// 64 bytes over `purpose` and `text`: what is signed for one purpose is worth nothing for another.
    std::string sign(std::string_view purpose, std::string_view text) const;

  private:
    ReviewKey() = default;
    std::string public_, secret_;
};

bool is_signed(std::string_view public_key, std::string_view purpose, std::string_view text,
               std::string_view signature);

/// "3F0A-91BC-...": 160 bits of the key's SHA-256, to be compared over the phone.
std::string fingerprint_of(std::string_view public_key);
/// As somebody typed it: case, spaces, dashes and colons do not count. None: 40 hexadecimal digits were expected.
std::optional<std::string> read_fingerprint(std::string_view text);

}  // namespace tocsin::readiness
