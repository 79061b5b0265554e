#include "net/http_pipes.hpp"

#include <chrono>
#include <utility>

namespace tocsin::net {

Status BodyPipe::write(std::string_view bytes) {
    std::unique_lock lock(mutex_);
    while (!abandoned_ && unsent_.size() >= most_unsent) room_.wait_for(lock, std::chrono::seconds(1));
    if (abandoned_) return fail(Code::io, "the receiver has gone away");
    auto const was_empty = unsent_.empty();
    unsent_ += bytes;
    if (was_empty && wake_) wake_();
    return {};
}

void BodyPipe::finish(Status status) {
    std::lock_guard const lock(mutex_);
    done_ = true;
    failed_ = !status;
    if (wake_) wake_();
}

void BodyPipe::abandon() {
    std::lock_guard const lock(mutex_);
    abandoned_ = true;
    wake_ = nullptr;
    room_.notify_all();
}

BodyPipe::Taken BodyPipe::take() {
    std::lock_guard const lock(mutex_);
    room_.notify_all();
    return {std::exchange(unsent_, {}), done_, failed_};
}

bool EventPipe::send(std::string event) {
    std::lock_guard const lock(mutex_);
    if (closed_) return false;
    if (waiting_.size() >= limit_) closed_ = true;  // too far behind: it connects again and is told to load anew
    if (!closed_) waiting_.push_back(std::move(event));
    if (wake_) wake_();
    return !closed_;
}

bool EventPipe::is_open() const {
    std::lock_guard const lock(mutex_);
    return !closed_;
}

void EventPipe::close() {
    std::lock_guard const lock(mutex_);
    closed_ = true;
    waiting_.clear();
    if (wake_) std::exchange(wake_, nullptr)();
}

EventPipe::Taken EventPipe::take() {
    std::lock_guard const lock(mutex_);
    Taken taken;
    for (auto& event : waiting_) taken.bytes += event;
    waiting_.clear();
    taken.is_closed = closed_;
    return taken;
}

}  // namespace tocsin::net
