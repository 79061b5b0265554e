#include "api/rate_limit.hpp"

#include <algorithm>

namespace tocsin::api {

RateLimit::Bucket& RateLimit::refilled(std::string_view key, Timestamp now) {
    if (buckets_.size() >= most_keys_) forget_full(now);
    auto& bucket = buckets_.try_emplace(std::string(key), Bucket{rate_.burst, now}).first->second;
    auto const seconds = static_cast<double>(std::max<std::int64_t>(0, (now - bucket.at).count())) / 1e6;
    bucket.left = std::min(rate_.burst, bucket.left + seconds * rate_.per_second);
    bucket.at = now;
    return bucket;
}

void RateLimit::forget_full(Timestamp now) {
    std::erase_if(buckets_, [&](auto const& entry) {
        auto const seconds = static_cast<double>((now - entry.second.at).count()) / 1e6;
        return entry.second.left + seconds * rate_.per_second >= rate_.burst;
    });
    if (buckets_.size() >= most_keys_) buckets_.clear();
}

bool RateLimit::take(std::string_view key, Timestamp now) {
    std::lock_guard const lock(mutex_);
    auto& bucket = refilled(key, now);
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
}

bool RateLimit::has_room(std::string_view key, Timestamp now) {
    std::lock_guard const lock(mutex_);
    return refilled(key, now).left >= 1;
}

}  // namespace tocsin::api
