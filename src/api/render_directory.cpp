#include "api/render_directory.hpp"

namespace tocsin::api {

void put(JsonWriter& json, constituency::Organisation const& organisation, OrganisationExtras const& extras) {
    json.object()
        .field("id", organisation.id.value)
        .field("name", organisation.name)
        .field("kind", constituency::name_of(organisation.kind));
    put_text_or_null(json, "sector", organisation.sector);
    put_text_or_null(json, "country", organisation.country);
    put_text_or_null(json, "language", organisation.language);
    put_reference(json, "parent", organisation.parent.value, organisation.parent_name);
    put_text_or_null(json, "note", organisation.note);
    json.field("do_not_contact", organisation.do_not_contact)
        .field("version", organisation.version)
        .field("created", organisation.created)
        .field("changed", organisation.changed)
        .field("resources", organisation.resources)
        .field("contacts", organisation.contacts)
        .field("open_findings", extras.open_findings);
    put_or_null(json, "last_notified", extras.last_notified);
    json.end();
}

void put(JsonWriter& json, constituency::Resource const& resource) {
    json.object().field("id", resource.id.value);
    put_reference(json, "organisation", resource.organisation.value, resource.organisation_name);
    json.field("kind", constituency::name_of(resource.kind))
        .field("value", resource.value)
        .field("standing", resource.verified ? "verified" : "claimed");
    put_text_or_null(json, "how", resource.how);
    put_or_null(json, "from", resource.from);
    put_or_null(json, "to", resource.to);
    json.field("version", resource.version).end();
}

void put(JsonWriter& json, constituency::Contact const& contact) {
    json.object().field("id", contact.id.value);
    put_reference(json, "organisation", contact.organisation.value, contact.organisation_name);
    put_text_or_null(json, "name", contact.name);
    json.field("role", constituency::name_of(contact.role));
    put_text_or_null(json, "email", contact.email);
    put_text_or_null(json, "phone", contact.phone);
    put_text_or_null(json, "webhook", contact.webhook);
    put_text_or_null(json, "language", contact.language);
    put_text_or_null(json, "key", contact.key);
    put_or_null(json, "expires", contact.expires);
    json.field("active", !contact.do_not_contact).field("version", contact.version).end();
}

Result<std::map<std::int64_t, std::int64_t>> open_findings(Call const& call) {
    events::FindingFilter filter;
    filter.states = {events::FindingState::open};
    events::AggregateRequest request;
    request.by = {"organisation"};
    request.limit = 10'000;
    TRY(auto const aggregate, call.doors().events->aggregate(filter, request));
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
