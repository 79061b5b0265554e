#include "api/render_directory.hpp"
#include "api/render_events.hpp"

/// What is not warned about, and who does not want mail.
namespace tocsin::api {

namespace {

using constituency::OrganisationId;

void put(JsonWriter& json, constituency::Suppression const& suppression, Names const& names) {
    json.object()
        .field("id", suppression.id.value)
        .field_or_null("network", suppression.network)
        .reference("organisation", suppression.organisation.value, suppression.organisation_name)
        .field_or_null("feed", suppression.feed)
        .field_or_null("identifier", suppression.identifier)
        .field("reason", suppression.reason)
        .field_or_null("until", suppression.until)
        .reference("by", suppression.by.user, names.account(std::to_string(suppression.by.user)))
        .field("created", suppression.created)
        .end();
}

void put(JsonWriter& json, constituency::DoNotContact const& entry, Names const& names) {
    json.object()
        .field("id", entry.id.value)
        .field_or_null("address", entry.address)
        .reference("organisation", entry.organisation.value, entry.organisation_name)
        .field("reason", entry.reason)
        .reference("by", entry.by.user, names.account(std::to_string(entry.by.user)))
        .field("created", entry.created)
        .end();
}

Reply suppressions_list(Call& call) {
    TRY(auto const suppressions, call.doors().constituency->directory().suppressions());
    TRY(auto const names, Names::of(call));
    return list_of(suppressions,
                   [&](JsonWriter& json, constituency::Suppression const& one) { put(json, one, names); });
}

Reply suppressions_create(Call& call) {
    constituency::SuppressionDraft draft;
    draft.network = call.text_or("network", "");
    draft.organisation = OrganisationId{call.number("organisation").value_or(0)};
    draft.feed = call.text_or("feed", "");
    draft.identifier = call.text_or("identifier", "");
    draft.reason = call.text_or("reason", "");
    if (auto const until = call.text("until")) {
        TRY(draft.until, parse_timestamp(*until));
    }
    TRY(auto const made, call.doors().constituency->directory().add(draft, call.caller));
    TRY(auto const names, Names::of(call));
    JsonWriter json;
    put(json, made, names);
    call.changed("directory", "", "changed");
    return json_answer(std::move(json), 201);
}

Reply suppressions_remove(Call& call) {
    CHECK(call.doors().constituency->directory().remove(constituency::SuppressionId{call.path_id()}, call.caller));
    call.changed("directory", "", "changed");
    return nothing();
}

Reply do_not_contact_list(Call& call) {
    TRY(auto const entries, call.doors().constituency->directory().do_not_contacts());
    TRY(auto const names, Names::of(call));
    return list_of(entries, [&](JsonWriter& json, constituency::DoNotContact const& one) { put(json, one, names); });
}

Reply do_not_contact_create(Call& call) {
    constituency::DoNotContactDraft draft;
    draft.address = call.text_or("address", "");
    draft.organisation = OrganisationId{call.number("organisation").value_or(0)};
    draft.reason = call.text_or("reason", "");
    TRY(auto const made, call.doors().constituency->directory().add(draft, call.caller));
    TRY(auto const names, Names::of(call));
    JsonWriter json;
    put(json, made, names);
    call.changed("directory", "", "changed");
    return json_answer(std::move(json), 201);
}

Reply do_not_contact_remove(Call& call) {
    CHECK(call.doors().constituency->directory().remove(constituency::DoNotContactId{call.path_id()}, call.caller));
    call.changed("directory", "", "changed");
    return nothing();
}

}  // namespace

void routes_suppressions(Router& router) {
    router.answer("suppressions_list", suppressions_list);
    router.answer("suppressions_create", suppressions_create);
    router.answer("suppressions_remove", suppressions_remove);
    router.answer("do_not_contact_list", do_not_contact_list);
    router.answer("do_not_contact_create", do_not_contact_create);
    router.answer("do_not_contact_remove", do_not_contact_remove);
}

}  // namespace tocsin::api
