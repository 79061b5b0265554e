#pragma once
#include "access/access.hpp"
#include "constituency/organisation.hpp"
#include "store/store.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::constituency {

/// One page of a list. `next` goes into the query's `after`; empty on the last page.
template <class T>
struct Page {
    std::vector<T> items;
    std::string next;
};

struct OrganisationQuery {
    std::string text = {};  ///< part of the name, ASCII case ignored
    std::vector<std::string> kinds = {}, sectors = {}, countries = {};
    OrganisationId parent = {};
    std::string sort = "name";  ///< name, -name, -changed
    std::size_t limit = 100;    ///< at most 1000
    std::string after = {};
};
struct ResourceQuery {
    std::string text = {};  ///< part of the value
    OrganisationId organisation = {};
    std::optional<ResourceKind> kind = {};
    std::size_t limit = 100;
    std::string after = {};
};
struct ContactQuery {
    std::string text = {};  ///< part of the name or e-mail address
    OrganisationId organisation = {};
    std::size_t limit = 100;
    std::string after = {};
};

/// Who is to be written to for an organisation, and why. Empty `contacts`: nobody, `reason` says why.
struct Recipients {
    OrganisationId organisation;  ///< whose contacts these are: the one asked for, or the nearest above that has some
    std::vector<Contact> contacts;
    std::string language;  ///< of the first contact, else of the organisation, else ""
    std::string reason;    ///< in words
};

/// The directory in the ledger: organisations, resources, contacts, suppressions, do-not-contact, and their history.
///
/// Every change is one transaction and one change set: who, when, what it was, what it is. Safe from any thread.
/// Errors of all changes: Code::invalid with field and what is expected ("country: expected two letters ..., found
/// "Freedonia""); Code::not_found; Code::conflict when `version` is given (not 0) and the object has changed meanwhile,
/// or a name or claim exists already.
class Directory {
  public:
    Directory(store::Ledger& ledger, Clock const& clock) : ledger_(ledger), clock_(clock) {}

    // Organisations
    Result<Organisation> organisation(OrganisationId id);
    Result<std::optional<Organisation>> organisation_named(std::string_view name);
    /// By "#12", "12" or the name. Errors: Code::not_found, with the nearest names.
    Result<Organisation> find_organisation(std::string_view name_or_id);
    Result<Page<Organisation>> organisations(OrganisationQuery const& query);
    Result<std::int64_t> count(OrganisationQuery const& query);
    Result<std::vector<Organisation>> children(OrganisationId id);
    /// Itself first, then its parents, nearest first.
    Result<std::vector<Organisation>> chain(OrganisationId id);
    Result<Organisation> add(OrganisationDraft const& draft, access::Principal const& by);
    Result<Organisation> change(OrganisationId id, OrganisationDraft const& draft, std::int64_t version,
                                access::Principal const& by);
    /// With its resources and contacts, in one change set; children lose their parent. Gives the change set.
    Result<ChangeSetId> remove(OrganisationId id, std::int64_t version, access::Principal const& by);

    // Resources
    Result<Resource> resource(ResourceId id);
    Result<Page<Resource>> resources(ResourceQuery const& query);
    Result<std::int64_t> count(ResourceQuery const& query);
    Result<Resource> add(ResourceDraft const& draft, access::Principal const& by);
    Result<Resource> change(ResourceId id, ResourceDraft const& draft, std::int64_t version,
                            access::Principal const& by);
    Result<ChangeSetId> remove(ResourceId id, std::int64_t version, access::Principal const& by);

    // Contacts
    Result<Contact> contact(ContactId id);
    Result<Page<Contact>> contacts(ContactQuery const& query);
    Result<std::int64_t> count(ContactQuery const& query);
    Result<Contact> add(ContactDraft const& draft, access::Principal const& by);
    Result<Contact> change(ContactId id, ContactDraft const& draft, std::int64_t version, access::Principal const& by);
    Result<ChangeSetId> remove(ContactId id, std::int64_t version, access::Principal const& by);
    /// Removes the contact and everything personal in its history and in kept imports. The fact stays on record.
    /// Works for a contact that is removed already. Can't be undone.
    Result<ChangeSetId> erase(ContactId id, access::Principal const& by);
    /// The e-mail addresses that a contact has and had, as far as they are not erased.
    Result<std::vector<std::string>> addresses_of(ContactId id);
    /// The contacts to warn: the organisation's own of role abuse, else security, else technical, duty, management,
    /// other; without those that expired or do not want to be written to; when none is left, those of its parent, and
    /// so on up.
    Result<Recipients> recipients_for(OrganisationId id);

    // Suppressions and do-not-contact
    Result<std::vector<Suppression>> suppressions();
    Result<Suppression> add(SuppressionDraft const& draft, access::Principal const& by);
    Result<ChangeSetId> remove(SuppressionId id, access::Principal const& by);
    Result<std::vector<DoNotContact>> do_not_contacts();
    Result<DoNotContact> add(DoNotContactDraft const& draft, access::Principal const& by);
    Result<ChangeSetId> remove(DoNotContactId id, access::Principal const& by);
    /// Whether mail to this address is unwanted, and why: by the list (the address, its domain, a parent domain). Asked
    /// for every mail just before it is sent.
    Result<std::optional<std::string>> is_unwanted(std::string_view email);

    // History
    Result<std::vector<ChangeSet>> change_sets(std::size_t limit = 50);
    Result<ChangeSet> change_set(ChangeSetId id);
    /// Newest first. `kind` "" is any; `object` 0 is any.
    Result<std::vector<HistoryEntry>> history(std::string_view kind, std::int64_t object, std::size_t limit = 100);
    Result<std::vector<HistoryEntry>> changes_of(ChangeSetId id, std::size_t limit = 500);
    /// Puts everything back as it was before the change set, as a change set of its own.
    /// Errors: Code::conflict when something of it was changed again later, naming it: nothing is done then.
    Result<ChangeSet> undo(ChangeSetId id, access::Principal const& by);

    /// Counts committed changes since the program started; snapshots compare it to know that they are stale.
    std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

    store::Ledger& ledger() { return ledger_; }
    Clock const& clock() const { return clock_; }
    /// For what changes the directory inside a transaction of its own (imports): call after the commit.
    void changed() { generation_.fetch_add(1, std::memory_order_acq_rel); }

  private:
    store::Ledger& ledger_;
    Clock const& clock_;
    std::atomic<std::uint64_t> generation_{1};
};

}  // namespace tocsin::constituency
