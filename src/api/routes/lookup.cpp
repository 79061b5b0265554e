#include "api/filters.hpp"
#include "api/render_directory.hpp"
#include "api/render_events.hpp"
#include "api/render_intelligence.hpp"

#include <chrono>
#include <fmt/format.h>

/// Whose is it; and finding things by name for the command palette.
namespace tocsin::api {

namespace {

constexpr std::size_t most_findings_shown = 50;

/// Filters for everything known about what was asked.
template <class Filter>
Filter about(constituency::LookupQuestion const& question) {
    Filter filter;
    switch (question.kind) {
        case constituency::LookupKind::address:
        case constituency::LookupKind::prefix:
            filter.addresses = {{question.network.first(), question.network.last()}};
            break;
        case constituency::LookupKind::asn:
            filter.asns = {std::int64_t{question.asn}};
            break;
        case constituency::LookupKind::domain:
        case constituency::LookupKind::url:
            if (question.domain.empty()) {
                filter.addresses = {{question.network.first(), question.network.last()}};
            } else {
                filter.domain = question.domain;
            }
            break;
    }
    return filter;
}

Status put_answer(JsonWriter& json, Call const& call, constituency::LookupAnswer const& answer) {
    json.key("owners").array();
    for (auto const& owner : answer.chain) {
        json.object()
            .key("organisation")
            .object()
            .field("id", owner.id.value)
            .field("name", owner.name)
            .end()
            .field("kind", constituency::name_of(owner.kind))
            .field_or_null("country", owner.country)
            .end();
    }
    json.end();
    auto const is_abroad = answer.owner.lane == constituency::Lane::abroad;
    json.field("lane", is_abroad      ? "abroad"
                       : answer.owner ? "own"
                                      : "none")
        .field("reason", answer.reason)
        .key("steps")
        .array();
    for (auto const& step : answer.steps) {
        TRY(auto const resource, cleared(call, step.resource));
        json.object().key("resource");
        put(json, resource);
        json.field("wins", step.wins).field("why", step.why).end();
    }
    json.end()
        .key("network")
        .object()
        .field_or_null("asn", answer.facts.asn == 0 ? std::nullopt : std::optional(answer.facts.asn))
        .field_or_null("as_name", answer.as_name)
        .field_or_null("prefix", answer.network)
        .field_or_null("country", answer.facts.country.text())
        .field_or_null("public_suffix", answer.public_suffix)
        .field_or_null("registered_domain", answer.registered_domain)
        .end()
        .key("contacts")
        .array();
    for (auto const& contact : cleared(call, answer.recipients.contacts)) put(json, contact);
    json.end();
    return {};
}

Reply lookup_get(Call& call) {
    auto const start = std::chrono::steady_clock::now();
    auto const text = call.query("q").value_or("");
    TRY(auto const question, constituency::read_question(text));
    TRY(auto const answer, call.doors().constituency->look_up(text));
    auto filter = about<events::FindingFilter>(question);
    auto const& events = *call.doors().events;
    auto const scope = scope_of(call);
    TRY(auto findings, events.findings(scope, filter, events::FindingOrder::last_seen_down,
                                       {.after = "", .limit = most_findings_shown}));
    filter.states = {events::FindingState::open};
    TRY(auto const open, events.count(scope, filter));
    TRY(auto const stored, events.count(scope, about<events::EventFilter>(question)));
    TRY(auto const names, Names::of(call));
    JsonWriter json;
    json.object().field("query", text).field("kind", constituency::name_of(answer.kind));
    CHECK(put_answer(json, call, answer));
    json.field("open_findings", open).key("findings").array();
    auto const shown = cleared(call, std::move(findings.items));
    TRY(auto const extras, extras_of(call.house, names, shown));
    for (std::size_t i = 0; i < shown.size(); ++i) put(json, shown[i], names, extras[i]);
    auto const spent = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start);
    json.end().field("events", stored).field("milliseconds", spent.count()).end();
    return json_answer(std::move(json));
}

/// One line of the command palette.
struct Hit {
    std::string_view kind;
    std::string id;
    std::string title, subtitle, path;
};

Status add_organisations(Call const& call, std::string_view text, std::size_t limit, std::vector<Hit>& hits) {
    constituency::OrganisationQuery query;
    query.text = text;
    query.limit = limit;
    TRY(auto page, call.doors().constituency->directory().organisations(query));
    for (auto const& one : cleared(call, std::move(page.items))) {
        auto const id = std::to_string(one->id.value);
        auto subtitle =
            std::string(constituency::name_of(one->kind)) + (one->sector.empty() ? "" : " · " + one->sector);
        hits.push_back({"organisation", id, one->name, std::move(subtitle), "/directory/organisations/" + id});
    }
    return {};
}

Status add_contacts(Call const& call, std::string_view text, std::size_t limit, std::vector<Hit>& hits) {
    constituency::ContactQuery query;
    query.text = text;
    query.limit = limit;
    TRY(auto page, call.doors().constituency->directory().contacts(query));
    for (auto const& one : cleared(call, std::move(page.items))) {
        hits.push_back({"contact", std::to_string(one->id.value), one->name.empty() ? one->email : one->name,
                        one->organisation_name, fmt::format("/directory/organisations/{}", one->organisation.value)});
    }
    return {};
}

Status add_resources(Call const& call, std::string_view text, std::size_t limit, std::vector<Hit>& hits) {
    constituency::ResourceQuery query;
    query.text = text;
    query.limit = limit;
    TRY(auto page, call.doors().constituency->directory().resources(query));
    for (auto const& one : cleared(call, std::move(page.items))) {
        hits.push_back({"resource", std::to_string(one->id.value), one->value, one->organisation_name,
                        fmt::format("/directory/organisations/{}", one->organisation.value)});
    }
    return {};
}

Status add_notifications(Call const& call, std::string_view text, std::size_t limit, std::vector<Hit>& hits) {
    notifications::Filter filter;
    filter.text = text;
    TRY(auto const page, call.doors().notifications->list(filter, limit));
    for (auto const& one : page.items) {
        auto const id = std::to_string(one.id.value);
        hits.push_back({"notification", id, one.subject, one.organisation_name, "/warn/notifications/" + id});
    }
    return {};
}

/// By value when it is one, else by words; what the asker may not have is not there.
Status add_intelligence(Call const& call, RequestTarget const& asked, std::size_t limit, std::vector<Hit>& hits) {
    TRY(auto filter, object_filter(asked, call.now()));
    if (!filter.text.empty() && !filter.text.ends_with('*')) filter.text += '*';
    TRY(auto const page,
        call.doors().intelligence->objects(filter, asker_of(call), intelligence::ObjectOrder::newest_first,
                                           {.after = {}, .limit = limit}));
    for (auto const& one : page.items) {
        auto const title = title_of(one->json);
        hits.push_back({"intelligence", one->id, title.empty() ? one->id : title,
                        fmt::format("{} · {}", one->type, gate::label_of(one.marking().tlp)),
                        "/intelligence/" + one->id});
    }
    return {};
}

void add_feeds(Call const& call, std::string_view text, std::size_t limit, std::vector<Hit>& hits) {
    auto const part = lowered(text);
    std::size_t found = 0;
    for (auto const& id : call.doors().catalogue->ids()) {
        if (id.find(part) == std::string::npos) continue;
        if (++found > limit) return;
        hits.push_back({"feed", id, id, "", "/warn/feeds/" + id});
    }
}

/// An address, network, AS number or domain has a page of its own whatever is stored about it.
void add_subject(std::string_view text, std::vector<Hit>& hits) {
    auto const question = constituency::read_question(text);
    auto const is_plain_word = text.find_first_of(".:/") == std::string_view::npos && !uppered(text).starts_with("AS");
    if (!question || is_plain_word) return;
    hits.push_back({"page", std::string(text), std::string(text), std::string(constituency::name_of(question->kind)),
                    "/lookup?q=" + percent_encoded(text)});
}

Reply search_get(Call& call) {
    auto const text = trimmed(call.query("q").value_or(""));
    auto const limit = call.limit();
    auto const each = std::max<std::size_t>(3, limit / 3);
    std::vector<Hit> hits;
    add_subject(text, hits);
    CHECK(add_organisations(call, text, each, hits));
    add_feeds(call, text, each, hits);
    CHECK(add_resources(call, text, each, hits));
    CHECK(add_contacts(call, text, each, hits));
    CHECK(add_notifications(call, text, each, hits));
    CHECK(add_intelligence(call, {.path = {}, .query = {{"q", std::string(text)}}}, each, hits));
    if (auto const finding = call.doors().events->finding(scope_of(call), text)) {
        hits.insert(hits.begin(),
                    {"finding", finding->id, finding->id, finding->feed, "/warn/findings/" + finding->id});
    }
    if (hits.size() > limit) hits.resize(limit);
    return list_of(hits, [](JsonWriter& json, Hit const& hit) {
        json.object();
        put_thing(json, "thing", hit.kind, hit.id);
        json.field("title", hit.title).field_or_null("subtitle", hit.subtitle).field("path", hit.path).end();
    });
}

}  // namespace

void routes_lookup(Router& router) {
    router.answer("lookup_get", lookup_get);
    router.answer("search_get", search_get);
}

}  // namespace tocsin::api
