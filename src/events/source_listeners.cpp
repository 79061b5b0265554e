#include "events/source_fetcher.hpp"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <list>
#include <mutex>

/// Streams have a thread each, for as long as they are connected.
namespace tocsin::events {
namespace {

constexpr std::size_t most_listeners = 64;
constexpr std::chrono::milliseconds between_looks{1'000};

}  // namespace

class Fetcher::Listener {
  public:
    Listener(Fetcher& fetcher, Source source) : source_(std::move(source)) {
        thread_ = std::jthread([this, &fetcher](std::stop_token const& stop) {
            fetcher.listen(stop, source_);
            is_done_ = true;
        });
    }
    Listener(Listener const&) = delete;
    Listener& operator=(Listener const&) = delete;
    SourceId id() const { return source_.id; }
    bool is_done() const { return is_done_; }
    void ask_to_stop() { thread_.request_stop(); }

  private:
    Source source_;
    std::atomic<bool> is_done_ = false;
    std::jthread thread_;
};

void Fetcher::supervise(std::stop_token const& stop) {
    std::list<Listener> listeners;
    while (!stop.stop_requested()) {
        auto const before = wakes();
        listeners.remove_if([](Listener const& one) { return one.is_done(); });
        auto const due = doors_.sources->streams_due(doors_.clock->now());
        if (!due) {
            log::error("streams: asking which there are: {}", due.error().message);
        } else {
            for (auto const& source : *due) {
                auto const is_same = [&](Listener const& one) { return one.id() == source.id; };
                if (listeners.size() < most_listeners && std::ranges::none_of(listeners, is_same))
                    listeners.emplace_back(*this, source);
            }
        }
        wait(stop, between_looks, before);
    }
    for (auto& one : listeners) one.ask_to_stop();  // all at once; then each is waited for
}

/// Whether it was changed, paused or removed since it is listened to.
bool Fetcher::is_outdated(Source const& source, std::uint64_t& seen) {
    auto const now = wakes();
    if (now == seen) return false;
    seen = now;
    auto const found = doors_.sources->find(std::to_string(source.id.value));
    return found ? *found != source : found.error().code == Code::not_found;
}

void Fetcher::listen(std::stop_token const& stop, Source const& source) {
    auto seen = wakes() - 1;  // what changed before this thread began counts too
    bool is_old = is_outdated(source, seen);
    FetchOptions options;
    options.listens = true;
    std::mutex looking;  // a connection may have a thread of its own
    options.is_cancelled = [&] {
        std::lock_guard const lock(looking);
        is_old = is_old || is_outdated(source, seen);
        return is_old || stop.stop_requested();
    };
    options.on_progress = [&] {
        if (on_change) on_change(source.id);
    };
    auto const report = run(source, options);
    if (!report && !is_old && !stop.stop_requested() && report.error().code != Code::conflict)
        log::warning("source {}: {}", source.name, report.error().message);
}

}  // namespace tocsin::events
