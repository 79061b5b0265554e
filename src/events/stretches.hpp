#pragma once
#include "base/base.hpp"
#include "events/query.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

/// Work on addresses shared among threads. Private to the room.
namespace tocsin::events {

/// Stretches of addresses that nobody has gone through yet. Things lie unevenly: a stretch with too many for once is
/// cut in two until there is none. Every address is given once. Safe from any thread.
class Stretches {
  public:
    /// Empty: all addresses.
    explicit Stretches(std::vector<AddressRange> wanted);

    /// Waits until there is one, for somebody else's may be cut; none: all is done, or it was stopped.
    std::optional<AddressRange> next();
    /// One that was given is done but for what is from `rest` on.
    void done(AddressRange const& range, std::optional<IpAddress> rest);
    /// Instead of `done`: nobody gets any more. The first error is kept.
    void stop(Status status);
    /// When all threads have come back.
    Status status() const { return status_; }

  private:
    std::mutex mutex_;  // guards all below
    std::condition_variable changed_;
    std::vector<AddressRange> left_;
    int busy_ = 0;
    bool is_over_ = false;
    Status status_;
};

}  // namespace tocsin::events
