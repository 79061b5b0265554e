#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tocsin::net {

/// A few threads and a bounded queue before them. Threads start when they are first needed. Safe from any thread.
class WorkerPool {
  public:
    using Job = std::move_only_function<void()>;

    /// With `queue` 0, a job is taken only when a thread is free for it.
    WorkerPool(std::size_t threads, std::size_t queue) : most_threads_(threads), queue_limit_(queue) {}
    ~WorkerPool() { stop(); }
    WorkerPool(WorkerPool const&) = delete;
    WorkerPool& operator=(WorkerPool const&) = delete;

    /// False when the queue is full or the pool has stopped; the job is then destroyed unrun.
    /// `beyond_limit`: part of work that was admitted before (the next piece of a body); only a stopped pool refuses
    /// it.
    bool submit(Job job, bool beyond_limit = false);
    std::size_t waiting() const;
    /// Destroys what waits, waits for what runs.
    void stop();

  private:
    void run();

    std::size_t const most_threads_;
    std::size_t const queue_limit_;
    mutable std::mutex mutex_;  // guards everything below
    std::condition_variable changed_;
    std::deque<Job> jobs_;
    std::vector<std::thread> threads_;
    std::size_t idle_ = 0;
    bool stopped_ = false;
};

}  // namespace tocsin::net
