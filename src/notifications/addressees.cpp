#include "notifications/channels/channel_store.hpp"
#include "notifications/impl.hpp"
#include "notifications/inbox/inbox_store.hpp"

#include <algorithm>

/// Who of an organisation is written to.
namespace tocsin::notifications {

void add_mailbox(std::vector<Addressees>& letters, std::string const& address, std::string const& language,
                 std::string_view way) {
    auto letter = std::ranges::find_if(letters, [&](Addressees const& other) {
        return other.language == language && other.channel == "mail" && other.way == way;
    });
    if (letter == letters.end())
        letter = letters.insert(letters.end(), Addressees{language, {}, {}, "mail", std::string(way)});
    auto const is_it = [&](std::string const& other) { return equal_ignoring_case(other, address); };
    if (std::ranges::none_of(letter->now, is_it)) letter->now.push_back(address);
}

Result<std::optional<std::string>> Notifications::Impl::why_not_to(std::string_view address) {
    TRY(auto unwanted, constituency.directory().is_unwanted(address));
    if (unwanted) return unwanted;
    return comes_back(address);
}

Result<std::optional<std::string>> Notifications::Impl::comes_back(std::string_view address) {
    TRY(auto const bounced, ledger.read([&](store::Transaction& tx) {
        return tables::bounced_address(tx, address, settings.most_bounces);
    }));
    if (!bounced || !bounced->is_unused) return std::optional<std::string>();
    return std::optional(fmt::format("mail to {} came back {} times since {}; see tocsin bounce clear", address,
                                     bounced->permanent, format_date(bounced->since)));
}

Result<Notifications::Impl::Contacts> Notifications::Impl::contacts_of(constituency::OrganisationId organisation) {
    auto& people = constituency.directory();
    TRY(auto const recipients, people.recipients_for(organisation));
    Contacts contacts{.recipient = recipients.organisation, .groups = {}, .reason = recipients.reason};
    // One without a mail address of its own has another way before somebody above it is asked; a letter comes last.
    if (recipients.organisation != organisation) {
        TRY(auto other, by_other_channel(organisation, recipients.contacts.empty()));
        if (other) {
            contacts.recipient = organisation;
            contacts.groups.push_back(*std::move(other));
            return contacts;
        }
    }
    std::vector<constituency::Contact const*> usable;
    bool is_bounced = false;
    for (auto const& contact : recipients.contacts) {
        if (!net::is_mail_address(contact.email)) continue;
        TRY(auto const unwanted, people.is_unwanted(contact.email));
        TRY(auto const bounced, comes_back(contact.email));
        if (unwanted) {
            contacts.reason = "not to be written to: " + *unwanted;
        } else if (bounced) {
            contacts.reason = *bounced;
            is_bounced = true;
        } else {
            usable.push_back(&contact);
        }
    }
    std::vector<std::string> others;
    if (!recipients.contacts.empty()) {
        TRY(others, others_of(recipients));
    }
    if (usable.empty() && is_bounced && !others.empty()) {
        auto const& language = recipients.language.empty() ? settings.default_language : recipients.language;
        contacts.groups.push_back({language, {others.front()}, {others.begin() + 1, others.end()}});
        return contacts;
    }
    if (usable.empty() && !recipients.contacts.empty()) {
        TRY(auto other, by_other_channel(contacts.recipient, true));
        if (other) {
            contacts.groups.push_back(*std::move(other));
            return contacts;
        }
        if (contacts.reason.empty()) contacts.reason = "no contact with a mail address";
        return contacts;
    }
    for (auto const* const contact : usable) {
        auto const& own = contact->language.empty() ? recipients.language : contact->language;
        auto const& language = own.empty() ? settings.default_language : own;
        TRY(auto const way, sealing->way_to(recipients.organisation, contact->email));
        add_mailbox(contacts.groups, contact->email, language, way);
    }
    for (auto& group : contacts.groups) group.others = others;
    return contacts;
}

/// Those who may be written to by any way, by role; none of an organisation that does not want it.
Result<std::vector<constituency::Contact>> Notifications::Impl::willing_contacts(
    constituency::OrganisationId organisation) {
    auto& people = constituency.directory();
    TRY(auto const whole, people.organisation(organisation));
    TRY(auto const unwanted, people.do_not_contacts());
    auto const is_it = [&](constituency::DoNotContact const& one) { return one.organisation == organisation; };
    if (whole.do_not_contact || std::ranges::any_of(unwanted, is_it)) return std::vector<constituency::Contact>();
    constituency::ContactQuery query;
    query.organisation = organisation;
    TRY(auto page, people.contacts(query));
    std::erase_if(page.items, [&](constituency::Contact const& contact) {
        if (contact.do_not_contact || (contact.expires && *contact.expires <= clock.now())) return true;
        if (contact.email.empty()) return false;
        auto const refused = people.is_unwanted(contact.email);
        return !refused || refused->has_value();
    });
    std::ranges::sort(page.items, {}, [](auto const& contact) { return std::pair(contact.role, contact.id); });
    for (auto& contact : page.items)
        if (contact.language.empty())
            contact.language = whole.language.empty() ? settings.default_language : whole.language;
    return std::move(page.items);
}

namespace {

Addressees to_paper(constituency::Contact const& contact) {
    auto const& name = contact.name.empty() ? contact.organisation_name : contact.name;
    return {contact.language, {name}, {}, std::string(name_of(ChannelKind::letter)), {}};
}
Addressees to_phone(constituency::Contact const& contact) {
    return {contact.language, {contact.phone}, {}, std::string(name_of(ChannelKind::sms)), {}};
}
/// The first that has a webhook address which was set up, of a kind that `is_wanted`.
template <class IsWanted>
std::optional<Addressees> to_hook(std::vector<constituency::Contact> const& willing,
                                  std::vector<tables::StoredChannel> const& set_up, IsWanted&& is_wanted) {
    for (auto const& contact : willing) {
        auto const found = std::ranges::find_if(
            set_up, [&](tables::StoredChannel const& one) { return one.channel.contact == contact.id; });
        if (found == set_up.end() || contact.webhook.empty() || !is_wanted(found->channel.kind)) continue;
        return Addressees{contact.language, {contact.webhook}, {}, std::string(name_of(found->channel.kind)), {}};
    }
    return {};
}

}  // namespace

Result<std::optional<Addressees>> Notifications::Impl::by_other_channel(constituency::OrganisationId organisation,
                                                                        bool may_be_paper) {
    TRY(auto const willing, willing_contacts(organisation));
    TRY(auto const set_up, ledger.read([](store::Transaction& tx) { return tables::channels(tx); }));
    if (auto hook = to_hook(willing, set_up, [](ChannelKind) { return true; })) return hook;
    auto const has_phone = [](constituency::Contact const& contact) { return !contact.phone.empty(); };
    if (auto const phone = std::ranges::find_if(willing, has_phone);
        phone != willing.end() && !settings.channels.sms_url.empty())
        return to_phone(*phone);
    if (!may_be_paper || !settings.channels.letters || willing.empty()) return std::optional<Addressees>();
    return to_paper(willing.front());
}

Result<std::optional<Addressees>> Notifications::Impl::by_channel(constituency::OrganisationId organisation,
                                                                  std::string_view wanted) {
    TRY(auto const willing, willing_contacts(organisation));
    if (wanted == "letter" && !willing.empty()) return to_paper(willing.front());
    if (wanted == "sms" && !settings.channels.sms_url.empty())
        for (auto const& contact : willing)
            if (!contact.phone.empty()) return to_phone(contact);
    if (wanted != "webhook" && wanted != "chat") return std::optional<Addressees>();
    TRY(auto const set_up, ledger.read([](store::Transaction& tx) { return tables::channels(tx); }));
    return to_hook(willing, set_up,
                   [&](ChannelKind kind) { return (kind == ChannelKind::webhook) == (wanted == "webhook"); });
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
        auto const has_it = [&](constituency::Contact const& other) {
            return equal_ignoring_case(other.email, contact.email);
        };
        auto const is_it = [&](std::string const& other) { return equal_ignoring_case(other, contact.email); };
        if (is_out || std::ranges::any_of(recipients.contacts, has_it)) continue;
        TRY(auto const unwanted, why_not_to(contact.email));
        if (!unwanted && std::ranges::none_of(others, is_it)) others.push_back(contact.email);
    }
    return others;
}

}  // namespace tocsin::notifications
