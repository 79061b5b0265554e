#include "api/render_events.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::api {

namespace {

gate::Recipient recipient(Call const& call) {
    return gate::Recipient::team(call.caller);
}

std::string_view label(std::string_view tlp) {
    return gate::label_of(events::marking_of(tlp));
}

void put_buckets(JsonWriter& json, std::string_view name,
                 std::vector<std::pair<Timestamp, std::int64_t>> const& buckets) {
    json.key(name).array();
    for (auto const& [at, count] : buckets) json.object().field("at", at).field("count", count).end();
    json.end();
}

}  // namespace

Result<Names> Names::of(Call const& call) {
    Names names;
    TRY(names.owners_, call.doors().constituency->owners());
    TRY(names.accounts_, call.doors().access->accounts());
    names.known_good_ = call.doors().known_good;
    return names;
}

std::string Names::organisation(std::int64_t id) const {
    if (id == 0) return {};
    auto const name = owners_->name_of_organisation(constituency::OrganisationId{id});
    return name.empty() ? fmt::format("organisation {}", id) : std::string(name);
}

std::string Names::reason(events::Finding const& finding) const {
    constituency::OwnerQuery const query{
        .address = finding.address.value_or(IpAddress()),
        .asn = finding.asn.value_or(0),
        .domain = finding.domain,
        .country = constituency::parse_country(finding.country).value_or(constituency::CountryCode())};
    auto const owner = owners_->owner_of(query);
    if (!owner || owner.organisation.value != finding.organisation) return {};
    return fmt::format("{} {}, {}", constituency::name_of(owner.by), constituency::OwnerTable::matched(query, owner),
                       owner.verified ? "verified" : "not verified");
}

std::string Names::account(std::string_view id) const {
    auto const number = parse_int(id).value_or(0);
    auto const found = std::ranges::find(accounts_, access::AccountId{number}, &access::Account::id);
    return found == accounts_.end() ? fmt::format("account {}", number) : found->name;
}

void put_class(JsonWriter& json, std::string_view taxonomy, std::string_view type, std::string_view identifier) {
    json.key("class")
        .object()
        .field("taxonomy", taxonomy)
        .field("type", type)
        .field_or_null("identifier", identifier)
        .end();
}

void put(JsonWriter& json, gate::Cleared<events::StoredEvent> const& event, Names const& names,
         std::string_view reason) {
    json.object()
        .field("id", fmt::format("e-{:x}", event->id))
        .field("time", event->time)
        .field("feed", event->feed)
        .field("report", event->report)
        .reference("organisation", event->organisation, names.organisation(event->organisation))
        .field("tlp", label(event->tlp))
        .field_or_null("reason", reason)
        .field("lane", events::name_of(event->lane))
        .field_or_null("finding", event->finding)
        .key("fields")
        .raw(event->fields.empty() ? "{}" : std::string_view(event->fields))
        .end();
}

void put(JsonWriter& json, gate::Cleared<events::Finding> const& finding, Names const& names,
         FindingExtras const& extras) {
    json.object()
        .field("id", finding->id)
        .field("state", events::name_of(finding->state))
        .field_or_null("severity", finding->severity)
        .field("feed", finding->feed);
    put_class(json, finding->taxonomy, finding->type, finding->identifier);
    json.field_or_null("address", finding->address ? format_ip(*finding->address) : "")
        .field_or_null("port", finding->port)
        .field_or_null("transport", finding->transport)
        .field_or_null("domain", finding->domain)
        .field_or_null("url", finding->url)
        .field_or_null("account", finding->account)
        .field_or_null("asn", finding->asn)
        .field_or_null("country", finding->country)
        .reference("organisation", finding->organisation, names.organisation(finding->organisation))
        .field_or_null("reason", extras.reason)
        .field("lane", events::name_of(finding->lane))
        .field("tlp", label(finding->tlp))
        .field("first_seen", finding->first_seen)
        .field("last_seen", finding->last_seen)
        .field("times", finding->times)
        .field("returns", finding->returns)
        .field("missed_rounds", finding->missed_rounds);
    json.field_or_null("repaired_at", finding->repaired);
    json.field_or_null("notified", extras.notified == 0 ? std::nullopt : std::optional(extras.notified));
    json.field_or_null("notified_at", extras.notified_at);
    json.field_or_null("said", finding->said ? events::name_of(*finding->said) : std::string_view());
    json.reference("assigned", parse_int(finding->assigned).value_or(0), names.account(finding->assigned));
    json.end();
}

