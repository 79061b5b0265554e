#pragma once
#include "access/access.hpp"
#include "readiness/assessment.hpp"
#include "readiness/evidence.hpp"
#include "readiness/library.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::readiness {

struct EvaluationTag;
using EvaluationId = Id<EvaluationTag>;

/// What is looked through: which services (catalogue), who gives them (profile), how well (portfolio). Frameworks that
/// are no list of services have a portfolio only.
enum class EvaluationKind : std::uint8_t { catalogue, profile, portfolio };
std::string_view name_of(EvaluationKind kind);
std::optional<EvaluationKind> evaluation_kind_named(std::string_view name);

struct EvaluationSchedule {
    AssessmentId assessment = {};
    std::string title = {};  ///< of the assessment
    EvaluationKind kind = EvaluationKind::portfolio;
    std::int64_t every_days = 180;
    Timestamp next = {};
    std::string changed_by = {};
};
void append(JsonWriter& json, EvaluationSchedule const& schedule);

/// One item as it stood when an assessment was evaluated.
struct EvaluatedItem {
    std::string item;
    std::optional<std::int64_t> value = {};
    bool declined = false;
    std::optional<std::int64_t> wanted = {};
    std::string recommendation = {}, assignment = {}, assigned_to = {};
    Standing standing = Standing::none;
};

enum class EvaluationChange : std::uint8_t { risen, fallen, added, gone, changed, grown_stale, fresh_again };
std::string_view name_of(EvaluationChange change);  ///< "risen", ..., "new", ..., "grown-stale", "fresh-again"

/// What is another than at the evaluation before.
struct EvaluationDifference {
    std::string item;
    EvaluationChange change = EvaluationChange::changed;
    std::string before, now;  ///< as a person reads it: "2", "insourcing, unit A"; empty: nothing
};

struct Evaluation {
    EvaluationId id = {};
    AssessmentId assessment = {};
    EvaluationKind kind = EvaluationKind::portfolio;
    Timestamp at = {};
    std::string by = {};
    std::string note = {};
    std::optional<Timestamp> due = {};
    EvaluationId before = {};  ///< none: it is the first of its kind
    std::int64_t items = 0;
    std::vector<EvaluationDifference> differences = {};  ///< to the one before, in order of the items

    std::int64_t count(EvaluationChange change) const;
};
void append(JsonWriter& json, Evaluation const& evaluation);

/// What an evaluation of that kind tells of two states. Pure.
std::vector<EvaluationDifference> differences(EvaluationKind kind, std::vector<EvaluatedItem> const& before,
                                              std::vector<EvaluatedItem> const& now);

/// Evaluations and when they are due. Every change is audited. Safe from any thread.
class Evaluations {
  public:
    Evaluations(store::Ledger& ledger, Library const& library, Clock const& clock, Assessments& assessments,
                Evidence& evidence)
        : ledger_(ledger), library_(library), clock_(clock), assessments_(assessments), evidence_(evidence) {}

    /// Of all assessments, the soonest first.
    Result<std::vector<EvaluationSchedule>> schedules();
    /// `every_days` 0 takes it off the schedule. `next` none: after one interval. Errors: Code::invalid naming the
    /// field.
    Status schedule(AssessmentId assessment, EvaluationKind kind, std::int64_t every_days,
                    std::optional<Timestamp> next, access::Principal const& by);
    /// Keeps the answers as they stand, tells what changed, and sets the next date.
    Result<Evaluation> evaluate(AssessmentId assessment, EvaluationKind kind, std::string_view note,
                                access::Principal const& by);
    /// Newest first, each with its differences.
    Result<std::vector<Evaluation>> of(AssessmentId assessment, std::size_t limit = 100);

  private:
    Status check(Assessment const& assessment, EvaluationKind kind) const;

    store::Ledger& ledger_;
    Library const& library_;
    Clock const& clock_;
    Assessments& assessments_;
    Evidence& evidence_;
};

}  // namespace tocsin::readiness
