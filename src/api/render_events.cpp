#include "api/render_events.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::gate {

namespace {

/// An unreadable marking is never taken for an open one.
Tlp tlp_of(std::string_view text) {
    auto const tlp = parse_tlp(text.empty() ? "AMBER" : text);
    return tlp ? *tlp : Tlp::red;
}

std::vector<OrganisationId> concerned(std::int64_t organisation) {
    if (organisation == 0) return {};
    return {OrganisationId{organisation}};
}

}  // namespace

Particulars About<events::StoredEvent>::of(events::StoredEvent const& event) {
    return {.kind = "event",
            .id = fmt::format("e-{:x}", event.id),
            .marking = {tlp_of(event.tlp), {}},
            .concerns = concerned(event.organisation)};
}

Particulars About<events::Finding>::of(events::Finding const& finding) {
    return {.kind = "finding",
            .id = finding.id,
            .marking = {tlp_of(finding.tlp), {}},
            .concerns = concerned(finding.organisation)};
}

}  // namespace tocsin::gate

namespace tocsin::api {

namespace {

gate::Recipient recipient(Call const& call) {
    return gate::Recipient::team(call.caller);
}

std::string_view label(std::string_view tlp) {
    auto const parsed = gate::parse_tlp(tlp.empty() ? "AMBER" : tlp);
    return gate::label_of(parsed ? *parsed : gate::Tlp::red);
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
    return names;
}

std::string Names::organisation(std::int64_t id) const {
    if (id == 0) return {};
    auto const name = owners_->name_of_organisation(constituency::OrganisationId{id});
    return name.empty() ? fmt::format("organisation {}", id) : std::string(name);
}

std::string Names::account(std::string_view id) const {
    auto const number = parse_int(id).value_or(0);
    auto const found = std::ranges::find(accounts_, access::AccountId{number}, &access::Account::id);
    return found == accounts_.end() ? fmt::format("account {}", number) : found->name;
}

void put_class(JsonWriter& json, std::string_view taxonomy, std::string_view type, std::string_view identifier) {
    json.key("class").object().field("taxonomy", taxonomy).field("type", type);
    put_text_or_null(json, "identifier", identifier);
    json.end();
}

void put(JsonWriter& json, gate::Cleared<events::StoredEvent> const& event, Names const& names,
         std::string_view reason) {
    json.object()
        .field("id", fmt::format("e-{:x}", event->id))
        .field("time", event->time)
        .field("feed", event->feed)
        .field("report", event->report);
    put_reference(json, "organisation", event->organisation, names.organisation(event->organisation));
    json.field("tlp", label(event->tlp));
    put_text_or_null(json, "reason", reason);
    json.field("lane", events::name_of(event->lane));
    put_text_or_null(json, "finding", event->finding);
    json.key("fields").raw(event->fields.empty() ? "{}" : std::string_view(event->fields)).end();
}

void put(JsonWriter& json, gate::Cleared<events::Finding> const& finding, Names const& names,
         FindingExtras const& extras) {
    json.object().field("id", finding->id).field("state", events::name_of(finding->state));
    put_text_or_null(json, "severity", finding->severity);
    json.field("feed", finding->feed);
    put_class(json, finding->taxonomy, finding->type, finding->identifier);
    put_text_or_null(json, "address", finding->address ? format_ip(*finding->address) : "");
    put_or_null(json, "port", finding->port);
    put_text_or_null(json, "transport", finding->transport);
    put_text_or_null(json, "domain", finding->domain);
    put_text_or_null(json, "url", finding->url);
    put_text_or_null(json, "account", finding->account);
    put_or_null(json, "asn", finding->asn);
    put_text_or_null(json, "country", finding->country);
    put_reference(json, "organisation", finding->organisation, names.organisation(finding->organisation));
    put_text_or_null(json, "reason", extras.reason);
    json.field("lane", events::name_of(finding->lane))
        .field("tlp", label(finding->tlp))
        .field("first_seen", finding->first_seen)
        .field("last_seen", finding->last_seen)
        .field("times", finding->times)
        .field("returns", finding->returns)
        .field("missed_rounds", finding->missed_rounds);
    put_or_null(json, "repaired_at", finding->repaired);
    put_or_null(json, "notified", extras.notified == 0 ? std::nullopt : std::optional(extras.notified));
    put_text_or_null(json, "said", finding->said ? events::name_of(*finding->said) : std::string_view());
    put_reference(json, "assigned", parse_int(finding->assigned).value_or(0), names.account(finding->assigned));
    json.end();
}

void put(JsonWriter& json, events::Report const& report) {
    json.object().field("id", report.id).field("feed", report.feed);
    put_text_or_null(json, "name", report.name);
    json.field("sha256", report.sha256)
        .field("bytes", report.bytes)
        .field("received", report.received)
        .field("via", events::name_of(report.origin))
        .field("state", events::name_of(report.state))
        .field("rows", report.events + report.duplicates + report.rejected)
        .field("events", report.events)
        .field("duplicates", report.duplicates)
        .field("rejected", report.rejected)
        .field("attributed", report.attributed)
        .field("progress", report.progress);
    put_or_null(json, "finished", report.finished);
    put_text_or_null(json, "error", report.error);
    put_or_null(json, "redelivery_of", report.redelivery_of);
    json.end();
}

void put(JsonWriter& json, events::FeedHealth const& health, events::FeedDefinition const* definition) {
    auto const slash = health.feed.find('/');
    json.object()
        .field("id", health.feed)
        .field("publisher", definition ? definition->publisher : health.feed.substr(0, slash));
    json.field("name", definition && !definition->title.empty() ? definition->title : health.feed.substr(slash + 1))
        .key("description")
        .null();
    put_text_or_null(json, "documentation", definition ? definition->documentation : "");
    if (definition && !definition->type.empty()) {
        put_class(json, definition->taxonomy, definition->type, definition->identifier);
    } else {
        json.key("class").null();
    }
    json.field("health", events::name_of(health.condition));
    put_or_null(json, "last_report", health.last_report);
    put_or_null(json, "delay_seconds",
                health.delay ? std::optional(std::int64_t{health.delay->count()}) : std::nullopt);
    put_or_null(json, "usual_interval_seconds",
                health.usual_interval ? std::optional(std::int64_t{health.usual_interval->count()}) : std::nullopt);
    json.field("reports", health.reports)
        .field("events", health.events)
        .field("duplicates", health.duplicates)
        .field("rejected", health.rejected);
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
    json.end();
    put_text_or_null(json, "bucket", request.bucket);
    json.key("groups").array();
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
            put_text_or_null(json, "label",
                             names.organisation(parse_int(group.key[static_cast<std::size_t>(place)]).value_or(0)));
        }
        json.field("count", group.count).field("addresses", group.addresses).end();
    }
    json.end().field("total", aggregate.total).field("other", aggregate.other).end();
    return json_answer(std::move(json));
}

std::vector<gate::Cleared<events::StoredEvent>> cleared(Call const& call, std::vector<events::StoredEvent> events) {
    return std::move(call.doors().gate->sift(std::move(events), recipient(call)).cleared);
}

std::vector<gate::Cleared<events::Finding>> cleared(Call const& call, std::vector<events::Finding> findings) {
    return std::move(call.doors().gate->sift(std::move(findings), recipient(call)).cleared);
}

Result<gate::Cleared<events::StoredEvent>> cleared(Call const& call, events::StoredEvent event) {
    auto passed = call.doors().gate->clear(std::move(event), recipient(call));
    if (!passed) return fail(Code::not_found, "there is no such event");
    return std::move(*passed);
}

Result<gate::Cleared<events::Finding>> cleared(Call const& call, events::Finding finding) {
    auto passed = call.doors().gate->clear(std::move(finding), recipient(call));
    if (!passed) return fail(Code::not_found, "there is no such finding");
    return std::move(*passed);
}

}  // namespace tocsin::api
