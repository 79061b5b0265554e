#pragma once
#include "access/access.hpp"
#include "gate/gate.hpp"
#include "readiness/assessment.hpp"
#include "readiness/review_package.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Reviews without travel: a signed, redacted package of an assessment goes to a foreign reviewer, who opens it in a
/// Tocsin of their own, comments and countersigns; back home the comments stand beside the answers.
namespace tocsin::readiness {

struct ReviewTag;
using ReviewId = Id<ReviewTag>;

enum class ReviewSide : std::uint8_t {
    home,   ///< the assessment is ours, others review it
    guest,  ///< we review
};
std::string_view name_of(ReviewSide side);

/// A countersignature that came home.
struct Countersignature {
    std::string fingerprint, assessor;
    Statement statement;
    Timestamp taken;
    std::string taken_by;
};

struct Review {
    ReviewId id = {};
    ReviewSide side = ReviewSide::home;
    AssessmentId assessment = {};  ///< home
    Package package = {};
    bool is_same_framework = true;                  ///< guest: our catalogue holds the framework, byte for byte
    std::vector<ReviewComment> comments = {};       ///< guest: ours
    std::optional<Timestamp> signed_at = {};        ///< guest: none since the last comment
    std::vector<Countersignature> signatures = {};  ///< home
    Timestamp created = {}, changed = {};
    std::string created_by = {};
};
/// {"id", "side", "uuid", "team", "fingerprint", "reviewer", "framework", "title", "subject", "made", "redacted":
/// [...],
///  "assessment", "is_same_framework", "signed", "comments": [...], "signatures": [...]}
void append(JsonWriter& json, Review const& review);

struct KnownKey {
    std::string fingerprint, team;
    Timestamp trusted;
    std::string trusted_by;
};

/// Who we are when we sign.
struct Signer {
    ReviewKey key;
    std::string team;
};

struct PackageWishes {
    std::vector<Redact> redact = {};
    std::string reviewer = {};  ///< for whom, in words
};

/// Every change is audited, and what goes out is entered in the disclosure log. Safe from any thread.
class Reviews {
  public:
    Reviews(store::Ledger& ledger, Library const& library, Clock const& clock, Assessments& assessments)
        : ledger_(ledger), library_(library), clock_(clock), assessments_(assessments) {}

    /// Newest first.
    Result<std::vector<Review>> all();
    /// Errors: Code::not_found.
    Result<Review> one(ReviewId id);
    /// The newest one of others that we review. Errors: Code::not_found.
    Result<Review> newest_guest();
    Result<std::vector<KnownKey>> keys();

    /// A file for a reviewer. The original and the salt stay here, so that it can be proven what was taken out.
    /// Errors: Code::invalid for a name that is too long, Code::limit.
    Result<std::string> package(gate::Cleared<Assessment> const& assessment, PackageWishes const& wishes,
                                Signer const& signer, access::Principal const& by);
    /// Opens a package of others. `trust`: the fingerprint that somebody compared and accepts, or empty. Opening it
    /// again gives the same review.
    /// Errors: as `read_review_file`; Code::denied for a key that is not known, with its fingerprint; Code::conflict
    /// when another package of its number is here, or it is our own.
    Result<Review> open(std::string_view file, std::string_view trust, Signer const& signer,
                        access::Principal const& by);
    /// Says something about an item, or takes it back with an empty text and no level.
    /// Errors: Code::invalid naming the member; Code::conflict for a review of ours.
    Result<Review> comment(ReviewId id, ReviewComment draft, access::Principal const& by);
    /// The package with our comments, countersigned. `reviewer`: name of a person, may be empty.
    Result<std::string> sign(gate::Cleared<Review> const& review, std::string const& reviewer, Signer const& signer,
                             access::Principal const& by);
    /// Back home: the comments become answers of an assessor of their own, all or none; the countersignature is kept.
    /// A newer file of the same reviewer takes the place of the older.
    /// Errors: as `open`; Code::not_found when the package was not made here or its assessment is gone; Code::conflict
    /// when the assessment is closed, or a newer one of the reviewer was taken.
    Result<Review> take(std::string_view file, std::string_view trust, Signer const& signer,
                        access::Principal const& by);

    /// Home: what shows that nothing but what is named was taken out of a package, and so the whole original:
    /// {"schema": "tocsin/review-proof-1", "package_sha256", "salt", "original"}.
    /// Errors: Code::conflict for a review of others.
    Result<std::string> proof(gate::Cleared<Review> const& review, access::Principal const& by);

  private:
    Status check_key(store::Transaction& tx, std::string const& team, std::string const& public_key,
                     std::string_view trust, access::Principal const& by) const;
    Status check_comment(Review const& review, ReviewComment const& comment) const;
    Result<std::string> lay_beside(store::Transaction& tx, Assessment const& assessment, Statement const& statement,
                                   std::string assessor, access::Principal const& by) const;
    Result<Review> read_one(store::Transaction& tx, ReviewId id) const;

    store::Ledger& ledger_;
    Library const& library_;
    Clock const& clock_;
    Assessments& assessments_;
};

/// Holds what `proof` gave against a package. Errors: Code::invalid naming what does not fit.
Status check_proof(Package const& package, std::string_view proof);

}  // namespace tocsin::readiness

namespace tocsin::gate {

/// Another team's assessment and what we say about it: as an assessment, it stays in the team up to AMBER.
template <>
struct About<readiness::Review> {
    static Particulars of(readiness::Review const& review);
    static std::string contents(readiness::Review const& review);
};

}  // namespace tocsin::gate
