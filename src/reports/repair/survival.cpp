#include "reports/repair/survival.hpp"

#include <algorithm>
#include <cmath>

namespace tocsin::reports {
namespace {

constexpr double z95 = 1.959963984540054;
constexpr double rounding = 1e-12;  // shares like 0.5 come out of products of fractions

/// Bounds of a share on the log(-log) scale. `relative` is the variance of its logarithm.
void bound(Step& step, double relative) {
    if (step.standing >= 1) return;
    if (step.standing <= 0) {
        step.low = 0;
        return;  // the upper bound stays that of the step before
    }
    auto const log_share = std::log(step.standing);
    auto const spread = z95 * std::sqrt(relative) / std::abs(log_share);
    step.low = std::pow(step.standing, std::exp(spread));
    step.high = std::pow(step.standing, std::exp(-spread));
}

}  // namespace

void Durations::count(Counts& counts, int day) {
    auto const place = static_cast<std::size_t>(day);
    if (counts.size() <= place) counts.resize(place + 1);
    ++counts[place];
}

void Durations::add(Counts& to, Counts const& from) {
    if (to.size() < from.size()) to.resize(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) to[i] += from[i];
}

void Durations::add(int day, bool is_gone, int entered) {
    ++size_;
    day = std::max(0, day);
    if (day > most_days) {
        day = most_days;
        is_gone = false;
    }
    if (entered >= day) return;
    if (entered < 0) {
        ++at_start_;
    } else {
        count(entered_, entered);
    }
    count(ended_, day);
    if (!is_gone) return;
    count(gone_, day);
    ++gone_all_;
}

void Durations::add(Durations const& other) {
    add(gone_, other.gone_);
    add(ended_, other.ended_);
    add(entered_, other.entered_);
    size_ += other.size_;
    gone_all_ += other.gone_all_;
    at_start_ += other.at_start_;
}

Curve curve_of(Durations const& durations) {
    Curve curve{.size = durations.size(), .gone = durations.gone(), .steps = {}};
    auto at_risk = durations.at_start();
    double relative = 0;
    Step step;
    for (int day = 0; day < durations.days(); ++day) {
        if (at_risk > 0) curve.followed = day;
        auto const gone = durations.gone_on(day);
        if (gone > 0) {
            auto const n = static_cast<double>(at_risk), d = static_cast<double>(gone);
            step.day = day;
            step.at_risk = at_risk;
            step.gone = gone;
            step.standing = gone == at_risk ? 0 : step.standing * (n - d) / n;
            relative += gone == at_risk ? 0 : d / (n * (n - d));
            step.standard_error = step.standing * std::sqrt(relative);
            bound(step, relative);
            curve.steps.push_back(step);
        }
        at_risk += durations.entered_on(day) - durations.ended_on(day);
    }
    return curve;
}

Step const* Curve::last_until(int day) const {
    auto const after = std::ranges::upper_bound(steps, day, {}, &Step::day);
    return after == steps.begin() ? nullptr : &*(after - 1);
}

std::optional<MedianDays> Curve::median() const {
    auto const first_below = [&](double Step::* share) -> std::optional<int> {
        auto const found = std::ranges::find_if(steps, [&](Step const& step) { return step.*share <= 0.5 + rounding; });
        return found == steps.end() ? std::nullopt : std::optional(found->day);
    };
    auto const days = first_below(&Step::standing);
    if (!days) return std::nullopt;
    return MedianDays{*days, first_below(&Step::low), first_below(&Step::high)};
}

std::optional<Interval> Curve::gone_within(int days) const {
    auto const* const step = last_until(days);
    if (size == 0 || (followed < days && (step == nullptr || step->standing > 0))) return std::nullopt;
    if (step == nullptr) return Interval{};
    return Interval{1 - step->standing, 1 - step->high, 1 - step->low};
}

Comparison compare(Durations const& a, Durations const& b) {
    Comparison result{.gone_a = a.gone(), .gone_b = b.gone(), .ratio = {}};
    auto risk_a = static_cast<double>(a.at_start()), risk_b = static_cast<double>(b.at_start());
    double variance = 0;
    for (int day = 0; day < std::max(a.days(), b.days()); ++day) {
        auto const gone = static_cast<double>(a.gone_on(day) + b.gone_on(day));
        auto const risk = risk_a + risk_b;
        if (gone > 0) {
            result.expected_a += gone * risk_a / risk;
            result.expected_b += gone * risk_b / risk;
            if (risk > 1) variance += gone * (risk_a / risk) * (risk_b / risk) * (risk - gone) / (risk - 1);
        }
        risk_a += static_cast<double>(a.entered_on(day) - a.ended_on(day));
        risk_b += static_cast<double>(b.entered_on(day) - b.ended_on(day));
    }
    auto const difference = static_cast<double>(result.gone_a) - result.expected_a;
    if (variance > 0) {
        result.chi_square = difference * difference / variance;
        result.p = std::erfc(std::sqrt(result.chi_square / 2));
    }
    if (variance > 0 && result.gone_a > 0 && result.gone_b > 0) {
        // Peto's: from the days on which both had something at risk, as the test itself.
        auto const spread = z95 / std::sqrt(variance);
        auto const middle = difference / variance;
        result.ratio = Interval{std::exp(middle), std::exp(middle - spread), std::exp(middle + spread)};
    }
    return result;
}

}  // namespace tocsin::reports
