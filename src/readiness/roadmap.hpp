#pragma once
#include "access/access.hpp"
#include "readiness/assessment.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::readiness {

/// The four phases of ITU-D's framework for national CIRTs.
enum class Phase : std::uint8_t { assessment, design, establishment, enhancement };
std::string_view name_of(Phase phase);
std::optional<Phase> phase_named(std::string_view name);

struct StepTag;
using StepId = Id<StepTag>;

struct Step {
    StepId id = {};
    AssessmentId assessment = {};
    std::string item = {}, group = {};  ///< what it is about; both empty: it stands for itself
    Phase phase = Phase::assessment;
    std::string title = {};  ///< empty: phase and item say it
    std::optional<std::int64_t> from = {}, to = {};
    std::string owner = {}, cost = {};  ///< cost as written: "12000 USD"
    std::vector<StepId> depends_on = {};
    std::optional<Timestamp> due = {}, done = {};
    std::string note = {};
    std::int64_t version = 0;
    Timestamp changed = {};
    std::string changed_by = {};
};
void append(JsonWriter& json, Step const& step);

/// When the phases end, in months from the start: ours, changed by whoever asks.
struct Pace {
    Timestamp start = {};
    std::int64_t months = 12;  ///< until the last step; the phases end after 1/12, 3/12, 9/12 and all of it
};

/// Steps that close the gaps (wanted above now) of an assessment. Per group one step to assess what is not scored yet
/// and one to design what does not exist; per gap one to establish it or, where it works already, to enhance it. Each
/// depends on those before it of its group. Ids count from 1, for `depends_on`.
std::vector<Step> propose_steps(Framework const& framework, Assessment const& assessment, Profile const* profile,
                                Pace const& pace);

struct SavedStep {
    Step step;
    bool is_conflict = false;
};

/// The plan, kept and ticked off. Every change is audited. Safe from any thread.
class Roadmap {
  public:
    Roadmap(store::Ledger& ledger, Library const& library, Clock const& clock)
        : ledger_(ledger), library_(library), clock_(clock) {}

    /// In order of phase and date.
    Result<std::vector<Step>> steps(AssessmentId assessment);
    /// Keeps proposed steps, all or none. Those of the plan that are not ticked off and were never edited go.
    Result<std::vector<Step>> replace(AssessmentId assessment, std::vector<Step> steps, access::Principal const& by);
    Result<Step> add(Step draft, access::Principal const& by);
    /// `expected`: the version it was made from; none: whatever there is. Errors: Code::invalid naming the field.
    Result<SavedStep> change(Step const& draft, std::optional<std::int64_t> expected, access::Principal const& by);
    Result<Step> one(StepId id);
    Status remove(StepId id, access::Principal const& by);

  private:
    Status check(store::Transaction& tx, Step const& draft) const;

    store::Ledger& ledger_;
    Library const& library_;
    Clock const& clock_;
};

}  // namespace tocsin::readiness
