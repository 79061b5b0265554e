#pragma once
#include <cstdint>
#include <string>

namespace tocsin {

/// Randomness is a parameter where a scenario must replay. Not for secrets.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next();
    /// Uniform in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound);
    /// True with the given chance, 0 to 1.
    bool chance(double probability);

  private:
    std::uint64_t state_;
};

/// Bytes from the operating system, fit for keys and tokens. Ends the program if the system has none.
std::string secret_bytes(std::size_t count);

}  // namespace tocsin
