#include "api/filters.hpp"
#include "api/portal/desk.hpp"
#include "api/render.hpp"

#include <fmt/format.h>

/// What a constituent's programs read: its own findings, events and warnings, and nobody else's.
namespace tocsin::api {

namespace {

using portal::Desk;

Result<Desk> desk_of(Call const& call) {
    return Desk::of(call.house, call.caller, call.query("as").value_or(""));
}

/// Names of the organisations a desk sees.
class OwnerNames {
  public:
    static Result<OwnerNames> of(Call const& call) {
        OwnerNames names;
        TRY(names.owners_, call.doors().constituency->owners());
        return names;
    }
    void put(JsonWriter& json, std::int64_t id) const {
        json.reference("organisation", id, std::string(owners_->name_of_organisation({id})));
    }

  private:
    std::shared_ptr<constituency::OwnerTable const> owners_;
};

std::string_view label(std::string_view tlp) {
    return gate::label_of(events::marking_of(tlp));
}

void put(JsonWriter& json, gate::Cleared<events::Finding> const& finding, OwnerNames const& names) {
    json.object()
        .field("id", finding->id)
        .field("state", events::name_of(finding->state))
        .field_or_null("severity", finding->severity)
        .field("feed", finding->feed)
        .field("taxonomy", finding->taxonomy)
        .field("type", finding->type)
        .field_or_null("identifier", finding->identifier)
        .field_or_null("address", finding->address ? format_ip(*finding->address) : "")
        .field_or_null("port", finding->port)
        .field_or_null("transport", finding->transport)
        .field_or_null("domain", finding->domain)
        .field_or_null("url", finding->url)
        .field_or_null("account", finding->account)
        .field_or_null("asn", finding->asn);
    names.put(json, finding->organisation);
    json.field("tlp", label(finding->tlp))
        .field("first_seen", finding->first_seen)
        .field("last_seen", finding->last_seen)
        .field("times", finding->times)
        .field("returns", finding->returns)
        .field_or_null("repaired_at", finding->repaired)
        .field_or_null("said", finding->said ? events::name_of(*finding->said) : std::string_view())
        .end();
}

void put(JsonWriter& json, gate::Cleared<events::StoredEvent> const& event, OwnerNames const& names) {
    json.object().field("id", fmt::format("e-{:x}", event->id)).field("time", event->time).field("feed", event->feed);
    names.put(json, event->organisation);
    json.field_or_null("finding", event->finding)
        .field("tlp", label(event->tlp))
        .key("fields")
        .raw(event->fields.empty() ? "{}" : std::string_view(event->fields))
        .end();
}

std::string query_text(Call const& call) {
    auto const& target = call.request.target;
    auto const mark = target.find('?');
    return mark == std::string::npos ? std::string() : target.substr(mark + 1);
}

bool wants_csv(Call const& call) {
    return call.query("format").value_or("json") == "csv";
}

Reply portal_organisations(Call& call) {
    TRY(auto const desks, Desk::all_of(call.house, call.caller));
    return list_of(desks, [](JsonWriter& json, Desk const& desk) {
        json.object()
            .field("id", desk.organisation().value)
            .field("name", desk.name())
            .field("rights", access::name_of(desk.right()))
            .field("below", desk.sees_below())
            .end();
    });
}

Reply portal_findings(Call& call) {
    TRY(auto const desk, desk_of(call));
    TRY(auto const filter, finding_filter(call.target, call.caller));
    if (wants_csv(call)) return portal::findings_file(call.house, desk, filter, query_text(call));
    auto const order = events::finding_order_named(call.query("sort").value_or("-last_seen"))
                           .value_or(events::FindingOrder::last_seen_down);
    TRY(auto const read,
        portal::read_findings(call.house, desk, filter, order, {.after = call.after(), .limit = call.limit()}));
    TRY(auto const names, OwnerNames::of(call));
    CHECK(portal::record_page(call.house, desk, read.items, "portal findings", "api"));
    return page_of(read.items, read.next, [&](JsonWriter& json, auto const& finding) { put(json, finding, names); });
}

Reply portal_finding(Call& call) {
    TRY(auto const desk, desk_of(call));
    TRY(auto const read, portal::read_finding(call.house, desk, call.path("id")));
    TRY(auto const names, OwnerNames::of(call));
    CHECK(call.doors().ledger->write([&](store::Transaction& tx) -> Status {
        CHECK(gate::Gate::record(tx, call.caller, call.now(), read.finding, "api"));
        return gate::Gate::record(tx, call.caller, call.now(), read.events, "portal finding",
                                  json_string(read.finding->id), "api");
    }));
    JsonWriter json;
    json.object().key("finding");
    put(json, read.finding, names);
    json.key("rounds").array();
    for (auto const& round : read.rounds) json.value(format_timestamp(round));
    json.end().key("statements").array();
    for (auto const& statement : read.said)
        json.object()
            .field("at", statement.at)
            .field("said", events::name_of(statement.saying))
            .field_or_null("by", statement.by)
            .field_or_null("text", statement.text)
            .field("team", statement.by_team)
            .end();
    json.end().key("events").array();
    for (auto const& event : read.events) put(json, event, names);
    json.end()
        .field_or_null("repair", notifications::remediation(read.finding->identifier, read.finding->type, "en"))
        .end();
    return json_answer(std::move(json));
}

Reply portal_events(Call& call) {
    TRY(auto const desk, desk_of(call));
    TRY(auto const filter, event_filter(call.target));
    if (wants_csv(call)) return portal::events_file(call.house, desk, filter, query_text(call));
    TRY(auto const read, portal::read_events(call.house, desk, filter, events::EventOrder::newest_first,
                                             {.after = call.after(), .limit = call.limit()}));
    TRY(auto const names, OwnerNames::of(call));
    CHECK(portal::record_page(call.house, desk, read.items, "portal events", "api"));
    return page_of(read.items, read.next, [&](JsonWriter& json, auto const& event) { put(json, event, names); });
}

Reply portal_notifications(Call& call) {
    TRY(auto const desk, desk_of(call));
    TRY(auto const read,
        portal::read_notifications(call.house, desk, call.limit(), parse_int(call.after()).value_or(0)));
    auto const next = read.next > 0 ? std::to_string(read.next) : std::string();
    return page_of(read.items, next, [](JsonWriter& json, notifications::Notification const& one) {
        json.object()
            .field("id", one.id.value)
            .field("sent", one.sent.value_or(one.created))
            .field("subject", one.subject)
            .field("language", one.language)
            .field("tlp", one.tlp)
            .field("findings", one.findings)
            .end();
    });
}

}  // namespace

void routes_portal(Router& router) {
    router.answer("portal_organisations", portal_organisations);
    router.answer("portal_findings", portal_findings);
    router.answer("portal_finding", portal_finding);
    router.answer("portal_events", portal_events);
    router.answer("portal_notifications", portal_notifications);
}

}  // namespace tocsin::api
