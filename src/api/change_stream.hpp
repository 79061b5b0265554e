#pragma once
#include "base/timestamp.hpp"
#include "net/net.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::api {

/// Tells open consoles what has changed, as server-sent events. Safe from any thread.
class ChangeStream {
  public:
    /// `kind` is one of StreamMessage's; an empty `id` means many; `change` is "added", "changed" or "removed".
    void publish(std::string_view kind, std::string_view id, std::string_view change, Timestamp now);

    /// `owner` says whose sign-in it hangs on; see close_for().
    /// What was missed since `last_event_id` is sent again when it is still known; else a `hello` with "removed" says:
    /// load anew.
    void join(std::shared_ptr<net::EventSink> sink, std::string owner, std::string_view last_event_id, Timestamp now);

    /// Ends the streams of a session or account that lost its rights.
    void close_for(std::string_view owner);

  private:
    struct Message {
        std::uint64_t number;
        std::string text;
    };
    struct Listener {
        std::string owner;
        std::shared_ptr<net::EventSink> sink;
    };
    static constexpr std::size_t most_remembered = 1000;

    std::mutex mutex_;  // guards everything below; sending only queues, so it is short
    std::uint64_t last_ = 0;
    std::deque<Message> remembered_;
    std::vector<Listener> listeners_;
};

}  // namespace tocsin::api
