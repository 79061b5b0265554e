#pragma once
#include "base/base.hpp"

#include <memory>
#include <string>
#include <string_view>

/// DKIM signatures (RFC 6376, RFC 8463) on mail that leaves without a relay that makes them.
namespace tocsin::net {

/// Canonical forms "relaxed" of RFC 6376 section 3.4.2 and 3.4.4: of one whole header field without its last line end,
/// and of a body.
std::string dkim_relaxed_field(std::string_view field);
std::string dkim_relaxed_body(std::string_view body);

/// Signs with one key: rsa-sha256 or ed25519-sha256, by what the key is. Safe from any thread.
class DkimSigner {
  public:
    /// `key`: a private key in PEM. Errors: Code::invalid for a domain or selector that can't stand in DNS, for a key
    /// of another kind, and for RSA below 1024 bits (RFC 8301).
    static Result<DkimSigner> make(std::string domain, std::string selector, std::string_view key);
    DkimSigner(DkimSigner&&) noexcept;
    DkimSigner& operator=(DkimSigner&&) = delete;
    ~DkimSigner();

    /// The message with a signature in front. The same message gives the same bytes. Errors: Code::invalid for bytes
    /// that have no head with a From.
    Result<std::string> sign(std::string_view message) const;
    /// The text record for SELECTOR._domainkey.DOMAIN.
    std::string record() const;
    /// The signature of a header field that is whole but for the end of its "b=": for known answers.
    Result<std::string> signature(std::string_view message, std::string_view field) const;

  private:
    struct Impl;
    explicit DkimSigner(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::net
