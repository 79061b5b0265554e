#include "app/event_words.hpp"

#include "app/instance.hpp"
#include "events/events.hpp"

#include <array>

namespace tocsin::app {
namespace {

Result<Timestamp> time_of(std::string const& option, std::string const& text) {
    auto const time = parse_timestamp(text);
    if (!time) return std::unexpected(time.error().during(option));
    return *time;
}

/// Options that both filters have.
template <class Filter>
Status read_common(Invocation const& call, Filter& filter) {
    if (call.has("--from")) {
        TRY(filter.from, time_of("--from", call.get("--from")));
    }
    if (call.has("--to")) {
        TRY(filter.to, time_of("--to", call.get("--to")));
    }
    for (auto const& text : call.all("--address")) {
        TRY(auto const range, events::parse_address_range(text));
        filter.addresses.push_back(range);
    }
    for (auto const& text : call.all("--organisation")) {
        auto const number = text == "none" ? std::optional<std::int64_t>(0) : parse_int(text);
        if (!number)
            return fail(Code::invalid, fmt::format("--organisation: expected a number or none, found \"{}\"", text));
        filter.organisations.push_back(*number);
    }
    filter.feeds = call.all("--of-feed");
    filter.types = call.all("--type");
    filter.identifiers = call.all("--identifier");
    filter.severities = call.all("--severity");
    filter.domain = call.get("--domain");
    filter.text = call.get("--text");
    return {};
}

std::vector<Option> shared_filter_options() {
    return {{"--from", "TIME", "not before"},
            {"--to", "TIME", "before"},
            {"--address", "NET", "an address, a network or first-last", {}, false, true},
            {"--organisation", "NUMBER", "of this organisation; none: without an owner", {}, false, true},
            {"--of-feed", "ID", "of this feed", {}, false, true},
            {"--type", "TYPE", "classification.type", {}, false, true},
            {"--identifier", "TEXT", "classification.identifier", {}, false, true},
            {"--severity", "WORD", "critical, high, medium, low, info", {}, false, true},
            {"--domain", "NAME", "this domain and those below it"},
            {"--text", "TEXT", "an address, network, AS number, domain, or part of a text"}};
}

}  // namespace

std::vector<Option> event_filter_options() {
    auto options = shared_filter_options();
    options.push_back(
        {"--filter", "CONDITION", "name=value, name!=value, name~part, name<n, name>n, name?", {}, false, true});
    options.push_back({"--report", "NUMBER", "of this report"});
    return options;
}

Result<events::EventFilter> event_filter(Invocation const& call) {
    events::EventFilter filter;
    CHECK(read_common(call, filter));
    for (auto const& text : call.all("--filter")) {
        TRY(auto condition, events::parse_field_condition(text));
        filter.conditions.push_back(std::move(condition));
    }
    if (call.has("--report")) filter.report = parse_int(call.get("--report"));
    return filter;
}

std::vector<Option> finding_filter_options() {
    auto options = shared_filter_options();
    options.push_back({"--state", "STATE", "open, repaired, back, false_positive", {}, false, true});
    return options;
}

Result<events::FindingFilter> finding_filter(Invocation const& call) {
    events::FindingFilter filter;
    CHECK(read_common(call, filter));
    for (auto const& text : call.all("--state")) {
        auto const state = events::finding_state_named(text);
        if (!state)
            return fail(Code::invalid, fmt::format("--state: expected open, repaired, back or false_positive, found "
                                                   "\"{}\"",
                                                   text));
        filter.states.push_back(*state);
    }
    return filter;
}

std::string words_of_event_filter(Invocation const& call) {
    std::string words;
    for (auto const& option : event_filter_options())
        for (auto const& value : call.all(option.name))
            words += fmt::format("{}{}={}", words.empty() ? "" : " ", option.name, value);
    return words;
}

events::Scope scope_of_commands(Instance const& instance) {
    return instance.gate().scope<events::StoredEvent>(gate::Recipient::team(access::command_principal()));
}

Exit rule_on_findings(Invocation& call, events::Saying saying) {
    auto const events = call.instance->events();
    if (!events) return call.failed(events.error());
    auto const said = (*events)->say({.findings = call.arguments,
                                      .saying = saying,
                                      .by_team = true,
                                      .by = "command line",
                                      .text = call.get("--reason")});
    if (!said) return call.failed(said.error());
    JsonWriter details;
    details.object().key("findings").array();
    for (auto const& id : call.arguments) details.value(id);
    details.end().end();
    auto const* const verb = saying == events::Saying::reopened ? "finding.reopen" : "finding.false_positive";
    auto const audited = call.instance->ledger().write([&](store::Transaction& tx) {
        return access::audit(
            tx, access::command_principal(), call.instance->clock().now(),
            {.what = verb, .kind = "finding", .id = call.arguments.front(), .details = details.text()});
    });
    return audited ? Exit::done : call.failed(audited.error());
}

Command ruling(std::string_view name, std::string_view summary, Exit (*run)(Invocation&)) {
    return {.name = name,
            .summary = summary,
            .options = {{"--reason", "TEXT", "goes on record", {}, true}},
            .arguments = {{"ID", "a finding's id", true, true}},
            .run = run};
}

void append_json(JsonWriter& json, events::Finding const& finding) {
    json.object()
        .field("id", finding.id)
        .field("state", events::name_of(finding.state))
        .field_unless_empty("severity", finding.severity)
        .field("feed", finding.feed)
        .field("taxonomy", finding.taxonomy)
        .field("type", finding.type)
        .field("identifier", finding.identifier);
    if (finding.address) json.field("address", format_ip(*finding.address));
    if (finding.port) json.field("port", std::int64_t{*finding.port});
    json.field_unless_empty("transport", finding.transport)
        .field_unless_empty("domain", finding.domain)
        .field_unless_empty("url", finding.url)
        .field_unless_empty("account", finding.account);
    if (finding.asn) json.field("asn", std::int64_t{*finding.asn});
    json.field_unless_empty("country", finding.country);
    if (finding.organisation != 0) json.field("organisation", finding.organisation);
    json.field("lane", events::name_of(finding.lane))
        .field("first_seen", finding.first_seen)
        .field("last_seen", finding.last_seen)
        .field("times", finding.times)
        .field("returns", finding.returns)
        .field("missed_rounds", finding.missed_rounds)
        .field_if("repaired", finding.repaired);
    if (finding.said) json.field("said", events::name_of(*finding.said));
    json.end();
}

void append_json(JsonWriter& json, events::FeedHealth const& health) {
    json.object();
    append_health(json, health);
    json.end();
}

void append_health(JsonWriter& json, events::FeedHealth const& health) {
    json.field("feed", health.feed)
        .field("health", events::name_of(health.condition))
        .field_if("last_report", health.last_report)
        .field("reports", health.reports)
        .field("events", health.events)
        .field("duplicates", health.duplicates)
        .field("rejected", health.rejected)
        .field("kept", health.kept)
        .field("usual_events", health.usual_events)
        .field_if("expected", health.expected());
    if (health.usual_interval) json.field("usual_interval_seconds", std::int64_t{health.usual_interval->count()});
    if (health.delay) json.field("delay_seconds", std::int64_t{health.delay->count()});
}

void append_json(JsonWriter& json, events::Report const& report) {
    json.object()
        .field("id", report.id)
        .field("feed", report.feed)
        .field("name", report.name)
        .field("received", report.received)
        .field("via", events::name_of(report.origin))
        .field("state", events::name_of(report.state))
        .field("events", report.events)
        .field("duplicates", report.duplicates)
        .field("rejected", report.rejected)
        .field("attributed", report.attributed)
        .field_unless_empty("error", report.error)
        .field_unless_empty("signature", report.signature);
    if (report.redelivery_of) json.field("redelivery_of", *report.redelivery_of);
    json.end();
}

std::string roughly(std::chrono::seconds duration) {
    static constexpr std::array<std::pair<std::int64_t, char>, 4> units{
        {{86'400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}}};
    auto const left = duration.count();
    std::size_t at = 0;
    while (at + 1 < units.size() && left < units[at].first) ++at;
    auto const text = fmt::format("{}{}", left / units[at].first, units[at].second);
    if (at + 1 == units.size()) return text;
    auto const rest = left % units[at].first / units[at + 1].first;
    return rest == 0 ? text : fmt::format("{} {}{}", text, rest, units[at + 1].second);
}

std::string rhythm_of(events::FeedHealth const& health) {
    auto const second = [](Timestamp at) {
        return format_timestamp(at - std::chrono::microseconds(at.micros % 1'000'000));
    };
    if (!health.last_report) return "never sent a report";
    auto text = fmt::format("last report {}", second(*health.last_report));
    if (health.usual_interval) text += fmt::format(", usually every {}", roughly(*health.usual_interval));
    if (auto const next = health.expected()) text += fmt::format(", the next expected {}", second(*next));
    return text;
}

std::string_view todo_about(events::FeedHealth const& health) {
    switch (health.condition) {
        case events::FeedCondition::good:
        case events::FeedCondition::never:
            return health.kept > 0 ? "look at the rejected rows: tocsin feed rejected" : "";
        case events::FeedCondition::late:
            return "wait for it, or look whether what fetches it still runs";
        case events::FeedCondition::quiet:
            return "look whether what fetches it still runs, else ask the publisher";
        case events::FeedCondition::flood:
            return "ten times more than usual: look at its last report before the warnings are sent on: tocsin feed "
                   "show";
        case events::FeedCondition::failing:
            return "look at the error of its last report: tocsin feed show";
    }
    return "";
}

std::vector<Option> rejected_options() {
    return {{"--report", "NUMBER", "of this report"}, {"--row", "NUMBER", "only this row", {}, false, true}};
}

Result<RejectedChoice> rejected_choice(Invocation const& call) {
    auto const number_of = [](std::string_view option, std::string const& text) -> Result<std::int64_t> {
        auto const number = parse_int(text);
        if (!number || *number < 1)
            return fail(Code::invalid, fmt::format("{}: expected a number, found \"{}\"", option, text));
        return *number;
    };
    RejectedChoice choice;
    if (!call.arguments.empty()) choice.feed = call.arguments.front();
    if (call.has("--report")) {
        TRY(choice.report, number_of("--report", call.get("--report")));
    }
    for (auto const& text : call.all("--row")) {
        TRY(auto const row, number_of("--row", text));
        choice.rows.push_back(row);
    }
    return choice;
}

}  // namespace tocsin::app
