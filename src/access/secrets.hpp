#pragma once
#include "base/base.hpp"
#include "store/store.hpp"

#include <array>
#include <string>
#include <string_view>

namespace tocsin::access {

/// Keys of this installation, all derived from 32 random bytes in DATA/secret (mode 0600, made at first start).
///
/// Part of every backup: without it links in mails that were sent, second factors and stored log-in throttles are void.
/// Immutable after open; safe from any thread. Nothing here is ever logged or shown.
class Secrets {
  public:
    /// Errors: Code::io; Code::denied when others may read the file; Code::invalid when it is not one of ours.
    static Result<Secrets> open(store::DataDirectory const& directory);

    /// A key for one purpose ("owner-link"), 32 bytes: BLAKE2b-256 keyed with the secret over the purpose.
    std::string key(std::string_view purpose) const;
    /// BLAKE2b-256 of `text`, keyed for the purpose; 32 bytes. For tokens in links, and for values that are only
    /// compared.
    std::string mac(std::string_view purpose, std::string_view text) const;

    /// Encrypts and authenticates (XSalsa20-Poly1305, random nonce) / undoes it; none when it was not made with this
    /// secret.
    std::string seal(std::string_view purpose, std::string_view text) const;
    std::optional<std::string> unseal(std::string_view purpose, std::string_view sealed) const;

  private:
    explicit Secrets(std::string root) : root_(std::move(root)) {}
    std::string root_;
};

/// Compares in a time that depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);
/// SHA-256, 32 bytes.
std::string sha256(std::string_view bytes);

}  // namespace tocsin::access
