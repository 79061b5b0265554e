#include "notifications/impl.hpp"

#include <algorithm>

/// Who of an organisation is written to.
namespace tocsin::notifications {

Result<Notifications::Impl::Contacts> Notifications::Impl::contacts_of(constituency::OrganisationId organisation) {
    auto& people = constituency.directory();
    TRY(auto const recipients, people.recipients_for(organisation));
    Contacts contacts{.recipient = recipients.organisation, .groups = {}, .reason = recipients.reason};
    std::vector<constituency::Contact const*> usable;
    for (auto const& contact : recipients.contacts) {
        if (!net::is_mail_address(contact.email)) continue;
        TRY(auto const unwanted, people.is_unwanted(contact.email));
        if (unwanted) {
            contacts.reason = "not to be written to: " + *unwanted;
        } else {
            usable.push_back(&contact);
        }
    }
    if (usable.empty()) {
        if (contacts.reason.empty()) contacts.reason = "no contact with a mail address";
        return contacts;
    }
    for (auto const* const contact : usable) {
        auto const& own = contact->language.empty() ? recipients.language : contact->language;
        auto const& language = own.empty() ? settings.default_language : own;
        auto group = std::ranges::find(contacts.groups, language, &Addressees::language);
        if (group == contacts.groups.end())
            group = contacts.groups.insert(contacts.groups.end(), Addressees{language, {}, {}});
        if (std::ranges::find(group->now, contact->email) == group->now.end()) group->now.push_back(contact->email);
    }
    TRY(auto const others, others_of(recipients));
    for (auto& group : contacts.groups) group.others = others;
    return contacts;
}

/// The organisation's contacts of other roles, by role: tried when those written to refuse for good.
Result<std::vector<std::string>> Notifications::Impl::others_of(constituency::Recipients const& recipients) {
    auto& people = constituency.directory();
    constituency::ContactQuery query;
    query.organisation = recipients.organisation;
    TRY(auto page, people.contacts(query));
    std::ranges::sort(page.items, {}, [](auto const& contact) { return std::pair(contact.role, contact.id); });
    std::vector<std::string> others;
    for (auto const& contact : page.items) {
        bool const is_out = contact.do_not_contact || (contact.expires && *contact.expires <= clock.now()) ||
                            !net::is_mail_address(contact.email);
        auto const is_it = [&](constituency::Contact const& other) { return other.email == contact.email; };
        if (is_out || std::ranges::any_of(recipients.contacts, is_it)) continue;
        TRY(auto const unwanted, people.is_unwanted(contact.email));
        if (!unwanted && std::ranges::find(others, contact.email) == others.end()) others.push_back(contact.email);
    }
    return others;
}

}  // namespace tocsin::notifications
