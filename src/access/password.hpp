#pragma once
#include "base/base.hpp"

#include <semaphore>
#include <string>
#include <string_view>

namespace tocsin::access {

/// Argon2id with a bound on how many run at once. Safe from any thread.
class PasswordHasher {
  public:
    struct Cost {
        std::uint64_t passes;
        std::size_t bytes;
        int at_once;
    };
    explicit PasswordHasher(Cost cost);

    /// The encoded hash with parameters and a random salt. Errors: Code::unavailable when too busy or short of memory.
    Result<std::string> hash(std::string_view password);
    /// False also for an empty hash, in the same time. Errors: Code::unavailable.
    Result<bool> matches(std::string_view password, std::string const& hash);
    /// True when it was made with other parameters than today's.
    bool is_outdated(std::string const& hash) const;

  private:
    Cost cost_;
    std::counting_semaphore<64> free_;
};

/// Crockford's base32, upper case, `count` symbols in groups of four: "7K2M-...".
std::string random_code(std::size_t count);
/// As typed by a person: upper case, without separators; O is 0, I and L are 1.
std::string normalised_code(std::string_view typed);

}  // namespace tocsin::access
