#pragma once
#include "constituency/directory_store.hpp"
#include "constituency/sources.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Private to the room: the two sides of a conflict, and what is kept of what a source claims.
namespace tocsin::constituency {

/// What a conflict's claim holds, and back. Errors: Code::internal.
struct OwnerClaim {
    std::string key;
    OrganisationDraft organisation;
    ResourceDraft resource;
    std::vector<ContactDraft> contacts;
};
std::string claim_json(OwnerClaim const& claim);
Result<OwnerClaim> owner_claim(std::string_view json);
Result<std::vector<ContactDraft>> claimed_contacts(std::string_view json);
/// None: it is not kept any more.
Result<std::optional<std::string>> claimed_name(std::string_view json);

/// Who is shown as ours when contacts of a role are told: those of the role; none: those that are written to now, when
/// the role would come before theirs.
std::vector<Contact> contacts_in_question(std::vector<Contact> const& present, ContactRole role);
/// What tells contacts of one role apart: the address in small letters, else the number.
std::string contact_address(ContactDraft const& contact);
Result<std::vector<ConflictSide>> sides_of(Transaction& tx, std::vector<Contact> const& contacts);
std::vector<ConflictSide> sides_of(std::vector<Resource> const& holders);

}  // namespace tocsin::constituency
