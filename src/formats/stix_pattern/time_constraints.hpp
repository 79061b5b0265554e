#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tocsin::formats::stix_pattern {

/// Moments with bounds, and orders between them: `to` is at least `weight` after `from`. Weights are never positive, so
/// the bounds always settle, and the earliest moments within settled bounds are a solution.
class TimeConstraints {
  public:
    static constexpr std::int64_t always = std::int64_t{1} << 61;  ///< later than all times, minus is earlier

    /// How far to go back.
    struct Mark {
        std::size_t moments = 0, orders = 0, changes = 0;
    };

    std::size_t add_moment(std::int64_t earliest, std::int64_t latest);
    /// False when that leaves a moment no time; then the caller must go back.
    bool add_order(std::size_t from, std::size_t to, std::int64_t weight);

    std::int64_t earliest(std::size_t moment) const { return moments_[moment].earliest; }
    std::int64_t latest(std::size_t moment) const { return moments_[moment].latest; }

    Mark mark() const { return {moments_.size(), orders_.size(), changes_.size()}; }
    void go_back(Mark const& mark);

    /// Bounds looked at since the beginning.
    std::uint64_t work() const { return work_; }

  private:
    struct Moment {
        std::int64_t earliest, latest;
        std::vector<std::size_t> orders;  ///< that it stands in, on either side
    };
    struct Order {
        std::size_t from, to;
        std::int64_t weight;
    };
    struct Change {
        std::size_t moment;
        std::int64_t earliest, latest;  ///< before
    };

    bool narrow(std::size_t moment, std::int64_t earliest, std::int64_t latest);
    bool settle();

    std::vector<Moment> moments_;
    std::vector<Order> orders_;
    std::vector<Change> changes_;
    std::vector<std::size_t> waiting_;  ///< moments whose bounds changed
    std::uint64_t work_ = 0;
};

}  // namespace tocsin::formats::stix_pattern
