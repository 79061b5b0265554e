#include "api/render_directory.hpp"

#include "api/render_events.hpp"

namespace tocsin::api {

void put(JsonWriter& json, gate::Cleared<constituency::Organisation> const& organisation,
         OrganisationExtras const& extras) {
    json.object()
        .field("id", organisation->id.value)
        .field("name", organisation->name)
        .field("kind", constituency::name_of(organisation->kind))
        .field_or_null("sector", organisation->sector)
        .field_or_null("country", organisation->country)
        .field_or_null("language", organisation->language)
        .reference("parent", organisation->parent.value, organisation->parent_name)
        .field_or_null("note", organisation->note)
        .field("do_not_contact", organisation->do_not_contact)
        .field("version", organisation->version)
        .field("created", organisation->created)
        .field("changed", organisation->changed)
        .field("resources", organisation->resources)
        .field("contacts", organisation->contacts)
        .field("open_findings", extras.open_findings)
        .field_or_null("last_notified", extras.last_notified)
        .end();
}

void put(JsonWriter& json, gate::Cleared<constituency::Resource> const& resource) {
    json.object()
        .field("id", resource->id.value)
        .reference("organisation", resource->organisation.value, resource->organisation_name)
        .field("kind", constituency::name_of(resource->kind))
        .field("value", resource->value)
        .field("standing", resource->verified ? "verified" : "claimed")
        .field_or_null("how", resource->how)
        .field_or_null("from", resource->from)
        .field_or_null("to", resource->to)
        .field("version", resource->version)
        .end();
}

void put(JsonWriter& json, gate::Cleared<constituency::Contact> const& contact) {
    json.object()
        .field("id", contact->id.value)
        .reference("organisation", contact->organisation.value, contact->organisation_name)
        .field_or_null("name", contact->name)
        .field("role", constituency::name_of(contact->role))
        .field_or_null("email", contact->email)
        .field_or_null("phone", contact->phone)
        .field_or_null("webhook", contact->webhook)
        .field_or_null("language", contact->language)
        .field_or_null("key", contact->key)
        .field_or_null("expires", contact->expires)
        .field("active", !contact->do_not_contact)
        .field("version", contact->version)
        .end();
}

Result<std::map<std::int64_t, std::int64_t>> open_findings(Call const& call) {
    events::FindingFilter filter;
    filter.states = {events::FindingState::open};
    events::AggregateRequest request;
    request.by = {"organisation"};
    request.limit = 10'000;
    TRY(auto const aggregate, call.doors().events->aggregate(scope_of(call), filter, request));
    std::map<std::int64_t, std::int64_t> counts;
    for (auto const& group : aggregate.groups) {
        if (!group.key.empty()) counts[parse_int(group.key.front()).value_or(0)] = group.count;
    }
    return counts;
}

Result<std::map<std::int64_t, Timestamp>> last_notified(Call const& call) {
    notifications::Filter sent;
    sent.states = {notifications::State::sent};
    TRY(auto const page, call.doors().notifications->list(sent, 1000));
    std::map<std::int64_t, Timestamp> times;
    for (auto const& notification : page.items) {
        if (notification.sent) times.emplace(notification.organisation, *notification.sent);
    }
    return times;
}

}  // namespace tocsin::api
