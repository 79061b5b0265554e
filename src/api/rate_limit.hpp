#pragma once
#include "base/timestamp.hpp"

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tocsin::api {

/// So many at once, so many a second after that, for each key (an address, an account). Safe from any thread.
///
/// Remembers at most `most_keys`; beyond that, keys that are full again are forgotten first, then all.
class RateLimit {
  public:
    struct Rate {
        double burst = 10;
        double per_second = 1;
    };
    explicit RateLimit(Rate rate, std::size_t most_keys = 10'000) : rate_(rate), most_keys_(most_keys) {}

    /// Takes one; false when none is left.
    bool take(std::string_view key, Timestamp now);
    /// Whether one is left, without taking it.
    bool has_room(std::string_view key, Timestamp now);

  private:
    struct Bucket {
        double left;
        Timestamp at;
    };
    Bucket& refilled(std::string_view key, Timestamp now);
    void forget_full(Timestamp now);

    Rate const rate_;
    std::size_t const most_keys_;
    std::mutex mutex_;  // guards the buckets; held for a look-up
    std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace tocsin::api
