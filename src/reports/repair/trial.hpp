#pragma once
#include "events/events.hpp"
#include "reports/experiments.hpp"

#include <map>

/// What came of the two variants. Pure; private to the room.
namespace tocsin::reports {

/// The draw of an experiment.
using Draw = std::map<std::int64_t, Variant>;
Result<Draw> draw_of(store::Ledger& ledger, ExperimentId id);

class Trial {
  public:
    Trial(Experiment const& experiment, Draw const& draw, Timestamp now)
        : experiment_(experiment), draw_(draw), now_(now) {}

    /// `told`: when it was first told to its owner.
    void count(events::Finding const& finding, Timestamp told);
    ExperimentResult result() const;

  private:
    struct Share {
        std::int64_t of = 0, repaired = 0;
    };
    struct Owner {
        Share within_7, within_30;
    };
    struct Side {
        std::map<std::int64_t, Owner> owners;
        std::int64_t findings = 0;
        Durations durations;
    };
    VariantResult result_of(Variant variant) const;

    Experiment const& experiment_;
    Draw const& draw_;
    Timestamp now_;
    std::array<Side, 2> sides_;
};

/// The share of things in clusters: a ratio, with the variance between the clusters (Cochran, "Sampling Techniques",
/// 3rd edition, section 2.11). None without a thing.
struct Cluster {
    std::int64_t of = 0, with = 0;
};
std::optional<Interval> share_of(std::vector<Cluster> const& clusters);

}  // namespace tocsin::reports
