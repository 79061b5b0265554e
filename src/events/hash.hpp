#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tocsin::events {

/// 128 bits that stand for an event's identity.
///
/// Two different events of one day get the same bits by chance once in 2^128 / n^2 * 2: for 50 million events a day
/// that is 1 in 10^23. Nobody can make them collide on purpose without the installation's secret, from which the
/// multipliers come: folded 64 x 64 -> 128 bit multiplications, two chains that differ in their keys.
struct EventKey {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    friend auto operator<=>(EventKey const&, EventKey const&) = default;
};

/// The installation's secret, 64 bytes.
struct HashSecret {
    std::uint64_t words[8] = {};
};

class KeyHasher {
  public:
    explicit KeyHasher(HashSecret const& secret) : secret_(&secret), a_(secret.words[0]), b_(secret.words[1]) {}

    void add(std::uint64_t value) {
        a_ = folded(a_ ^ value, secret_->words[2] ^ b_);
        b_ = folded(b_ ^ value ^ secret_->words[4], secret_->words[3]);
    }
    void add(std::uint64_t first, std::uint64_t second) {
        auto const a = folded(a_ ^ first, secret_->words[2] ^ second);
        b_ = folded(b_ ^ second ^ secret_->words[4], secret_->words[3] ^ first) + a_;
        a_ = a;
    }
    void add(std::string_view text) {
        auto const* bytes = text.data();
        auto left = text.size();
        for (; left >= 16; bytes += 16, left -= 16) add(word(bytes), word(bytes + 8));
        char tail[16] = {};
        if (left > 0) std::memcpy(tail, bytes, left);
        add(word(tail), word(tail + 8));
        add(text.size());
    }
    EventKey key() const {
        return {folded(a_ ^ secret_->words[5], b_ ^ secret_->words[6]),
                folded(b_ ^ secret_->words[7], a_ ^ secret_->words[3])};
    }

  private:
    static std::uint64_t word(char const* bytes) {
        std::uint64_t value = 0;
        std::memcpy(&value, bytes, 8);
        return value;
    }
    static std::uint64_t folded(std::uint64_t x, std::uint64_t y) {
        auto const product = static_cast<unsigned __int128>(x) * y;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    }

    HashSecret const* secret_;
    std::uint64_t a_, b_;
};

}  // namespace tocsin::events
