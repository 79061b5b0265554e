#include "api/render_directory.hpp"
#include "notifications/sealing.hpp"

/// Contacts: the persons and mailboxes of organisations.
namespace tocsin::api {

namespace {

using constituency::ContactId;

constituency::ContactQuery query_of(Call const& call) {
    constituency::ContactQuery query;
    query.text = call.query("q").value_or("");
    query.organisation = constituency::OrganisationId{call.query_number("organisation").value_or(0)};
    query.limit = call.limit();
    query.after = call.after();
    return query;
}

Reply one(Call const& call, constituency::Contact const& contact, int status = 200) {
    TRY(auto const shown, cleared(call, contact));
    JsonWriter json;
    put(json, shown);
    return json_answer(std::move(json), status);
}

Status check_key(Call const& call, constituency::ContactDraft& draft) {
    if (draft.public_key.empty()) return {};
    auto const now = call.now();
    auto const work = call.doors().notifications->mail_work();
    CHECK(notifications::refuse_bad_key(draft, now, work));
    auto const found = notifications::check_contact_key(draft, now, work);
    if (found.key && draft.key.empty()) draft.key = found.key->fingerprint;
    return {};
}

Reply contacts_key(Call& call) {
    TRY(auto const contact, call.doors().constituency->directory().contact(ContactId{call.path_id()}));
    TRY(auto const shown, cleared(call, contact));
    auto const found = notifications::check_contact_key(*shown, call.now(), call.doors().notifications->mail_work());
    JsonWriter json;
    json.object()
        .field("usable", found.is_usable())
        .field_or_null("trouble", found.trouble)
        .field_or_null("kind", found.key ? net::name_of(found.key->kind) : std::string_view())
        .field_or_null("fingerprint", found.key ? found.key->fingerprint : shown->key)
        .field_or_null("algorithm", found.key ? found.key->algorithm : std::string())
        .field_or_null("expires", found.key ? found.key->expires : std::optional<Timestamp>())
        .end();
    return json_answer(std::move(json));
}

Result<constituency::ContactDraft> draft_of(Call const& call) {
    constituency::ContactDraft draft;
    draft.organisation = constituency::OrganisationId{call.number("organisation").value_or(0)};
    draft.role = constituency::contact_role(call.text_or("role", "")).value_or(constituency::ContactRole::abuse);
    draft.name = call.text_or("name", "");
    draft.email = call.text_or("email", "");
    draft.phone = call.text_or("phone", "");
    draft.webhook = call.text_or("webhook", "");
    draft.language = call.text_or("language", "");
    draft.key = call.text_or("key", "");
    draft.public_key = call.text_or("public_key", "");
    if (auto const expires = call.text("expires")) {
        TRY(draft.expires, parse_timestamp(*expires));
    }
    draft.do_not_contact = !call.flag("active").value_or(true);
    return draft;
}

Reply contacts_list(Call& call) {
    TRY(auto page, call.doors().constituency->directory().contacts(query_of(call)));
    return page_of(cleared(call, std::move(page.items)), page.next,
                   [](JsonWriter& json, gate::Cleared<constituency::Contact> const& contact) { put(json, contact); });
}

Reply contacts_count(Call& call) {
    TRY(auto const count, call.doors().constituency->directory().count(query_of(call)));
    return count_of(count);
}

Reply contacts_create(Call& call) {
    TRY(auto draft, draft_of(call));
    CHECK(check_key(call, draft));
    TRY(auto const made, call.doors().constituency->directory().add(draft, call.caller));
    call.changed("directory", std::to_string(made.organisation.value), "changed");
    return one(call, made, 201);
}

Reply contacts_get(Call& call) {
    TRY(auto const contact, call.doors().constituency->directory().contact(ContactId{call.path_id()}));
    return one(call, contact);
}

Reply contacts_change(Call& call) {
    TRY(auto draft, draft_of(call));
    auto& directory = call.doors().constituency->directory();
    TRY(auto const before, directory.contact(ContactId{call.path_id()}));
    // It is taken, and never shown: it stays as long as nobody gives another key or fingerprint.
    if (draft.public_key.empty() && equal_ignoring_case(draft.key, before.key)) draft.public_key = before.public_key;
    if (draft.public_key != before.public_key) CHECK(check_key(call, draft));
    TRY(auto const changed,
        directory.change(ContactId{call.path_id()}, draft, call.number("version").value_or(0), call.caller));
    call.changed("directory", std::to_string(changed.organisation.value), "changed");
    return one(call, changed);
}

Reply contacts_remove(Call& call) {
    CHECK(call.doors().constituency->directory().remove(ContactId{call.path_id()}, 0, call.caller));
    call.changed("directory", "", "changed");
    return nothing();
}

Reply contacts_erase(Call& call) {
    auto& directory = call.doors().constituency->directory();
    TRY(auto const addresses, directory.addresses_of(ContactId{call.path_id()}));
    if (auto* const readiness = call.doors().readiness)
        CHECK(readiness->reachability.erase(ContactId{call.path_id()}, addresses, call.caller));
    TRY(auto const changed,
        notifications::erase_contact(directory, *call.doors().notifications, ContactId{call.path_id()}, call.caller));
    call.changed("directory", "", "changed");
    JsonWriter json;
    json.object().field("notifications", changed).end();
    return json_answer(std::move(json));
}

}  // namespace

void routes_contacts(Router& router) {
    router.answer("contacts_list", contacts_list);
    router.answer("contacts_count", contacts_count);
    router.answer("contacts_create", contacts_create);
    router.answer("contacts_get", contacts_get);
    router.answer("contacts_change", contacts_change);
    router.answer("contacts_key", contacts_key);
    router.answer("contacts_remove", contacts_remove);
    router.answer("contacts_erase", contacts_erase);
}

}  // namespace tocsin::api