Result<std::vector<FindingExtras>> extras_of(House const& house, Names const& names,
                                             std::span<gate::Cleared<events::Finding> const> findings) {
    std::vector<std::string> ids;
    for (auto const& finding : findings) ids.push_back(finding->id);
    TRY(auto const warned, house.doors.notifications->last_warnings(ids));
    std::vector<FindingExtras> extras;
    for (auto const& finding : findings) {
        auto& of_it = extras.emplace_back();
        of_it.reason = names.reason(*finding);
        if (auto const last = warned.find(finding->id); last != warned.end()) {
            of_it.notified = last->second.id.value;
            of_it.notified_at = last->second.at;
        }
    }
    return extras;
}

void put(JsonWriter& json, events::Report const& report) {
    json.object()
        .field("id", report.id)
        .field("feed", report.feed)
        .field_or_null("name", report.name)
        .field("sha256", report.sha256)
        .field("bytes", report.bytes)
        .field("received", report.received)
        .field("via", events::name_of(report.origin))
        .field("state", events::name_of(report.state))
        .field("rows", report.events + report.duplicates + report.rejected)
        .field("events", report.events)
        .field("duplicates", report.duplicates)
        .field("rejected", report.rejected)
        .field("attributed", report.attributed)
        .field("progress", report.progress)
        .field_or_null("finished", report.finished)
        .field_or_null("error", report.error)
        .field_or_null("redelivery_of", report.redelivery_of)
        .field_or_null("signature", report.signature)
        .end();
}

void put(JsonWriter& json, events::FeedHealth const& health, events::FeedDefinition const* definition) {
    auto const slash = health.feed.find('/');
    json.object()
        .field("id", health.feed)
        .field("publisher", definition ? definition->publisher : health.feed.substr(0, slash))
        .field("name", definition && !definition->title.empty() ? definition->title : health.feed.substr(slash + 1))
        .key("description")
        .null()
        .field_or_null("documentation", definition ? definition->documentation : "");
    if (definition && !definition->type.empty()) {
        put_class(json, definition->taxonomy, definition->type, definition->identifier);
    } else {
        json.key("class").null();
    }
    json.field("health", events::name_of(health.condition))
        .field_or_null("last_report", health.last_report)
        .field_or_null("delay_seconds",
                       health.delay ? std::optional(std::int64_t{health.delay->count()}) : std::nullopt);
    json.field_or_null("usual_interval_seconds", health.usual_interval
                                                     ? std::optional(std::int64_t{health.usual_interval->count()})
                                                     : std::nullopt);
    json.field("reports", health.reports)
        .field("events", health.events)
        .field("duplicates", health.duplicates)
        .field("rejected", health.kept);
    put_buckets(json, "volume", health.volume);
    json.end();
}

net::HttpResponse aggregate_answer(events::Aggregate const& aggregate, events::AggregateRequest const& request,
                                   Names const& names) {
    auto const organisation = std::ranges::find(request.by, "organisation");
    auto const shift = request.bucket.empty() ? 0 : 1;
    auto const place = organisation - request.by.begin() + shift;
    JsonWriter json;
    json.object().key("by").array();
    for (auto const& field : request.by) json.value(field);
    json.end().field_or_null("bucket", request.bucket).key("groups").array();
    for (auto const& group : aggregate.groups) {
        json.object().key("key").array();
        for (auto const& part : group.key) {
            if (part.empty()) {
                json.null();
            } else {
                json.value(part);
            }
        }
        json.end();
        if (organisation != request.by.end() && static_cast<std::size_t>(place) < group.key.size()) {
            json.field_or_null("label",
                               names.organisation(parse_int(group.key[static_cast<std::size_t>(place)]).value_or(0)));
        }
        json.field("count", group.count).field("addresses", group.addresses).end();
    }
    json.end().field("total", aggregate.total).field("other", aggregate.other).end();
    return json_answer(std::move(json));
}

events::Scope scope_of(Call const& call) {
    return call.doors().gate->scope<events::StoredEvent>(recipient(call));
}

std::string id_for_all(Call const& call, events::Finding const& finding) {
    auto least = call.caller;
    least.role = access::Role::viewer;
    least.account = {};
    return call.doors().gate->explain(finding, gate::Recipient::team(least)).allowed ? finding.id : "";
}

}  // namespace tocsin::api
