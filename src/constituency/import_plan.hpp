#pragma once
#include "constituency/directory_store.hpp"
#include "constituency/fields.hpp"
#include "constituency/import_rows.hpp"

#include <list>
#include <unordered_map>
#include <unordered_set>

/// Private to the room: from rows to what must be done, held against the directory as it is in one transaction.
namespace tocsin::constituency {

class ImportPlan {
  public:
    static Result<ImportPlan> make(Transaction& tx, std::string_view bytes, ImportOptions const& options);
    /// Of rows that are told one by one: `take` and `reject`, then `close`. Of the options only the name counts; they
    /// outlive the plan.
    static Result<ImportPlan> begin(Transaction& tx, ImportOptions const& options);
    void take(ImportRow const& row);
    void reject(std::uint64_t line, Fault const& fault, bool is_conflict);
    Status close();

    ImportSummary const& summary() const { return summary_; }
    bool is_empty() const { return operations_.empty(); }
    /// Whether the register is as it was when the plan was made.
    Result<bool> still_holds(Transaction& tx) const;
    /// In a transaction in which it still holds. Gives the summary with its change set.
    Result<ImportSummary> apply(Transaction& tx, Timestamp now, access::Principal const& by, std::string what) &&;

  private:
    /// One row to write. New organisations have numbers below zero until they are written.
    struct Operation {
        Change change;
        ImportKind kind;
        std::int64_t id = 0;
        std::string before;
        std::optional<OrganisationDraft> organisation;
        std::optional<ResourceDraft> resource;
        std::optional<ContactDraft> contact;
    };
    struct Known {
        OrganisationId id;
        OrganisationDraft draft;
        bool is_new = false;
        std::uint64_t line = 0;  ///< where the file names it; 0: not yet
        std::size_t operation = SIZE_MAX;
        bool has_resources = false, has_contacts = false;  ///< the file names some of it
    };

    explicit ImportPlan(Transaction& tx, ImportOptions const& options) : tx_(&tx), options_(&options) {}
    Status load_directory();
    Status organisation(ImportRow const& row);
    Status resource(ImportRow const& row);
    Status contact(ImportRow const& row);
    Status settle_parents();
    Status refuse_circles();
    Status remove_unnamed();
    Status remove_organisations();
    Known* known(ImportRow const& row, std::string_view field);
    void count(Operation operation, std::string what, std::string const& after);
    void removed(ImportKind kind, std::int64_t id, std::string before, std::string what);
    bool is_repeated(std::string key, ImportRow const& row);
    Result<std::vector<Contact>*> contacts_of_known(OrganisationId id);

    Transaction* tx_;  ///< while it is made
    ChangeSetId rests_on_;
    ImportOptions const* options_;
    ImportSummary summary_;
    Status failure_;
    std::unordered_map<std::string, Known> organisations_;             ///< by name
    std::unordered_map<std::string, std::string> delegated_holders_;   ///< by mark: the organisation's name
    std::unordered_map<std::string, std::uint64_t> seen_;              ///< what the file has named, and where
    std::unordered_set<std::int64_t> kept_resources_, kept_contacts_;  ///< named by the file
    std::unordered_map<OrganisationId, std::vector<Contact>> contacts_;
    struct Parent {
        std::string child, parent;
        std::uint64_t line;
    };
    std::vector<Parent> parents_;
    std::vector<Operation> operations_;
    std::int64_t new_organisations_ = 0;
    bool has_organisations_ = false;
};

}  // namespace tocsin::constituency
