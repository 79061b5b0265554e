#include "constituency/directory.hpp"
#include "constituency/directory_store.hpp"
#include "constituency/fields.hpp"

namespace tocsin::constituency {
namespace {

constexpr std::size_t everything = 100'000'000;

Error changed_since(HistoryEntry const& entry) {
    return {Code::conflict,
            fmt::format("can't undo: {} {} was changed again later (see its history)", entry.kind, entry.object)};
}

/// An organisation that this change set made must not have got anything else since.
Status check_unused(Transaction& tx, OrganisationId id) {
    TRY(auto const resources, resources_of(tx, id));
    TRY(auto const contacts, contacts_of(tx, id));
    TRY(auto const below, children_of(tx, id));
    if (resources.empty() && contacts.empty() && below.empty()) return {};
    return fail(Code::conflict,
                fmt::format("can't undo: organisation {} has got {} resources, {} contacts and {} organisations below "
                            "it since; remove or undo those first",
                            id.value, resources.size(), contacts.size(), below.size()));
}

/// Puts one object back to `entry.before`; it must be as the entry left it.
template <class T>
Status put_back(Transaction& tx, ChangeLog& log, HistoryEntry const& entry) {
    Id<T> const id{entry.object};
    TRY(auto const now, load(tx, id));
    std::string const present = now ? history_of(static_cast<T::Draft const&>(*now)) : std::string();
    if (entry.erased)
        return fail(Code::conflict, fmt::format("can't undo: the data of {} {} were erased", entry.kind, entry.object));
    if (present != entry.after) return std::unexpected(changed_since(entry));
    if (entry.before.empty()) {
        CHECK(delete_row(tx, id));
        return log.note(Change::remove, entry.kind, id.value, present, {});
    }
    typename T::Draft draft;
    CHECK(from_history(entry.before, draft));
    CHECK(present.empty() ? insert_row(tx, id, draft, log.stamp()) : update_row(tx, id, draft, log.stamp()));
    return log.note(present.empty() ? Change::add : Change::change, entry.kind, id.value, present, entry.before);
}

Status put_back(Transaction& tx, ChangeLog& log, HistoryEntry const& entry) {
    if (entry.kind == "organisation") return put_back<Organisation>(tx, log, entry);
    if (entry.kind == "resource") return put_back<Resource>(tx, log, entry);
    if (entry.kind == "contact") return put_back<Contact>(tx, log, entry);
    if (entry.kind == "suppression") return put_back<Suppression>(tx, log, entry);
    if (entry.kind == "do_not_contact") return put_back<DoNotContact>(tx, log, entry);
    return fail(Code::internal, fmt::format("the history holds an unknown kind \"{}\"", entry.kind));
}

Result<ChangeSet> existing_set(Transaction& tx, ChangeSetId id) {
    TRY(auto found, load_change_set(tx, id));
    if (!found) return fail(Code::not_found, fmt::format("there is no change {}; see tocsin org history", id.value));
    return *std::move(found);
}

}  // namespace

Result<std::vector<ChangeSet>> Directory::change_sets(std::size_t limit) {
    return ledger_.read([&](Transaction& tx) { return newest_change_sets(tx, limit); });
}

Result<ChangeSet> Directory::change_set(ChangeSetId id) {
    return ledger_.read([&](Transaction& tx) { return existing_set(tx, id); });
}

Result<std::vector<HistoryEntry>> Directory::history(std::string_view kind, std::int64_t object, std::size_t limit) {
    return ledger_.read([&](Transaction& tx) { return history_rows(tx, kind, object, limit); });
}

Result<std::vector<HistoryEntry>> Directory::changes_of(ChangeSetId id, std::size_t limit) {
    return ledger_.read([&](Transaction& tx) { return changes_in(tx, id, limit, false); });
}

Result<ChangeSet> Directory::undo(ChangeSetId id, access::Principal const& by) {
    auto undone = ledger_.write([&](Transaction& tx) -> Result<ChangeSet> {
        TRY(auto const set, existing_set(tx, id));
        if (set.undone_by)
            return fail(Code::conflict,
                        fmt::format("change {} was undone already, by change {}", id.value, set.undone_by.value));
        TRY(auto log, ChangeLog::begin(tx, clock_.now(), by, fmt::format("undo of {}: {}", id.value, set.what), id));
        TRY(auto const entries, changes_in(tx, id, everything, true));
        for (auto const& entry : entries) CHECK(put_back(tx, log, entry));
        for (auto const& entry : entries)
            if (entry.kind == "organisation" && entry.before.empty()) CHECK(check_unused(tx, {entry.object}));
        CHECK(mark_undone(tx, id, log.stamp().change_set));
        CHECK(log.finish("directory.undo", "change_set", id.value));
        return existing_set(tx, log.stamp().change_set);
    });
    if (undone) changed();
    return undone;
}

}  // namespace tocsin::constituency
