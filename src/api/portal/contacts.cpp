#include "api/portal/visit.hpp"
#include "constituency/notice_settings.hpp"

#include <algorithm>
#include <fmt/format.h>

/// The organisation's own contacts: whom the team writes to.
namespace tocsin::api::portal {
namespace {

constexpr std::string_view list_path = "/portal/contacts";
constexpr std::size_t most_contacts = 100;

constituency::Directory& directory_of(Visit const& visit) {
    return visit.doors().constituency->directory();
}

Result<std::vector<constituency::Contact>> own_contacts(Visit const& visit) {
    constituency::ContactQuery query;
    query.organisation = visit.desk().organisation();
    query.limit = most_contacts;
    TRY(auto page, directory_of(visit).contacts(query));
    return std::move(page.items);
}

/// Errors: Code::not_found also for another organisation's.
Result<constituency::Contact> own_contact(Visit const& visit, std::string_view number) {
    auto found = directory_of(visit).contact({parse_int(number).value_or(0)});
    if (found && found->organisation != visit.desk().organisation())
        return fail(Code::not_found, "there is no such contact");
    return found;
}

std::string role_label(Visit const& visit, constituency::ContactRole role) {
    return visit.say(fmt::format("role_{}", constituency::name_of(role)));
}

std::string contact_form(Visit const& visit, std::string_view to, constituency::ContactDraft const& draft) {
    std::vector<Choice> roles, languages{{"", visit.say("as_team")}};
    for (auto const role :
         {constituency::ContactRole::abuse, constituency::ContactRole::security, constituency::ContactRole::technical,
          constituency::ContactRole::duty, constituency::ContactRole::management, constituency::ContactRole::other})
        roles.push_back({std::string(constituency::name_of(role)), role_label(visit, role)});
    for (std::string_view const code : {"en", "fr", "es", "ru", "ar", "zh"})
        languages.push_back({std::string(code), html_escaped(Words::of(code).get("language"))});
    return form_head(visit, to, "save") + choice("role", visit.say("role"), roles, constituency::name_of(draft.role)) +
           field({.name = "name", .label = visit.say("full_name"), .value = draft.name}) +
           field({.name = "email", .label = visit.say("email"), .value = draft.email, .type = "email", .most = 254}) +
           field({.name = "phone", .label = visit.say("phone"), .value = draft.phone, .type = "tel", .most = 60}) +
           choice("language", visit.say("language"), languages, draft.language) +
           field({.name = "expires",
                  .label = visit.say("expires"),
                  .value = draft.expires ? date_text(*draft.expires) : "",
                  .type = "date",
                  .most = 10}) +
           button(visit.say("save")) + "</form>\n";
}

/// What the form says, over what the contact has beside it.
Result<constituency::ContactDraft> draft_of(Visit const& visit, constituency::ContactDraft draft) {
    auto const role = constituency::contact_role(visit.sent("role"));
    if (!role) return fail(Code::invalid, "role: expected one of the choices");
    draft.organisation = visit.desk().organisation();
    draft.role = *role;
    draft.name = visit.sent("name");
    draft.email = visit.sent("email");
    draft.phone = visit.sent("phone");
    draft.language = visit.sent("language");
    draft.expires.reset();
    if (auto const day = visit.sent("expires"); !day.empty()) {
        TRY(draft.expires, parse_timestamp(day));
    }
    return draft;
}

std::string reminders_html(Visit const& visit, std::vector<constituency::Contact> const& contacts) {
    std::string out;
    for (auto const& reminder : constituency::contact_reminders(contacts, visit.now())) {
        auto const role = visit.plain(fmt::format("role_{}", constituency::name_of(reminder.role)));
        auto const said =
            reminder.what == constituency::ContactReminder::What::missing
                ? visit.say("missing_role", {{"role", role}})
                : visit.say(fmt::format("{}_contact", constituency::name_of(reminder.what)),
                            {{"role", role}, {"date", date_text(reminder.expires.value_or(Timestamp{}))}});
        out += fmt::format("<p class=\"fault\">{}</p>\n", said);
    }
    return out;
}

Page list_page(Visit& visit, constituency::ContactDraft const& draft = {}) {
    auto const contacts = own_contacts(visit);
    if (!contacts) return failed(visit, contacts.error());
    std::vector<std::vector<std::string>> rows;
    for (auto const& one : *contacts) {
        auto const way = one.email.empty() ? one.phone : one.email;
        auto const shown = visit.may(access::Right::editor)
                               ? fmt::format("<a href=\"{}\">{}</a>",
                                             visit.address(fmt::format("{}/{}", list_path, one.id.value)), ltr(way))
                               : ltr(way);
        rows.push_back({shown, role_label(visit, one.role), text(one.name),
                        one.expires ? ltr(date_text(*one.expires)) : visit.say("never")});
    }
    auto body = reminders_html(visit, *contacts);
    body += rows.empty()
                ? fmt::format("<p>{}</p>\n", visit.say("none"))
                : table(visit.say("contacts"),
                        {visit.say("email"), visit.say("role"), visit.say("full_name"), visit.say("expires")}, rows);
    if (visit.may(access::Right::editor))
        body += fmt::format("<section class=\"panel\">\n<h2>{}</h2>\n{}</section>\n", visit.say("add_contact"),
                            contact_form(visit, list_path, draft));
    return page(visit, visit.say("contacts"), body, visit.fault.empty() ? 200 : 422);
}

Page one_page(Visit const& visit, constituency::Contact const& contact, constituency::ContactDraft const& draft) {
    auto const here = fmt::format("{}/{}", list_path, contact.id.value);
    auto const body = contact_form(visit, here, draft) + form_head(visit, here, "remove") +
                      button(visit.say("remove")) + "</form>\n" +
                      fmt::format("<p><a href=\"{}\">{}</a></p>\n", visit.address(list_path), visit.say("back_to"));
    return page(visit, visit.say("change"), body, visit.fault.empty() ? 200 : 422);
}

Page changed(Visit& visit) {
    visit.house.changes.publish("directory", "", "changed", visit.now());
    return go_to(visit, list_path, "saved");
}

Page add(Visit& visit) {
    auto const draft = draft_of(visit, {});
    auto const contacts = own_contacts(visit);
    if (contacts && contacts->size() >= most_contacts) return failed(visit, {Code::limit, "there are 100 contacts"});
    auto const added = draft ? directory_of(visit).add(*draft, visit.caller()) : std::unexpected(draft.error());
    if (added) return changed(visit);
    note_fault(visit, added.error());
    return list_page(visit, draft.value_or(constituency::ContactDraft{}));
}

Page change(Visit& visit, constituency::Contact const& contact) {
    if (visit.sent("action") == "remove") {
        auto const removed = directory_of(visit).remove(contact.id, contact.version, visit.caller());
        return removed ? changed(visit) : failed(visit, removed.error());
    }
    auto const draft = draft_of(visit, contact);
    auto const done = draft ? directory_of(visit).change(contact.id, *draft, contact.version, visit.caller())
                            : std::unexpected(draft.error());
    if (done) return changed(visit);
    note_fault(visit, done.error());
    return one_page(visit, contact, draft.value_or(contact));
}

}  // namespace

Page contacts_page(Visit& visit) {
    auto const rest = visit.rest_of("/portal/contacts/");
    if ((visit.is_post() || !rest.empty()) && !visit.may(access::Right::editor)) return not_allowed(visit);
    if (rest.empty()) return visit.is_post() ? add(visit) : list_page(visit);
    auto const contact = own_contact(visit, rest);
    if (!contact) return failed(visit, contact.error());
    return visit.is_post() ? change(visit, *contact) : one_page(visit, *contact, *contact);
}

}  // namespace tocsin::api::portal
