#include "app/directory_words.hpp"
#include "app/event_words.hpp"

#include <chrono>
#include <filesystem>

namespace tocsin::app {
namespace {

using namespace constituency;

void append_facts(JsonWriter& json, LookupAnswer const& answer) {
    json.key("network").object().key("asn");
    if (answer.facts.asn != 0)
        json.value(answer.facts.asn);
    else
        json.null();
    json.field_or_null("as_name", answer.as_name)
        .field_or_null("prefix", answer.network)
        .field_or_null("country", answer.facts.country.text())
        .end()
        .field_or_null("public_suffix", answer.public_suffix)
        .field_or_null("registered_domain", answer.registered_domain);
}

constexpr std::size_t shown_findings = 20, shown_events = 5;

/// What was seen of it: nothing where nothing was ever taken in.
struct Seen {
    std::int64_t open_findings = 0, events = 0;
    std::vector<events::Finding> findings;  ///< the last seen
    std::vector<events::StoredEvent> last;
};

template <class Filter>
Filter about(LookupQuestion const& question) {
    Filter filter;
    if (question.asn != 0)
        filter.asns = {question.asn};
    else if (!question.domain.empty())
        filter.domain = question.domain;
    else
        filter.addresses = {{question.network.first(), question.network.last()}};
    return filter;
}

Result<Seen> seen_of(Invocation const& call, LookupQuestion const& question) {
    Seen seen;
    std::error_code fault;
    if (!std::filesystem::exists(call.instance->directory() / "archive.duckdb", fault)) return seen;
    TRY(auto* const room, call.instance->events());
    auto const scope = scope_of_commands(*call.instance);
    auto filter = about<events::FindingFilter>(question);
    TRY(auto page,
        room->findings(scope, filter, events::FindingOrder::last_seen_down, {.after = "", .limit = shown_findings}));
    seen.findings = std::move(page.items);
    filter.states = {events::FindingState::open};
    TRY(seen.open_findings, room->count(scope, filter));
    auto const events = about<events::EventFilter>(question);
    TRY(seen.events, room->count(scope, events));
    TRY(auto last, room->search(scope, events, events::EventOrder::newest_first, {.after = "", .limit = shown_events}));
    seen.last = std::move(last.items);
    return seen;
}

void append_seen(JsonWriter& json, Seen const& seen) {
    json.field("open_findings", seen.open_findings).key("findings").array();
    for (auto const& finding : seen.findings) append_json(json, finding);
    json.end().field("events", seen.events).key("last_events").array();
    for (auto const& event : seen.last) json.raw(event.fields);
    json.end();
}

void print_seen(Invocation const& call, Seen const& seen) {
    call.print("\nSeen: {} open findings, {} events", seen.open_findings, seen.events);
    for (auto const& f : seen.findings)
        call.print("  {:<9} {:<30} {:<39} {:>5} last {}  {} x  {}", events::name_of(f.state), f.identifier,
                   f.address ? format_ip(*f.address) : f.domain, f.port ? std::to_string(*f.port) : "",
                   format_timestamp(f.last_seen), f.times, f.id);
    for (auto const& event : seen.last) call.print("  {} {}", format_timestamp(event.time), event.feed);
}

std::string as_json(LookupAnswer const& answer, Seen const& seen, double milliseconds) {
    JsonWriter json;
    json.object().field("query", answer.question).field("kind", name_of(answer.kind)).field("reason", answer.reason);
    json.field("lane", answer.owner.lane == Lane::abroad ? "abroad" : "own").field("by", name_of(answer.owner.by));
    json.key("owners").array();
    for (auto const& organisation : answer.chain)
        json.object().field("id", organisation.id.value).field("name", organisation.name).end();
    json.end().key("claims").array();
    for (auto const& step : answer.steps) {
        json.object().field("wins", step.wins).field("why", step.why).key("resource");
        append_resource(json, step.resource);
        json.end();
    }
    json.end();
    append_facts(json, answer);
    json.key("contacts").array();
    for (auto const& contact : answer.recipients.contacts) append_contact(json, contact);
    json.end().field("contacts_reason", answer.recipients.reason);
    append_seen(json, seen);
    json.field("milliseconds", milliseconds).end();
    return std::move(json).text();
}

void print_words(Invocation const& call, LookupAnswer const& answer, Seen const& seen, double milliseconds) {
    call.print("{}", answer.reason);
    for (std::size_t i = 1; i < answer.chain.size(); ++i)
        call.print("  below {} ({})", answer.chain[i].name, name_of(answer.chain[i].kind));
    if (!answer.steps.empty()) call.print("\nClaims that were weighed:");
    for (auto const& step : answer.steps)
        call.print("  {} {:<8} {:<30} {}: {}", step.wins ? "*" : " ", name_of(step.resource.kind), step.resource.value,
                   step.resource.organisation_name, step.why);
    auto const country = answer.facts.country ? country_name(answer.facts.country.text()) : std::string();
    if (answer.facts.asn != 0 || !country.empty())
        call.print("\nNetwork: {}{}{}{}", answer.network.empty() ? "" : answer.network + " ",
                   answer.facts.asn != 0 ? fmt::format("AS{} ", answer.facts.asn) : "",
                   answer.as_name.empty() ? "" : fmt::format("({}) ", answer.as_name), country);
    if (!answer.registered_domain.empty())
        call.print("\nDomain: {} (public suffix {})", answer.registered_domain, answer.public_suffix);
    call.print("\nTo write to: {}", answer.recipients.reason);
    for (auto const& contact : answer.recipients.contacts) print_contact(call, contact);
    print_seen(call, seen);
    call.print("\n{:.2f} ms", milliseconds);
}

Exit run(Invocation& call) {
    auto& room = call.instance->constituency();
    // The snapshots are built once a process: the answer's time is the question's, not theirs.
    if (auto const owners = room.owners(); !owners) return call.failed(owners.error());
    room.enrichment();
    auto const question = read_question(call.arguments[0]);
    if (!question) {
        call.failed(question.error());
        return Exit::usage;
    }
    auto const start = std::chrono::steady_clock::now();
    auto const answer = room.look_up(call.arguments[0]);
    if (!answer) return call.failed(answer.error());
    auto const seen = seen_of(call, *question);
    if (!seen) return call.failed(seen.error());
    auto const milliseconds =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    if (call.json())
        call.print("{}", as_json(*answer, *seen, milliseconds));
    else
        print_words(call, *answer, *seen, milliseconds);
    return Exit::done;
}

}  // namespace

Command command_lookup() {
    return {.name = "lookup",
            .summary = "Say whose an address, network, domain, AS number or URL is, and why",
            .about =
                "The longest prefix wins, then the AS number, then the longest domain, then the country.\n\n"
                "Examples:\n  tocsin lookup 192.0.2.7\n  tocsin lookup 2001:db8::/32\n  tocsin lookup AS64496\n"
                "  tocsin lookup https://www.power.example/login",
            .arguments = {{"WHAT", "192.0.2.7, 192.0.2.0/24, www.power.example, AS64496 or a URL"}},
            .run = run};
}

}  // namespace tocsin::app
