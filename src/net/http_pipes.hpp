#pragma once
#include "net/http.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

/// How worker threads hand bytes to the I/O thread. Private to net's HTTP files.
namespace tocsin::net {

/// A long answer's bytes: the producer waits while a quarter of a mebibyte is unsent.
class BodyPipe final : public BodyWriter {
  public:
    /// `wake` tells the I/O thread to look; called from the producer's thread.
    explicit BodyPipe(std::function<void()> wake) : wake_(std::move(wake)) {}

    Status write(std::string_view bytes) override;
    void finish(Status status);
    /// The reader gives up: the producer's next write fails.
    void abandon();

    struct Taken {
        std::string bytes;
        bool is_done = false;
        bool has_failed = false;
    };
    Taken take();

  private:
    static constexpr std::size_t most_unsent = 256 << 10;

    std::mutex mutex_;  // guards everything below; held for copies only
    std::condition_variable room_;
    std::string unsent_;
    bool done_ = false;
    bool failed_ = false;
    bool abandoned_ = false;
    std::function<void()> wake_;
};

/// The events for one listener.
class EventPipe final : public EventSink {
  public:
    EventPipe(std::size_t limit, std::function<void()> wake) : limit_(limit), wake_(std::move(wake)) {}

    bool send(std::string event) override;
    bool is_open() const override;
    void close() override;

    struct Taken {
        std::string bytes;
        bool is_closed = false;
    };
    Taken take();

  private:
    std::size_t const limit_;
    mutable std::mutex mutex_;  // guards everything below; held for moves only
    std::deque<std::string> waiting_;
    bool closed_ = false;
    std::function<void()> wake_;
};

}  // namespace tocsin::net
