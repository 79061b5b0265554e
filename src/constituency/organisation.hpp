#pragma once
#include "base/base.hpp"
#include "constituency/country.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The things of the directory as values. A draft is what a person may write; the thing itself adds what Tocsin keeps.
namespace tocsin::constituency {

struct Organisation;
struct Resource;
struct Contact;
struct Suppression;
struct DoNotContact;
struct ChangeSet;
struct Import;
using OrganisationId = Id<Organisation>;
using ResourceId = Id<Resource>;
using ContactId = Id<Contact>;
using SuppressionId = Id<Suppression>;
using DoNotContactId = Id<DoNotContact>;
using ChangeSetId = Id<ChangeSet>;
using ImportId = Id<Import>;

/// Who made a change, as kept: never a person's name.
struct Actor {
    std::int64_t user = 0;  ///< access's account; 0 for none
    std::string who;        ///< access::Principal::who: "account:3", "command"
};

enum class OrganisationKind {
    constituent,
    operator_,
    sector_cirt,
    national_cirt,
    regulator,
    peer,
    feed_provider,
    other
};
std::string_view name_of(OrganisationKind kind);  ///< "sector_cirt"; `operator_` is "operator"
/// Also with "-" for "_", and "provider" for feed_provider.
std::optional<OrganisationKind> organisation_kind(std::string_view name);

struct OrganisationDraft {
    std::string name;  ///< unique; 1 to 300 bytes
    OrganisationKind kind = OrganisationKind::constituent;
    std::string sector;    ///< free; at most 100 bytes
    std::string country;   ///< alpha-2 or empty
    std::string language;  ///< one of languages() or empty
    OrganisationId parent;
    std::string note;             ///< at most 4000 bytes
    bool do_not_contact = false;  ///< nobody in it is written to
    friend bool operator==(OrganisationDraft const&, OrganisationDraft const&) = default;
};
struct Organisation : OrganisationDraft {
    using Draft = OrganisationDraft;
    OrganisationId id;
    std::string parent_name;
    std::int64_t version = 0;  ///< counts changes: hand it back with a change to be told of a lost race
    Timestamp created, changed;
    std::int64_t resources = 0, contacts = 0;  ///< how many
};

enum class ResourceKind { prefix, asn, domain, country };
std::string_view name_of(ResourceKind kind);
std::optional<ResourceKind> resource_kind(std::string_view name);

struct ResourceDraft {
    OrganisationId organisation;
    ResourceKind kind = ResourceKind::prefix;
    std::string value;                  ///< canonical: "192.0.2.0/24", "AS64496", "example.org", "XA"
    bool verified = false;              ///< somebody checked the claim
    std::string how;                    ///< how it was verified, or where the claim comes from; at most 300 bytes
    std::optional<Timestamp> from, to;  ///< valid in [from, to); none: no bound
    friend bool operator==(ResourceDraft const&, ResourceDraft const&) = default;
};
struct Resource : ResourceDraft {
    using Draft = ResourceDraft;
    ResourceId id;
    std::string organisation_name;
    std::int64_t version = 0;
    Timestamp created, changed;
};
/// A value in its canonical form. Errors: Code::invalid, saying what is expected. An address alone is a prefix of full
/// length; AS numbers may lack "AS"; a domain may have capitals, a trailing dot, "*." in front, or be Unicode.
Result<std::string> canonical_value(ResourceKind kind, std::string_view value);

enum class ContactRole { abuse, security, technical, duty, management, other };
std::string_view name_of(ContactRole role);
std::optional<ContactRole> contact_role(std::string_view name);

struct ContactDraft {
    OrganisationId organisation;
    ContactRole role = ContactRole::abuse;
    std::string name;                   ///< at most 300 bytes
    std::string email, phone, webhook;  ///< at least one; webhook is an https URL
    std::string language;               ///< empty: the organisation's
    std::string key;                    ///< fingerprint of an OpenPGP (40 or 64 hex digits) or S/MIME key (40 or 64)
    std::string public_key;             ///< the armoured key itself, at most 64 KiB; may be empty
    std::optional<Timestamp> expires;   ///< not written to from then on
    bool do_not_contact = false;
    friend bool operator==(ContactDraft const&, ContactDraft const&) = default;
};
struct Contact : ContactDraft {
    using Draft = ContactDraft;
    ContactId id;
    std::string organisation_name;
    std::int64_t version = 0;
    Timestamp created, changed;
};

/// What is not warned about: a constituent's own scanners, a known test network. All that is given must match; at least
/// one of network, organisation, feed, identifier.
struct SuppressionDraft {
    std::string network;  ///< address or prefix
    OrganisationId organisation;
    std::string feed, identifier;  ///< a feed's id; classification.identifier
    std::string reason;            ///< 1 to 2000 bytes
    std::optional<Timestamp> until;
};
struct Suppression : SuppressionDraft {
    using Draft = SuppressionDraft;
    SuppressionId id;
    std::string organisation_name;
    Actor by;
    Timestamp created;
};

/// Somebody who does not want mail, wherever the address comes from. Exactly one of address and organisation.
struct DoNotContactDraft {
    std::string address;  ///< "noc@power.example", or a domain: everyone there and below
    OrganisationId organisation;
    std::string reason;  ///< 1 to 2000 bytes
};
struct DoNotContact : DoNotContactDraft {
    using Draft = DoNotContactDraft;
    DoNotContactId id;
    std::string organisation_name;
    Actor by;
    Timestamp created;
};

/// A set of changes made at once: one edit, one import, one undo. Can be undone as a whole.
struct ChangeSet {
    ChangeSetId id;
    Timestamp at;
    Actor by;
    std::string what;  ///< "import resources.csv"
    std::int64_t changes = 0;
    ChangeSetId undoes, undone_by;
};

enum class Change { add, change, remove };
std::string_view name_of(Change change);  ///< "add"

/// One object's change. Before and after are JSON objects of its fields by name; empty where it was not or was erased.
struct HistoryEntry {
    ChangeSetId change_set;
    Timestamp at;
    Actor by;
    Change change = Change::add;
    std::string kind;  ///< organisation, resource, contact, suppression, do_not_contact
    std::int64_t object = 0;
    std::string before, after;
    bool erased = false;  ///< personal data was removed from the history
};

}  // namespace tocsin::constituency
