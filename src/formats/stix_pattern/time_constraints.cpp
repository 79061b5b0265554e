#include "formats/stix_pattern/time_constraints.hpp"

#include <algorithm>

namespace tocsin::formats::stix_pattern {

std::size_t TimeConstraints::add_moment(std::int64_t earliest, std::int64_t latest) {
    moments_.push_back({earliest, latest, {}});
    return moments_.size() - 1;
}

bool TimeConstraints::add_order(std::size_t from, std::size_t to, std::int64_t weight) {
    moments_[from].orders.push_back(orders_.size());
    moments_[to].orders.push_back(orders_.size());
    orders_.push_back({from, to, weight});
    waiting_ = {from, to};
    return settle();
}

bool TimeConstraints::narrow(std::size_t moment, std::int64_t earliest, std::int64_t latest) {
    auto& own = moments_[moment];
    if (earliest <= own.earliest && latest >= own.latest) return true;
    changes_.push_back({moment, own.earliest, own.latest});
    own.earliest = std::max(own.earliest, earliest);
    own.latest = std::min(own.latest, latest);
    waiting_.push_back(moment);
    return own.earliest <= own.latest;
}

bool TimeConstraints::settle() {
    // First in, first out: no moment is met more often than there are moments.
    for (std::size_t next = 0; next < waiting_.size(); ++next) {
        for (auto const index : moments_[waiting_[next]].orders) {
            ++work_;
            auto const& order = orders_[index];
            bool const fits = narrow(order.to, moments_[order.from].earliest + order.weight, always) &&
                              narrow(order.from, -always, moments_[order.to].latest - order.weight);
            if (!fits) return false;
        }
    }
    return true;
}

void TimeConstraints::go_back(Mark const& mark) {
    for (; changes_.size() > mark.changes; changes_.pop_back()) {
        auto const& change = changes_.back();
        moments_[change.moment].earliest = change.earliest;
        moments_[change.moment].latest = change.latest;
    }
    for (; orders_.size() > mark.orders; orders_.pop_back()) {
        moments_[orders_.back().from].orders.pop_back();
        moments_[orders_.back().to].orders.pop_back();
    }
    moments_.erase(moments_.begin() + static_cast<std::ptrdiff_t>(mark.moments), moments_.end());
}

}  // namespace tocsin::formats::stix_pattern
