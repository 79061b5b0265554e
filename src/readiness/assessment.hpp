#pragma once
#include "access/access.hpp"
#include "gate/gate.hpp"
#include "readiness/library.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::readiness {

struct AssessmentTag;
using AssessmentId = Id<AssessmentTag>;

/// What is said about one item. What is absent or empty was not said.
struct Answer {
    std::string item;
    std::string assessor = {};               ///< empty: the result, moderated where there are several assessors
    std::optional<std::int64_t> value = {};  ///< on Framework::scale_for
    bool declined = false;                   ///< decided not to do it; then there is no value
    std::optional<std::int64_t> wanted = {};
    std::string recommendation = {}, assignment = {}, assigned_to = {};  ///< services only
    std::string justification = {};
    std::vector<std::string> evidence = {};  ///< links
    /// What the evidence proposed when somebody accepted or overrode it, and by which rules.
    std::optional<std::int64_t> proposed = {};
    std::string proposed_by = {};
    std::optional<Timestamp> proposed_at = {};
    std::string why = {};      ///< key of the wizard's reason
    std::int64_t version = 0;  ///< 0: not kept yet
    Timestamp changed = {};
    std::string changed_by = {};
};
/// As the API and exports write it.
void append(JsonWriter& json, Answer const& answer);

enum class AssessmentState : std::uint8_t { open, moderated, closed };
std::string_view name_of(AssessmentState state);
std::optional<AssessmentState> assessment_state_named(std::string_view name);

struct Assessment {
    AssessmentId id = {};
    std::string uuid = {};
    std::string framework = {};  ///< "sim3-v2i"
    std::string title = {};
    std::string subject = {};                ///< empty: we
    gate::OrganisationId organisation = {};  ///< of the subject in the directory
    std::string profile = {};                ///< empty: none
    AssessmentState state = AssessmentState::open;
    std::string note = {};
    std::vector<std::string> assessors = {};
    Timestamp created = {};
    std::string created_by = {};
    Timestamp changed = {};
    std::int64_t answered = 0;         ///< items with a result
    std::vector<Answer> answers = {};  ///< in no order; empty in lists

    /// The result for an item, or what that assessor says. None: nothing was said.
    Answer const* answer(std::string_view item, std::string_view assessor = "") const;
};
/// Without its answers.
void append_head(JsonWriter& json, Assessment const& assessment);
/// The whole, as it is exported: {"schema": "tocsin/assessment-1", ...}.
std::string exported(Assessment const& assessment);

struct AnswerChange {
    std::int64_t id = 0;
    Timestamp at;
    std::string by, item, assessor;
    std::string before, after;  ///< JSON; before is empty for the first
};

/// One item of two assessments, or of one and a profile, side by side.
struct Difference {
    std::string item;
    std::optional<std::int64_t> before, now, wanted;
    bool was_declined = false, is_declined = false;
    bool is_gap() const { return wanted && !is_declined && now.value_or(0) < *wanted; }
};
struct Comparison {
    std::vector<Difference> items;  ///< in the framework's order; items that only the other one has come last
    std::int64_t risen = 0, fallen = 0, gaps = 0;
};
/// {"items", "risen", "fallen", "gaps"}
void append(JsonWriter& json, Comparison const& comparison);
/// `before`: an earlier assessment, of the same framework in any version. `profile`: what it wants goes before what the
/// assessment wants. Either may be null.
Comparison compare(Framework const& framework, Assessment const& now, Assessment const* before, Profile const* profile);

/// What came of saving an answer.
struct Saved {
    Answer answer;             ///< as it is kept now
    bool is_conflict = false;  ///< it had another version than expected: nothing was changed
};

/// Assessments in the ledger. Every change is audited and every answer keeps its history. Safe from any thread.
class Assessments {
  public:
    Assessments(store::Ledger& ledger, Library const& library, Clock const& clock)
        : ledger_(ledger), library_(library), clock_(clock) {}

    /// Newest first, without answers.
    Result<std::vector<Assessment>> all();
    /// By "#3", "3" or the title. Errors: Code::not_found.
    Result<Assessment> find(std::string_view text);
    /// With its answers: one transaction, two reads by key.
    Result<Assessment> one(AssessmentId id);

    /// Takes framework ("sim3" is its newest version), title, subject, organisation, profile, note, assessors and
    /// answers. Errors: Code::invalid naming the field, Code::not_found for the framework or the profile.
    Result<Assessment> add(Assessment draft, access::Principal const& by);
    /// Changes title, subject, organisation, profile, state, note, assessors.
    Result<Assessment> change(Assessment const& draft, access::Principal const& by);
    Status remove(AssessmentId id, access::Principal const& by);

    /// Keeps an answer. `expected`: the version it was made from (0: there was none); none: whatever there is.
    /// Errors: Code::invalid for a value that is not on the scale, an unknown item, recommendation, assignment or
    /// assessor; Code::conflict for a closed assessment.
    Result<Saved> save(AssessmentId id, Answer draft, std::optional<std::int64_t> expected,
                       access::Principal const& by);
    /// Newest first; `item` empty: of all.
    Result<std::vector<AnswerChange>> history(AssessmentId id, std::string_view item, std::size_t limit = 200);

    /// Reads what `exported` wrote. Errors: Code::invalid naming the field; Code::conflict when it is here already and
    /// `as_copy` is not set.
    Result<Assessment> import(std::string_view json, bool as_copy, access::Principal const& by);
    /// The same for what was read already.
    Result<Assessment> import(Assessment draft, bool as_copy, access::Principal const& by);

    /// Whether an answer fits: what `save` would say. Errors: Code::invalid, "member: expected ...".
    Status check(Framework const& framework, Assessment const& assessment, Answer const& answer) const;

    /// `one` and `save`, in a transaction of the caller's.
    Result<Assessment> one_in(store::Transaction& tx, AssessmentId id) const;
    Result<Saved> save_in(store::Transaction& tx, AssessmentId id, Answer draft, std::optional<std::int64_t> expected,
                          access::Principal const& by) const;

  private:
    Status check(Framework const& framework, Assessment const& draft) const;

    store::Ledger& ledger_;
    Library const& library_;
    Clock const& clock_;
};

/// Reads an export. Errors: Code::invalid naming the field, Code::limit.
Result<Assessment> read_assessment(std::string_view json);

}  // namespace tocsin::readiness

namespace tocsin::gate {

/// About the team it assesses: nobody outside but its subject may have it, and only up to AMBER.
template <>
struct About<readiness::Assessment> {
    static Particulars of(readiness::Assessment const& assessment);
    static std::string contents(readiness::Assessment const& assessment);
};

}  // namespace tocsin::gate
