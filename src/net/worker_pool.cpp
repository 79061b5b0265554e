#include "net/worker_pool.hpp"

#include <utility>

namespace tocsin::net {

bool WorkerPool::submit(Job job, bool beyond_limit) {
    std::lock_guard const lock(mutex_);
    if (stopped_) return false;
    auto const can_start = threads_.size() < most_threads_;
    auto const free = idle_ + (can_start ? most_threads_ - threads_.size() : 0);
    if (!beyond_limit && jobs_.size() >= queue_limit_ + free) return false;
    jobs_.push_back(std::move(job));
    if (jobs_.size() > idle_ && can_start) threads_.emplace_back([this] { run(); });
    changed_.notify_one();
    return true;
}

std::size_t WorkerPool::waiting() const {
    std::lock_guard const lock(mutex_);
    return jobs_.size();
}

void WorkerPool::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        ++idle_;
        changed_.wait(lock, [this] { return stopped_ || !jobs_.empty(); });
        --idle_;
        if (stopped_) return;
        auto job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
    }
}

void WorkerPool::stop() {
    std::deque<Job> dropped;
    std::vector<std::thread> running;
    {
        std::lock_guard const lock(mutex_);
        stopped_ = true;
        dropped.swap(jobs_);
        running.swap(threads_);
        changed_.notify_all();
    }
    for (auto& thread : running) thread.join();
}

}  // namespace tocsin::net
