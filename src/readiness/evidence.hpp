#pragma once
#include "access/access.hpp"
#include "readiness/assessment.hpp"
#include "readiness/evidence_rules.hpp"
#include "readiness/library.hpp"
#include "store/store.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::readiness {

/// What a provider found in its room's records.
struct Reading {
    bool has_records = false;
    std::string value = {};                                       ///< in English: "132 organisations, 240 resources"
    std::vector<std::pair<std::string, std::string>> words = {};  ///< the same for the sentence: {"count", "132"}
    std::optional<Timestamp> date = {};                           ///< of the newest record
};
/// Asked as somebody: it counts only what that one may see. Must be safe from any thread.
using Provider = std::function<Result<Reading>(access::Principal const&)>;

struct DocumentTag;
using DocumentId = Id<DocumentTag>;
/// A document that proves something. The file stays where it is; what is kept is where, until when it holds and, when
/// the file was at hand, its SHA-256.
struct Document {
    DocumentId id = {};
    std::string name = {};
    std::string kind = {};                ///< one of document_kinds()
    std::vector<std::string> items = {};  ///< "sim3:O-1"
    Timestamp issued = {};
    std::optional<Timestamp> valid_until = {};
    std::string approved_by = {};  ///< on whose authority; empty: not formalised
    std::string link = {}, sha256 = {}, note = {};
    Timestamp added = {};
    std::string added_by = {};
};
std::vector<std::string_view> document_kinds();
void append(JsonWriter& json, Document const& document);

/// One piece of proof for one item.
struct Piece {
    std::string rule;      ///< "feeds.alive", or "document"
    std::string sentence;  ///< key of the sentence in six languages: "evidence.feeds.alive"
    std::string value;
    std::vector<std::pair<std::string, std::string>> words = {};
    std::string link = {};  ///< to the records: an address of the API, or of the document
    std::string why = {};   ///< the rule in words: what it proposes, and for how long it holds
    std::optional<Timestamp> date = {};
    std::int64_t days = 0;     ///< how long it stays fresh
    bool has_records = false;  ///< false: "no records"
    bool is_stale = false;
    std::optional<std::int64_t> level = {};     ///< while fresh
    std::optional<std::int64_t> proposed = {};  ///< now: lowered by its age
};

/// How a score stands by its proof.
enum class Standing : std::uint8_t {
    none,      ///< no score
    proven,    ///< it rests on proof that is fresh
    unproven,  ///< a person's word, fresh
    stale,     ///< its proof, or the word, has grown old: it counts for less
};
std::string_view name_of(Standing standing);

struct ItemEvidence {
    std::string item;
    std::vector<Piece> pieces = {};             ///< those with records first
    std::optional<std::int64_t> proposed = {};  ///< the best of the pieces
    bool has_records() const;

    // Beside an assessment.
    Standing standing = Standing::none;
    std::optional<std::int64_t> given = {}, counts = {};  ///< the score, and what it counts for now
};
void append(JsonWriter& json, ItemEvidence const& evidence);

/// A level that was fresh at `date`, as it counts now: one less for each time its age has passed `days`, not below 0.
struct Faded {
    std::int64_t level = 0;
    bool is_stale = false;
};
Faded faded(std::int64_t level, Timestamp date, std::int64_t days, Timestamp now);

/// For how many days a person's word holds when nothing proves it.
constexpr std::int64_t word_holds_days = 365;

/// The answer after somebody looked at the evidence: its proposal is taken, or (`value`) overridden with a reason.
/// Errors: Code::conflict when nothing is proposed and nothing is given; Code::invalid for a missing reason.
Result<Answer> take_evidence(Answer answer, ItemEvidence const& evidence, std::optional<std::int64_t> value,
                             std::string_view reason, Timestamp now);

/// Evidence from live operation and from documents. Safe from any thread; providers are given before it is asked.
class Evidence {
  public:
    Evidence(store::Ledger& ledger, Library const& library, Clock const& clock)
        : ledger_(ledger), library_(library), clock_(clock) {}

    /// Who reads the records for a rule of evidence_rules(). A rule without provider answers "no records".
    void provide(std::string_view rule, Provider provider);

    /// For every item of the framework, in its order. `beside`: how its scores stand; may be null.
    Result<std::vector<ItemEvidence>> of(Framework const& framework, Assessment const* beside,
                                         access::Principal const& by);

    /// Newest first.
    Result<std::vector<Document>> documents();
    /// Errors: Code::invalid naming the field.
    Result<Document> add(Document draft, access::Principal const& by);
    Status remove(DocumentId id, access::Principal const& by);

  private:
    Piece read(EvidenceRule const& rule, access::Principal const& by) const;

    store::Ledger& ledger_;
    Library const& library_;
    Clock const& clock_;
    std::map<std::string, Provider, std::less<>> providers_;
};

}  // namespace tocsin::readiness
