#pragma once
#include "constituency/directory_store.hpp"
#include "constituency/import_plan.hpp"
#include "constituency/readers/statements.hpp"
#include "constituency/sources.hpp"
#include "constituency/sources_store.hpp"

#include <map>
#include <unordered_map>
#include <unordered_set>

/// Private to the room: a source's statements held against the register on one snapshot. What only adds goes into an
/// ImportPlan as rows; what contradicts becomes a conflict.
namespace tocsin::constituency {

class SourcePlan {
  public:
    static Result<std::unique_ptr<SourcePlan>> make(Transaction& tx, OpenSource const& open,
                                                    SourceOptions const& options, Timestamp now);

    SourceSummary summary();
    /// Whether the register, and what was asked and decided of this source, are as they were when the plan was made.
    Result<bool> still_holds(Transaction& tx) const;
    /// In a transaction in which it still holds.
    Result<SourceSummary> apply(Transaction& tx, Timestamp now, access::Principal const& by);

  private:
    /// An organisation of the source.
    struct Known {
        SaidOrganisation said;
        OrganisationId id;           ///< the register's; none: it would be new
        std::string name;            ///< in the register, or the one it would get
        bool is_emitted = false;     ///< new, and a row for it was made
        bool has_resources = false;  ///< the source says some
        bool was_linked = false;
        std::vector<SaidContact> contacts;
    };

    SourcePlan(Transaction& tx, SourceOptions const& options, Timestamp now);
    Status load();
    Status read(OpenSource const& open);
    StatementSink sink();
    void take(SaidOrganisation said);
    void take(SaidResource said);
    void take(SaidContact said);
    Status place(SaidResource said);
    Status finish();
    Status settle_contacts(Known& known);
    Status settle_role(Known& known, ContactRole role, std::vector<SaidContact const*> const& said,
                       std::vector<Contact> const& present);
    Status settle_keys(Known& known, std::vector<SaidContact const*> const& said, std::vector<Contact> const& present);
    Status settle_name(Known& known, Resource const& held);
    Known* known(std::string const& key, std::uint64_t line);
    Result<Known*> holder_of_domain(std::string const& key, std::uint64_t line);
    void emit(Known& known, int depth = 0);
    void emit(Known& known, SaidResource const& said);
    void emit(Known& known, SaidContact const& said);
    void agree(std::string const& about);
    void ask(source_rows::Stored conflict);
    source_rows::Stored new_conflict(ConflictKind kind, std::string about, std::string subject,
                                     std::uint64_t line) const;
    std::string provenance(std::string_view key) const;
    Status count_statement();

    Transaction* tx_;       ///< while it is made
    std::string rests_on_;  ///< source_rows::digest
    SourceOptions options_;
    Timestamp now_, as_of_;
    ImportOptions row_options_;
    std::unique_ptr<ImportPlan> rows_;
    Status failure_;
    std::size_t statements_ = 0;
    std::int64_t unchanged_ = 0, left_out_ = 0, remembered_ = 0;
    std::map<std::string, std::int64_t> left_out_why_;

    std::unordered_map<std::string, OrganisationId> links_;        ///< by the source's key
    std::unordered_map<std::string, OrganisationId> ids_by_name_;  ///< small letters
    std::unordered_map<OrganisationId, std::string> names_;
    std::unordered_map<std::string, std::string> new_names_;  ///< small letters: the key that brought it
    std::unordered_map<std::string, Known> known_;            ///< by the source's key
    std::vector<std::string> order_;                          ///< keys as told
    std::unordered_map<std::string, std::string> alias_;      ///< key: the key of the same name told before
    std::unordered_map<std::string, std::string> placed_;     ///< "kind|value": holder's key, of this file
    std::vector<SaidResource> weak_;

    std::unordered_map<std::string, source_rows::Brief> briefs_;                    ///< by about and fingerprint
    std::unordered_map<std::string, std::vector<SourceConflictId>> open_;           ///< by about
    std::unordered_map<std::string, std::unordered_set<std::int64_t>> still_open_;  ///< by about: those met again
    std::unordered_set<std::string> met_;  ///< abouts of open conflicts that were told of
    std::vector<source_rows::Stored> asked_, waiting_, again_;
    std::unordered_set<std::string> asked_keys_;
    std::vector<std::int64_t> remembered_ids_;
};

/// Bytes in memory as a source.
OpenSource source_in_memory(std::string_view bytes);

}  // namespace tocsin::constituency
