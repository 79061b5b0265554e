#pragma once
#include "access/access.hpp"
#include "formats/formats.hpp"
#include "gate/gate.hpp"
#include "readiness/assessment.hpp"
#include "readiness/roadmap.hpp"
#include "store/store.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Documents about the team, made from answers that are given once.
namespace tocsin::readiness {

enum class DocumentKind : std::uint8_t { rfc2350, services, mandate, staffing, plan, policy, escalation };
std::string_view name_of(DocumentKind kind);
std::optional<DocumentKind> document_kind_named(std::string_view name);
std::vector<DocumentKind> all_document_kinds();
/// Who may have it unless its owner publishes it.
gate::Marking marking_of(DocumentKind kind);

/// What a document can ask about the team. A language behind a name ("mandate.fr") is the answer in that language.
std::vector<std::string_view> answer_names();

struct TeamAnswer {
    std::string name, value;
    bool is_known = false;  ///< not given by anybody: the program knows it from its settings
    Timestamp changed = {};
    std::string changed_by = {};
};

/// A text of the program: a section of one kind in one language.
struct DocumentSection {
    std::string id, title, markup;
    bool is_own = false;  ///< the owner's words
};
struct DocumentTexts {
    std::string title;
    std::vector<DocumentSection> sections;
};
/// Reads texts/documents/<kind>.<language>.toml of the program. Errors: Code::internal naming the file.
Result<DocumentTexts> document_texts(DocumentKind kind, formats::document::Language language);

/// A document as it stands today.
struct TeamDocument {
    DocumentKind kind = DocumentKind::rfc2350;
    formats::document::Document document = {};
    std::vector<DocumentSection> sections = {};
    std::vector<std::string> missing = {};  ///< names of answers that nobody gave yet, in the order they are met
    bool is_published = false;
};

struct Published {
    std::string kind;  ///< of a document, or "security.txt"
    formats::document::Language language = formats::document::Language::en;
    Timestamp since = {};
};

/// Every change is audited. Safe from any thread.
class Documents {
  public:
    Documents(store::Ledger& ledger, Library const& library, Clock const& clock, Assessments& assessments,
              Roadmap& roadmap)
        : ledger_(ledger), library_(library), clock_(clock), assessments_(assessments), roadmap_(roadmap) {}

    /// What the program knows by itself (settings), under the names of answers. Before the first use.
    void know(std::map<std::string, std::string> known) { known_ = std::move(known); }

    /// In the order of answer_names(); those in a language behind the plain one.
    Result<std::vector<TeamAnswer>> answers();
    /// All or none; an empty value takes an answer away. Errors: Code::invalid naming the answer.
    Status set(std::map<std::string, std::string> const& values, access::Principal const& by);

    /// Errors: Code::internal for a faulty text of ours.
    Result<TeamDocument> compose(DocumentKind kind, formats::document::Language language);
    /// RFC 9116. Errors: Code::invalid naming the answer that is missing.
    Result<std::string> security_txt();

    /// A section in the owner's words; none: ours again. Errors: Code::not_found for a section there is not.
    Status set_text(DocumentKind kind, std::string_view section, formats::document::Language language,
                    std::optional<std::string> markup, access::Principal const& by);

    /// `kind`: only "rfc2350" and "security.txt" can be published. Errors: Code::invalid; also when security.txt
    /// would lack what RFC 9116 demands.
    Status publish(std::string_view kind, formats::document::Language language, bool is_public,
                   access::Principal const& by);
    Result<std::optional<Published>> published(std::string_view kind);

  private:
    Result<std::vector<DocumentSection>> own_sections(DocumentKind kind, formats::document::Language language);

    store::Ledger& ledger_;
    Library const& library_;
    Clock const& clock_;
    Assessments& assessments_;
    Roadmap& roadmap_;
    std::map<std::string, std::string> known_;
};

/// {"kind", "language", "title", "marking", "published", "missing": [...], "sections": [...]}
void append(JsonWriter& json, TeamDocument const& document);
void append(JsonWriter& json, TeamAnswer const& answer);

}  // namespace tocsin::readiness

namespace tocsin::gate {

/// About our own team: as open as its kind; what the owner publishes is for everybody.
template <>
struct About<readiness::TeamDocument> {
    static Particulars of(readiness::TeamDocument const& document);
};

}  // namespace tocsin::gate
