#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// How long things last, where many are still there when one looks: whole days, counted as they come, so that ten
/// million cost what ten do. Pure; knows no findings.
///
/// Sources: Kaplan and Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958); Greenwood's
/// variance, with bounds on the log(-log) scale (Kalbfleisch and Prentice, 2nd edition, section 1.4), so that they stay
/// between 0 and 1; interval of the median after Brookmeyer and Crowley (Biometrics 38, 1982); log-rank test after
/// Mantel (1966), in the form of Mantel and Byar (JASA 69, 1974) where things enter late.
namespace tocsin::reports {

/// The durations of one group.
class Durations {
  public:
    static constexpr int most_days = 3660;  ///< what lasts longer counts as still there then
    static constexpr int from_start = -1;

    /// Something that was there from the start (or is looked at only after day `entered`) and was gone on `day`, or
    /// was still there when last looked at, on `day`. On one day, going comes before being lost from sight.
    /// What enters on its last day or later is counted as one and says nothing.
    void add(int day, bool is_gone, int entered = from_start);
    void add(Durations const& other);

    std::int64_t size() const { return size_; }
    std::int64_t gone() const { return gone_all_; }
    /// Days from 0 to before this may be asked below.
    int days() const { return static_cast<int>(ended_.size()); }
    std::int64_t gone_on(int day) const { return at(gone_, day); }
    std::int64_t ended_on(int day) const { return at(ended_, day); }  ///< gone or lost from sight
    std::int64_t entered_on(int day) const { return at(entered_, day); }
    std::int64_t at_start() const { return at_start_; }

  private:
    using Counts = std::vector<std::uint32_t>;
    static std::int64_t at(Counts const& counts, int day) {
        return static_cast<std::size_t>(day) < counts.size() ? counts[static_cast<std::size_t>(day)] : 0;
    }
    static void count(Counts& counts, int day);
    static void add(Counts& to, Counts const& from);

    Counts gone_, ended_, entered_;
    std::int64_t size_ = 0, gone_all_ = 0, at_start_ = 0;
};

struct Interval {
    double value = 0, low = 0, high = 0;  ///< 95 percent
};

/// One day on which something went.
struct Step {
    int day = 0;
    std::int64_t at_risk = 0, gone = 0;
    double standing = 1;        ///< share that is still there after this day
    double low = 1, high = 1;   ///< 95 percent
    double standard_error = 0;  ///< Greenwood's
};

/// The days to a share of one half; `low` and `high` are missing where the interval is open.
struct MedianDays {
    int days = 0;
    std::optional<int> low, high;
};

struct Curve {
    std::int64_t size = 0, gone = 0;
    int followed = 0;         ///< until this day something was looked at
    std::vector<Step> steps;  ///< ascending

    /// None while more than half are there.
    std::optional<MedianDays> median() const;
    /// The share that went within so many days; none when nothing was followed so long (and not all went before).
    std::optional<Interval> gone_within(int days) const;
    Step const* last_until(int day) const;
};
Curve curve_of(Durations const& durations);

/// Two groups held against each other over the same days.
struct Comparison {
    std::int64_t gone_a = 0, gone_b = 0;
    double expected_a = 0, expected_b = 0;  ///< were both alike
    double chi_square = 0;                  ///< one degree of freedom
    double p = 1;
    std::optional<Interval> ratio;  ///< how much faster a goes than b (Peto's rate ratio: it excludes 1 exactly when
                                    ///< p is below 0.05); none where one of them never went
};
Comparison compare(Durations const& a, Durations const& b);

}  // namespace tocsin::reports
