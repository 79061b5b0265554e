#include "app/directory_words.hpp"

#include <chrono>

namespace tocsin::app {
namespace {

using namespace constituency;

void append_facts(JsonWriter& json, LookupAnswer const& answer) {
    auto const text = [&](std::string_view name, std::string_view value) {
        json.key(name);
        if (value.empty())
            json.null();
        else
            json.value(value);
    };
    json.key("network").object().key("asn");
    if (answer.facts.asn != 0)
        json.value(answer.facts.asn);
    else
        json.null();
    text("as_name", answer.as_name);
    text("prefix", answer.network);
    text("country", answer.facts.country.text());
    json.end();
    text("public_suffix", answer.public_suffix);
    text("registered_domain", answer.registered_domain);
}

std::string as_json(LookupAnswer const& answer, double milliseconds) {
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
    json.end().field("contacts_reason", answer.recipients.reason).field("milliseconds", milliseconds).end();
    return std::move(json).text();
}

void print_words(Invocation const& call, LookupAnswer const& answer, double milliseconds) {
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
    call.print("\n{:.2f} ms", milliseconds);
}

Exit run(Invocation& call) {
    auto& room = call.instance->constituency();
    // The snapshots are built once a process: the answer's time is the question's, not theirs.
    if (auto const owners = room.owners(); !owners) return call.failed(owners.error());
    room.enrichment();
    auto const start = std::chrono::steady_clock::now();
    auto const answer = room.look_up(call.arguments[0]);
    auto const milliseconds =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    if (!answer) {
        call.failed(answer.error());
        return answer.error().code == Code::invalid ? Exit::usage : exit_for(answer.error().code);
    }
    if (call.json())
        call.print("{}", as_json(*answer, milliseconds));
    else
        print_words(call, *answer, milliseconds);
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
