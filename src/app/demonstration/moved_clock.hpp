#pragma once
#include "base/base.hpp"

#include <atomic>

namespace tocsin::app::demonstration {

/// A clock that is moved by hand and can be read from any thread.
class MovedClock final : public Clock {
  public:
    explicit MovedClock(Timestamp time) : micros_(time.micros) {}
    Timestamp now() const override { return {micros_.load(std::memory_order_relaxed)}; }
    void move_to(Timestamp time) { micros_.store(time.micros, std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> micros_;
};

}  // namespace tocsin::app::demonstration
