#include "constituency/source_claim.hpp"

#include "constituency/fields.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace tocsin::constituency {

std::string contact_address(ContactDraft const& contact) {
    if (!contact.email.empty()) return lowered(contact.email);
    return contact.phone.empty() ? contact.webhook : contact.phone;
}

std::vector<Contact> contacts_in_question(std::vector<Contact> const& present, ContactRole role) {
    std::vector<Contact> found;
    for (auto const& contact : present)
        if (contact.role == role) found.push_back(contact);
    if (!found.empty()) return found;
    // A role that comes first would turn warnings away from whoever gets them now.
    auto best = role;
    for (auto const& contact : present)
        if (contact.role > role && (best == role || contact.role < best)) best = contact.role;
    bool const has_earlier = std::ranges::any_of(present, [&](Contact const& c) { return c.role < role; });
    if (best == role || has_earlier) return found;
    for (auto const& contact : present)
        if (contact.role == best) found.push_back(contact);
    return found;
}

Result<std::vector<ConflictSide>> sides_of(Transaction& tx, std::vector<Contact> const& contacts) {
    std::vector<ConflictSide> sides;
    for (auto const& contact : contacts) {
        TRY(auto const set, load_change_set(tx, {contact.version}));
        auto const from = set ? fmt::format("{}, {}", set->what, format_date(set->at)) : format_date(contact.changed);
        sides.push_back({contact_address(contact), from, std::string(name_of(contact.role))});
    }
    return sides;
}

std::vector<ConflictSide> sides_of(std::vector<Resource> const& holders) {
    std::vector<ConflictSide> sides;
    for (auto const& holder : holders)
        sides.push_back({holder.organisation_name, holder.how.empty() ? format_date(holder.changed) : holder.how,
                         holder.verified ? "verified" : "claimed"});
    return sides;
}

std::string claim_json(OwnerClaim const& claim) {
    JsonWriter json;
    json.object().field("key", claim.key).key("organisation").raw(history_of(claim.organisation));
    json.key("resource").raw(history_of(claim.resource)).key("contacts").array();
    for (auto const& contact : claim.contacts) json.raw(history_of(contact));
    json.end().end();
    return std::move(json).text();
}

namespace {

Result<std::vector<ContactDraft>> contacts_in(boost::json::value const& list) {
    std::vector<ContactDraft> contacts;
    if (!list.is_array()) return contacts;
    for (auto const& item : list.get_array()) {
        ContactDraft draft;
        CHECK(from_history(boost::json::serialize(item), draft));
        contacts.push_back(std::move(draft));
    }
    return contacts;
}

Result<boost::json::value> parsed(std::string_view text) {
    boost::system::error_code fault;
    auto value = boost::json::parse(text, fault);
    if (fault) return fail(Code::internal, "a conflict holds something that is not JSON");
    return value;
}

}  // namespace

Result<OwnerClaim> owner_claim(std::string_view json) {
    TRY(auto const value, parsed(json));
    auto const* const object = value.if_object();
    OwnerClaim claim;
    if (object == nullptr || !object->contains("key") || !object->contains("resource"))
        return fail(Code::conflict, "what the source said is not kept any more: import it again");
    claim.key = std::string_view(object->at("key").as_string());
    CHECK(from_history(boost::json::serialize(object->at("organisation")), claim.organisation));
    CHECK(from_history(boost::json::serialize(object->at("resource")), claim.resource));
    TRY(claim.contacts, contacts_in(object->at("contacts")));
    return claim;
}

Result<std::vector<ContactDraft>> claimed_contacts(std::string_view json) {
    TRY(auto const value, parsed(json));
    return contacts_in(value);
}

Result<std::optional<std::string>> claimed_name(std::string_view json) {
    TRY(auto const value, parsed(json));
    auto const* const name = value.is_object() ? value.get_object().if_contains("name") : nullptr;
    if (name == nullptr || !name->is_string()) return std::nullopt;
    return std::string(std::string_view(name->get_string()));
}

}  // namespace tocsin::constituency
