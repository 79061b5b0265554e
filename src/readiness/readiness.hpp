#pragma once
/// Readiness: frameworks, assessments against them, evidence from live operation that ages, the roadmap, and the
/// register of where national teams are missing.
#include "readiness/assessment.hpp"
#include "readiness/assessment_sheet.hpp"
#include "readiness/catalogue_check.hpp"
#include "readiness/desk_hours.hpp"
#include "readiness/documents.hpp"
#include "readiness/evaluation.hpp"
#include "readiness/evidence.hpp"
#include "readiness/framework.hpp"
#include "readiness/library.hpp"
#include "readiness/proposal.hpp"
#include "readiness/reachability.hpp"
#include "readiness/register.hpp"
#include "readiness/register_import.hpp"
#include "readiness/reviews.hpp"
#include "readiness/roadmap.hpp"
#include "readiness/staffing.hpp"
#include "store/store.hpp"

#include <memory>
#include <span>

namespace tocsin::readiness {

std::span<store::Migration const> migrations();

/// The room, opened. Safe from any thread.
struct Readiness {
    /// Reads the program's catalogues and those in `own` (may be missing). A file of one's own that is faulty is left
    /// out and named by `library.faults()`. Errors: Code::internal when one of ours is.
    static Result<std::unique_ptr<Readiness>> open(store::Ledger& ledger, Clock const& clock,
                                                   std::filesystem::path const& own);

    Library library;
    Assessments assessments;
    Evidence evidence;
    Roadmap roadmap;
    Register register_of;
    Documents documents;
    Reviews reviews;
    Evaluations evaluations;
    Reachability reachability;
    Staffing staffing;

  private:
    Readiness(Library read, store::Ledger& ledger, Clock const& clock)
        : library(std::move(read)),
          assessments(ledger, library, clock),
          evidence(ledger, library, clock),
          roadmap(ledger, library, clock),
          register_of(ledger, library, clock),
          documents(ledger, library, clock, assessments, roadmap),
          reviews(ledger, library, clock, assessments),
          evaluations(ledger, library, clock, assessments, evidence),
          reachability(ledger, clock) {}
};

}  // namespace tocsin::readiness
