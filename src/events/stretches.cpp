#include "events/stretches.hpp"

#include <algorithm>

namespace tocsin::events {
namespace {

using Wide = unsigned __int128;
Wide wide(IpAddress address) {
    return Wide{address.high} << 64 | address.low;
}
IpAddress narrow(Wide number) {
    return {static_cast<std::uint64_t>(number >> 64), static_cast<std::uint64_t>(number)};
}

/// Nearly everything lies on IPv4, which is a small part of the whole.
std::vector<AddressRange> all_addresses() {
    auto const first_v4 = wide(IpAddress::v4(0));
    auto const last_v4 = wide(IpAddress::v4(~0U));
    auto const middle = wide(IpAddress::v4(1U << 31));
    return {{narrow(0), narrow(first_v4 - 1)},
            {narrow(first_v4), narrow(middle - 1)},
            {narrow(middle), narrow(last_v4)},
            {narrow(last_v4 + 1), narrow(~Wide{0})}};
}

}  // namespace

Stretches::Stretches(std::vector<AddressRange> wanted) {
    if (wanted.empty()) wanted = all_addresses();
    std::ranges::sort(wanted, {}, &AddressRange::first);
    for (auto const& range : wanted) {
        if (left_.empty() || left_.back().last < range.first)
            left_.push_back(range);
        else
            left_.back().last = std::max(left_.back().last, range.last);
    }
    std::ranges::reverse(left_);  // the last is given first
}

std::optional<AddressRange> Stretches::next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_over_ || !left_.empty() || busy_ == 0; });
    if (is_over_ || left_.empty()) return std::nullopt;
    auto const range = left_.back();
    left_.pop_back();
    ++busy_;
    return range;
}

void Stretches::done(AddressRange const& range, std::optional<IpAddress> rest) {
    std::lock_guard const lock(mutex_);
    --busy_;
    if (rest) {
        auto const from = wide(*rest);
        auto const to = wide(range.last);
        auto const middle = from + (to - from) / 2;
        if (middle < to) left_.push_back({narrow(middle + 1), range.last});
        left_.push_back({*rest, narrow(middle)});
    }
    changed_.notify_all();
}

void Stretches::stop(Status status) {
    std::lock_guard const lock(mutex_);
    --busy_;
    is_over_ = true;
    if (status_) status_ = std::move(status);
    changed_.notify_all();
}

}  // namespace tocsin::events
