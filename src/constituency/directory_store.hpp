#pragma once
#include "constituency/directory.hpp"
#include "constituency/owner_table.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Private to the room: all SQL of the directory. One transaction is passed in everywhere.
namespace tocsin::constituency {

using store::Transaction;

/// When and by which change set a row is written.
struct Stamp {
    ChangeSetId change_set;
    Timestamp at;
    Actor by;
};

Actor actor_of(access::Principal const& by);

/// The first of `count` new ids of a kind ("organisation"). Never given out twice.
Result<std::int64_t> next_ids(Transaction& tx, std::string_view kind, std::int64_t count = 1);

/// The rows of one kind of thing. Thing: Organisation, Resource, Contact, Suppression or DoNotContact.
template <class Thing>
struct Rows {
    using Draft = Thing::Draft;
    static Result<std::optional<Thing>> load(Transaction& tx, Id<Thing> id);
    static Status insert(Transaction& tx, Id<Thing> id, Draft const& draft, Stamp const& stamp);
    static Status update(Transaction& tx, Id<Thing> id, Draft const& draft, Stamp const& stamp);
    static Status remove(Transaction& tx, Id<Thing> id);
};
template <class Thing>
Result<std::optional<Thing>> load(Transaction& tx, Id<Thing> id) {
    return Rows<Thing>::load(tx, id);
}
template <class Thing>
Status insert_row(Transaction& tx, Id<Thing> id, typename Thing::Draft const& draft, Stamp const& stamp) {
    return Rows<Thing>::insert(tx, id, draft, stamp);
}
template <class Thing>
Status update_row(Transaction& tx, Id<Thing> id, typename Thing::Draft const& draft, Stamp const& stamp) {
    return Rows<Thing>::update(tx, id, draft, stamp);
}
template <class Thing>
Status delete_row(Transaction& tx, Id<Thing> id) {
    return Rows<Thing>::remove(tx, id);
}

Result<std::optional<Organisation>> organisation_by_name(Transaction& tx, std::string_view name);
Result<std::vector<Organisation>> children_of(Transaction& tx, OrganisationId id);
Result<std::vector<Resource>> resources_of(Transaction& tx, OrganisationId id);
Result<std::vector<Contact>> contacts_of(Transaction& tx, OrganisationId id);
/// Every organisation's claim on exactly this value.
Result<std::vector<Resource>> claims_on(Transaction& tx, ResourceKind kind, std::string_view value);
Result<std::optional<Resource>> claim_of(Transaction& tx, OrganisationId organisation, ResourceKind kind,
                                         std::string_view value);
Result<std::vector<Suppression>> all_suppressions(Transaction& tx);
Result<std::vector<DoNotContact>> all_do_not_contacts(Transaction& tx);
Result<std::optional<DoNotContact>> do_not_contact_entry(Transaction& tx, std::string_view address,
                                                         OrganisationId organisation);

struct OwnerRow {
    OrganisationId id, parent;
    std::string_view name, kind, country;
};
Status for_each_owner(Transaction& tx, std::function<void(OwnerRow const&)> const& each);
Status for_each_claim(Transaction& tx, std::function<void(OwnerTableBuilder::Entry const&)> const& each);

Result<Page<Organisation>> page(Transaction& tx, OrganisationQuery const& query);
Result<Page<Resource>> page(Transaction& tx, ResourceQuery const& query);
Result<Page<Contact>> page(Transaction& tx, ContactQuery const& query);
Result<std::int64_t> count_rows(Transaction& tx, OrganisationQuery const& query);
Result<std::int64_t> count_rows(Transaction& tx, ResourceQuery const& query);
Result<std::int64_t> count_rows(Transaction& tx, ContactQuery const& query);

/// Each pair of delegated mark and organisation (see delegated_mark).
Status for_each_delegated(Transaction& tx, std::function<void(std::string_view, OrganisationId)> const& each);

/// The newest change set: another one after every change of an organisation, resource or contact.
Result<ChangeSetId> register_version(Transaction& tx);

/// One set of changes while it is being made. `finish` writes it down, in the same transaction.
class ChangeLog {
  public:
    static Result<ChangeLog> begin(Transaction& tx, Timestamp now, access::Principal const& by, std::string what,
                                   ChangeSetId undoes = {});
    Stamp const& stamp() const { return stamp_; }
    std::int64_t changes() const { return changes_; }
    Status note(Change change, std::string_view kind, std::int64_t object, std::string_view before,
                std::string_view after);
    /// Also an entry of the audit log: `verb` of `kind` `object` ("organisation.change", "organisation", 12).
    Status finish(std::string_view verb, std::string_view kind, std::int64_t object);

  private:
    ChangeLog(Transaction& tx, access::Principal by, std::string what)
        : tx_(&tx), by_(std::move(by)), what_(std::move(what)) {}
    Transaction* tx_;
    access::Principal by_;
    std::string what_;
    ChangeSetId undoes_;
    Stamp stamp_;
    std::int64_t changes_ = 0;
};

Result<std::optional<ChangeSet>> load_change_set(Transaction& tx, ChangeSetId id);
Result<std::vector<ChangeSet>> newest_change_sets(Transaction& tx, std::size_t limit);
Status mark_undone(Transaction& tx, ChangeSetId id, ChangeSetId by);
/// In order of their making, or newest first.
Result<std::vector<HistoryEntry>> changes_in(Transaction& tx, ChangeSetId id, std::size_t limit, bool newest_first);
Result<std::vector<HistoryEntry>> history_rows(Transaction& tx, std::string_view kind, std::int64_t object,
                                               std::size_t limit);
/// Blanks what the history says of a contact. Gives how many entries it had.
Result<std::int64_t> erase_history(Transaction& tx, ContactId id);
/// Drops the kept bytes of imports that mention the text and are not applied yet.
Status forget_imports_with(Transaction& tx, std::string_view text);

}  // namespace tocsin::constituency
