#include "constituency/directory.hpp"

#include "constituency/directory_store.hpp"
#include "constituency/fields.hpp"

#include <algorithm>

namespace tocsin::constituency {
namespace {

constexpr std::size_t deepest_chain = 16;

template <class T>
struct Kind;
template <>
struct Kind<Organisation> {
    static constexpr std::string_view name = "organisation", verb = "organisation";
};
template <>
struct Kind<Resource> {
    static constexpr std::string_view name = "resource", verb = "resource";
};
template <>
struct Kind<Contact> {
    static constexpr std::string_view name = "contact", verb = "contact";
};
template <>
struct Kind<Suppression> {
    static constexpr std::string_view name = "suppression", verb = "suppression";
};
template <>
struct Kind<DoNotContact> {
    static constexpr std::string_view name = "do_not_contact", verb = "do_not_contact";
};

template <class T>
Error missing(Id<T> id) {
    return {Code::not_found,
            fmt::format("there is no {} {}", replaced(std::string(Kind<T>::name), "_", "-"), id.value)};
}

/// The thing, or Code::not_found.
template <class T>
Result<T> existing(Transaction& tx, Id<T> id) {
    TRY(auto found, load(tx, id));
    if (!found) return std::unexpected(missing(id));
    return *std::move(found);
}

template <class T>
std::string what_of(T const& thing) {
    if constexpr (std::is_base_of_v<OrganisationDraft, T>)
        return thing.name;
    else if constexpr (std::is_base_of_v<ResourceDraft, T>)
        return fmt::format("{} {}", name_of(thing.kind), thing.value);
    else if constexpr (std::is_base_of_v<ContactDraft, T>)
        return fmt::format("of organisation {}", thing.organisation.value);
    else
        return thing.organisation ? fmt::format("for organisation {}", thing.organisation.value) : std::string();
}

Status check_organisation(Transaction& tx, OrganisationId id, std::string_view field) {
    TRY(auto const found, load(tx, id));
    if (!found)
        return std::unexpected(fault_expected(field, "an organisation that exists", std::to_string(id.value)).error());
    return {};
}

/// What can only be checked against the rest of the directory. `self` is 0 for a new one.
Status check_place(Transaction& tx, OrganisationDraft const& draft, OrganisationId self) {
    TRY(auto const same, organisation_by_name(tx, draft.name));
    if (same && same->id != self)
        return fail(Code::conflict, fmt::format("name: there is an organisation \"{}\" already (number {})", draft.name,
                                                same->id.value));
    OrganisationId above = draft.parent;
    for (std::size_t depth = 0; above; ++depth) {
        if (above == self) return fail(Code::invalid, "parent: expected an organisation that is not below this one");
        if (depth == deepest_chain)
            return fail(Code::invalid, fmt::format("parent: expected at most {} levels", deepest_chain));
        TRY(auto const parent, load(tx, above));
        if (!parent)
            return std::unexpected(
                fault_expected("parent", "an organisation that exists", std::to_string(above.value)).error());
        above = parent->parent;
    }
    return {};
}

Status check_place(Transaction& tx, ResourceDraft const& draft, ResourceId self) {
    CHECK(check_organisation(tx, draft.organisation, "organisation"));
    TRY(auto const same, claim_of(tx, draft.organisation, draft.kind, draft.value));
    if (same && same->id != self)
        return fail(Code::conflict, fmt::format("value: {} has {} already (resource {})", same->organisation_name,
                                                draft.value, same->id.value));
    return {};
}

Status check_place(Transaction& tx, ContactDraft const& draft, ContactId) {
    return check_organisation(tx, draft.organisation, "organisation");
}

Status check_place(Transaction& tx, SuppressionDraft const& draft, SuppressionId) {
    return draft.organisation ? check_organisation(tx, draft.organisation, "organisation") : Status();
}

Status check_place(Transaction& tx, DoNotContactDraft const& draft, DoNotContactId self) {
    if (draft.organisation) CHECK(check_organisation(tx, draft.organisation, "organisation"));
    TRY(auto const same, do_not_contact_entry(tx, draft.address, draft.organisation));
    if (same && same->id != self) return fail(Code::conflict, "address: it is on the do-not-contact list already");
    return {};
}

template <class T>
Status check_version(T const& thing, std::int64_t version) {
    if (version != 0 && version != thing.version)
        return fail(Code::conflict, fmt::format("{} {} has changed meanwhile (version {}, not {}); look at it again",
                                                Kind<T>::name, thing.id.value, thing.version, version));
    return {};
}

template <class T>
Result<T> add_one(Directory& directory, typename T::Draft draft, access::Principal const& by) {
    if (auto const fault = settle(draft)) return std::unexpected(fault->error());
    auto added = directory.ledger().write([&](Transaction& tx) -> Result<T> {
        CHECK(check_place(tx, draft, Id<T>()));
        TRY(auto const number, next_ids(tx, Kind<T>::name));
        TRY(auto log,
            ChangeLog::begin(tx, directory.clock().now(), by, fmt::format("add {} {}", Kind<T>::name, what_of(draft))));
        CHECK(insert_row(tx, Id<T>{number}, draft, log.stamp()));
        CHECK(log.note(Change::add, Kind<T>::name, number, {}, history_of(draft)));
        CHECK(log.finish(fmt::format("{}.add", Kind<T>::verb), Kind<T>::name, number));
        return existing(tx, Id<T>{number});
    });
    if (added) directory.changed();
    return added;
}

template <class T>
Result<T> change_one(Directory& directory, Id<T> id, typename T::Draft draft, std::int64_t version,
                     access::Principal const& by) {
    if (auto const fault = settle(draft)) return std::unexpected(fault->error());
    auto changed = directory.ledger().write([&](Transaction& tx) -> Result<T> {
        TRY(auto const old, existing(tx, id));
        CHECK(check_version(old, version));
        CHECK(check_place(tx, draft, id));
        if (static_cast<typename T::Draft const&>(old) == draft) return old;
        TRY(auto log, ChangeLog::begin(tx, directory.clock().now(), by,
                                       fmt::format("change {} {}", Kind<T>::name, what_of(draft))));
        CHECK(update_row(tx, id, draft, log.stamp()));
        CHECK(log.note(Change::change, Kind<T>::name, id.value, history_of(old), history_of(draft)));
        CHECK(log.finish(fmt::format("{}.change", Kind<T>::verb), Kind<T>::name, id.value));
        return existing(tx, id);
    });
    if (changed) directory.changed();
    return changed;
}

template <class T>
Result<ChangeSetId> remove_one(Directory& directory, Id<T> id, std::int64_t version, access::Principal const& by) {
    auto removed = directory.ledger().write([&](Transaction& tx) -> Result<ChangeSetId> {
        TRY(auto const old, existing(tx, id));
        if constexpr (requires { old.version; }) CHECK(check_version(old, version));
        TRY(auto log, ChangeLog::begin(tx, directory.clock().now(), by,
                                       fmt::format("remove {} {}", Kind<T>::name, what_of(old))));
        CHECK(delete_row(tx, id));
        CHECK(log.note(Change::remove, Kind<T>::name, id.value, history_of(old), {}));
        CHECK(log.finish(fmt::format("{}.remove", Kind<T>::verb), Kind<T>::name, id.value));
        return log.stamp().change_set;
    });
    if (removed) directory.changed();
    return removed;
}

template <class F>
auto reading(store::Ledger& ledger, F&& f) {
    return ledger.read([&](Transaction& tx) { return f(tx); });
}

}  // namespace

Result<Organisation> Directory::organisation(OrganisationId id) {
    return reading(ledger_, [&](Transaction& tx) { return existing(tx, id); });
}

Result<std::optional<Organisation>> Directory::organisation_named(std::string_view name) {
    return reading(ledger_, [&](Transaction& tx) { return organisation_by_name(tx, trimmed(name)); });
}

Result<Organisation> Directory::find_organisation(std::string_view name_or_id) {
    return ledger_.read([&](Transaction& tx) -> Result<Organisation> {
        auto const text = trimmed(name_or_id);
        TRY(auto named, organisation_by_name(tx, text));
        if (named) return *std::move(named);
        if (auto const id = parse_int(text.starts_with('#') ? text.substr(1) : text)) {
            TRY(auto numbered, load(tx, OrganisationId{*id}));
            if (numbered) return *std::move(numbered);
        }
        OrganisationQuery query;
        query.text = text.substr(0, 300);
        query.limit = 3;
        TRY(auto const near, page(tx, query));
        if (near.items.size() == 1 && equal_ignoring_case(near.items[0].name, text)) return near.items[0];
        std::string names;
        for (auto const& o : near.items) names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", o.name);
        return fail(Code::not_found,
                    fmt::format("there is no organisation \"{}\"{}", text,
                                names.empty() ? "; see tocsin org list" : fmt::format("; did you mean {}?", names)));
    });
}

Result<Page<Organisation>> Directory::organisations(OrganisationQuery const& query) {
    return reading(ledger_, [&](Transaction& tx) { return page(tx, query); });
}
Result<std::int64_t> Directory::count(OrganisationQuery const& query) {
    return reading(ledger_, [&](Transaction& tx) { return count_rows(tx, query); });
}
Result<std::vector<Organisation>> Directory::children(OrganisationId id) {
    return reading(ledger_, [&](Transaction& tx) { return children_of(tx, id); });
}

Result<std::vector<Organisation>> Directory::chain(OrganisationId id) {
    return ledger_.read([&](Transaction& tx) -> Result<std::vector<Organisation>> {
        std::vector<Organisation> chain;
        while (id && chain.size() < deepest_chain) {
            TRY(auto found, load(tx, id));
            if (!found) break;
            id = found->parent;
            chain.push_back(*std::move(found));
        }
        return chain;
    });
}

Result<Organisation> Directory::add(OrganisationDraft const& draft, access::Principal const& by) {
    return add_one<Organisation>(*this, draft, by);
}
Result<Organisation> Directory::change(OrganisationId id, OrganisationDraft const& draft, std::int64_t version,
                                       access::Principal const& by) {
    return change_one<Organisation>(*this, id, draft, version, by);
}

Result<ChangeSetId> remove_whole(Transaction& tx, Timestamp now, Organisation const& old, access::Principal const& by) {
    TRY(auto log, ChangeLog::begin(tx, now, by, fmt::format("remove organisation {}", old.name)));
    TRY(auto const below, children_of(tx, old.id));
    for (auto const& child : below) {
        OrganisationDraft orphan = child;
        orphan.parent = {};
        CHECK(update_row(tx, child.id, orphan, log.stamp()));
        CHECK(log.note(Change::change, "organisation", child.id.value, history_of(child), history_of(orphan)));
    }
    TRY(auto const resources, resources_of(tx, old.id));
    for (auto const& resource : resources) {
        CHECK(delete_row(tx, resource.id));
        CHECK(log.note(Change::remove, "resource", resource.id.value, history_of(resource), {}));
    }
    TRY(auto const contacts, contacts_of(tx, old.id));
    for (auto const& contact : contacts) {
        CHECK(delete_row(tx, contact.id));
        CHECK(log.note(Change::remove, "contact", contact.id.value, history_of(contact), {}));
    }
    TRY(auto const quiet, all_suppressions(tx));
    for (auto const& suppression : quiet) {
        if (suppression.organisation != old.id) continue;
        CHECK(delete_row(tx, suppression.id));
        CHECK(log.note(Change::remove, "suppression", suppression.id.value, history_of(suppression), {}));
    }
    TRY(auto const unwanted, do_not_contact_entry(tx, {}, old.id));
    if (unwanted) {
        CHECK(delete_row(tx, unwanted->id));
        CHECK(log.note(Change::remove, "do_not_contact", unwanted->id.value, history_of(*unwanted), {}));
    }
    CHECK(delete_row(tx, old.id));
    CHECK(log.note(Change::remove, "organisation", old.id.value, history_of(old), {}));
    CHECK(log.finish("organisation.remove", "organisation", old.id.value));
    return log.stamp().change_set;
}

Result<ChangeSetId> Directory::remove(OrganisationId id, std::int64_t version, access::Principal const& by) {
    auto removed = ledger_.write([&](Transaction& tx) -> Result<ChangeSetId> {
        TRY(auto const old, existing(tx, id));
        CHECK(check_version(old, version));
        return remove_whole(tx, clock_.now(), old, by);
    });
    if (removed) changed();
    return removed;
}

Result<Resource> Directory::resource(ResourceId id) {
    return reading(ledger_, [&](Transaction& tx) { return existing(tx, id); });
}
Result<Page<Resource>> Directory::resources(ResourceQuery const& query) {
    return reading(ledger_, [&](Transaction& tx) { return page(tx, query); });
}
Result<std::int64_t> Directory::count(ResourceQuery const& query) {
    return reading(ledger_, [&](Transaction& tx) { return count_rows(tx, query); });
}
Result<Resource> Directory::add(ResourceDraft const& draft, access::Principal const& by) {
    return add_one<Resource>(*this, draft, by);
}
Result<Resource> Directory::change(ResourceId id, ResourceDraft const& draft, std::int64_t version,
                                   access::Principal const& by) {
    return change_one<Resource>(*this, id, draft, version, by);
}
Result<ChangeSetId> Directory::remove(ResourceId id, std::int64_t version, access::Principal const& by) {
    return remove_one<Resource>(*this, id, version, by);
}

Result<Contact> Directory::contact(ContactId id) {
    return reading(ledger_, [&](Transaction& tx) { return existing(tx, id); });
}
Result<Page<Contact>> Directory::contacts(ContactQuery const& query) {
    return reading(ledger_, [&](Transaction& tx) { return page(tx, query); });
}
Result<std::int64_t> Directory::count(ContactQuery const& query) {
    return reading(ledger_, [&](Transaction& tx) { return count_rows(tx, query); });
}
Result<Contact> Directory::add(ContactDraft const& draft, access::Principal const& by) {
    return add_one<Contact>(*this, draft, by);
}
Result<Contact> Directory::change(ContactId id, ContactDraft const& draft, std::int64_t version,
                                  access::Principal const& by) {
    return change_one<Contact>(*this, id, draft, version, by);
}
Result<ChangeSetId> Directory::remove(ContactId id, std::int64_t version, access::Principal const& by) {
    return remove_one<Contact>(*this, id, version, by);
}

namespace {

/// A contact as it is and as it was, as far as that is known.
Result<std::vector<ContactDraft>> faces_of(Transaction& tx, ContactId id) {
    TRY(auto const old, load(tx, id));
    TRY(auto const past, history_rows(tx, "contact", id.value, 1000));
    if (!old && past.empty()) return std::unexpected(missing(id));
    std::vector<ContactDraft> faces;
    if (old) faces.push_back(*old);
    for (auto const& entry : past)
        for (auto const& fields : {entry.before, entry.after}) {
            ContactDraft face;
            if (!fields.empty() && from_history(fields, face)) faces.push_back(face);
        }
    return faces;
}

}  // namespace

Result<std::vector<std::string>> Directory::addresses_of(ContactId id) {
    TRY(auto const faces, reading(ledger_, [&](Transaction& tx) { return faces_of(tx, id); }));
    std::vector<std::string> addresses;
    for (auto const& face : faces)
        if (!face.email.empty() && std::ranges::find(addresses, face.email) == addresses.end())
            addresses.push_back(face.email);
    return addresses;
}

Result<ChangeSetId> Directory::erase(ContactId id, access::Principal const& by) {
    auto erased = ledger_.write([&](Transaction& tx) -> Result<ChangeSetId> {
        TRY(auto const old, load(tx, id));
        TRY(auto const faces, faces_of(tx, id));
        TRY(auto log, ChangeLog::begin(tx, clock_.now(), by, fmt::format("erase contact {}", id.value)));
        if (old) {
            CHECK(delete_row(tx, id));
            CHECK(log.note(Change::remove, "contact", id.value, {}, {}));
        }
        CHECK(erase_history(tx, id));
        for (auto const& face : faces)
            for (auto const& text : {face.email, face.phone, face.name}) CHECK(forget_imports_with(tx, text));
        CHECK(log.finish("contact.erase", "contact", id.value));
        return log.stamp().change_set;
    });
    if (erased) changed();
    return erased;
}

Result<std::vector<Suppression>> Directory::suppressions() {
    return reading(ledger_, all_suppressions);
}
Result<Suppression> Directory::add(SuppressionDraft const& draft, access::Principal const& by) {
    return add_one<Suppression>(*this, draft, by);
}
Result<ChangeSetId> Directory::remove(SuppressionId id, access::Principal const& by) {
    return remove_one<Suppression>(*this, id, 0, by);
}
Result<std::vector<DoNotContact>> Directory::do_not_contacts() {
    return reading(ledger_, all_do_not_contacts);
}
Result<DoNotContact> Directory::add(DoNotContactDraft const& draft, access::Principal const& by) {
    return add_one<DoNotContact>(*this, draft, by);
}
Result<ChangeSetId> Directory::remove(DoNotContactId id, access::Principal const& by) {
    return remove_one<DoNotContact>(*this, id, 0, by);
}

namespace {

Result<std::optional<std::string>> unwanted_reason(Transaction& tx, std::string_view email) {
    auto const address = lowered(trimmed(email));
    TRY(auto const exact, do_not_contact_entry(tx, address, {}));
    if (exact) return "the address is on the do-not-contact list: " + exact->reason;
    auto const at = address.rfind('@');
    std::string_view domain = at == std::string::npos ? std::string_view() : std::string_view(address).substr(at + 1);
    while (!domain.empty()) {
        TRY(auto const listed, do_not_contact_entry(tx, domain, {}));
        if (listed) return fmt::format("{} is on the do-not-contact list: {}", domain, listed->reason);
        auto const dot = domain.find('.');
        if (dot == std::string_view::npos) break;
        domain.remove_prefix(dot + 1);
    }
    return std::nullopt;
}

/// The contacts of the most fitting role that may be written to.
Result<std::vector<Contact>> willing_contacts(Transaction& tx, Organisation const& organisation, Timestamp now) {
    TRY(auto const all, contacts_of(tx, organisation.id));
    std::vector<Contact> willing;
    for (auto const& contact : all) {
        if (contact.do_not_contact || contact.email.empty() || (contact.expires && *contact.expires <= now)) continue;
        TRY(auto const unwanted, unwanted_reason(tx, contact.email));
        if (unwanted) continue;
        if (!willing.empty() && contact.role > willing.front().role) continue;
        if (!willing.empty() && contact.role < willing.front().role) willing.clear();
        willing.push_back(contact);
    }
    return willing;
}

}  // namespace

Result<std::optional<std::string>> Directory::is_unwanted(std::string_view email) {
    return reading(ledger_, [&](Transaction& tx) { return unwanted_reason(tx, email); });
}

Result<Recipients> Directory::recipients_for(OrganisationId id) {
    return ledger_.read([&](Transaction& tx) -> Result<Recipients> {
        Recipients recipients;
        std::string passed_over;
        OrganisationId above = id;
        for (std::size_t depth = 0; above && depth < deepest_chain; ++depth) {
            TRY(auto const organisation, existing(tx, above));
            above = organisation.parent;
            TRY(auto const listed, do_not_contact_entry(tx, {}, organisation.id));
            if (organisation.do_not_contact || listed) {
                passed_over += fmt::format("{} does not want to be contacted; ", organisation.name);
                continue;
            }
            TRY(auto willing, willing_contacts(tx, organisation, clock_.now()));
            if (willing.empty()) {
                passed_over += fmt::format("{} has nobody to write to; ", organisation.name);
                continue;
            }
            recipients.organisation = organisation.id;
            recipients.language = willing.front().language.empty() ? organisation.language : willing.front().language;
            recipients.reason =
                fmt::format("{}{} contact of {}", passed_over, name_of(willing.front().role), organisation.name);
            recipients.contacts = std::move(willing);
            return recipients;
        }
        recipients.reason = passed_over + "nobody is left above it";
        return recipients;
    });
}

}  // namespace tocsin::constituency
