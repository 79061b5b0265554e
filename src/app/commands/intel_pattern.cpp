#include "app/command.hpp"
#include "app/event_words.hpp"
#include "app/instance.hpp"
#include "events/events.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

Result<std::int64_t> number(Invocation const& call, std::string_view option, std::int64_t most) {
    auto const value = parse_int(call.get(option));
    if (!value || *value < 1 || *value > most)
        return fail(Code::invalid, fmt::format("{}: expected 1 to {}", option, most));
    return *value;
}

Result<intelligence::PatternPage> find(Invocation& call) {
    TRY(auto const days, number(call, "--days", 3660));
    TRY(auto const limit, number(call, "--limit", 1000));
    TRY(auto* const events, call.instance->events());
    auto const now = call.instance->clock().now();
    intelligence::PatternQuestion question{.pattern = call.arguments.front(),
                                           .from = now - std::chrono::days(days),
                                           .to = now + std::chrono::days(1),
                                           .limit = static_cast<std::size_t>(limit),
                                           .after = call.get("--after")};
    question.is_cancelled = call.is_cancelled;
    return intelligence::PatternSearch(*events).find(scope_of_commands(*call.instance), question);
}

void append_event(JsonWriter& json, events::StoredEvent const& event) {
    json.object()
        .field("id", fmt::format("e-{:x}", event.id))
        .field("time", event.time)
        .field("feed", event.feed)
        .field("finding", event.finding)
        .field("tlp", event.tlp)
        .key("fields")
        .raw(event.fields)
        .end();
}

void print(Invocation const& call, intelligence::PatternPage const& page) {
    for (auto const& hit : page.hits) {
        if (page.is_over_several) call.print("{}: {} events", hit.source, hit.events.size());
        for (auto const& event : hit.events)
            call.print("{}e-{:x}  {}  {}  {}", page.is_over_several ? "  " : "", event.id, format_timestamp(event.time),
                       event.feed, event.fields);
    }
    if (page.is_over_several && !page.next.empty())
        call.tell("events from {} on were looked at together", format_timestamp(page.looked_from));
    call.tell("{} found; {} events looked at{}", page.hits.size(), page.looked_at,
              page.next.empty() ? "" : fmt::format("; more: --after '{}'", page.next));
}

Exit run(Invocation& call) {
    auto const page = find(call);
    if (!page) return call.failed(page.error());
    if (!call.json()) {
        print(call, *page);
        return Exit::done;
    }
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& hit : page->hits) {
        json.object().field_or_null("source", hit.source).key("events").array();
        for (auto const& event : hit.events) append_event(json, event);
        json.end().end();
    }
    json.end()
        .field_or_null("next", page->next)
        .field("looked_at", page->looked_at)
        .field("looked_from", page->looked_from)
        .field("is_over_several", page->is_over_several)
        .end();
    call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_intel_pattern() {
    return {
        .name = "intel pattern",
        .summary = "Search the events by a STIX pattern",
        .about =
            "The whole pattern language of STIX 2.1. A pattern over several observations (AND, OR, FOLLOWEDBY between "
            "brackets,\nREPEATS, WITHIN, START) is held against the events of each machine together; at most 200,000 "
            "events a page, and of\neach machine the newest 1,000 that satisfy any of its brackets.\n\n"
            "  tocsin intel pattern \"[network-traffic:dst_ref.value = '203.0.113.9' AND network-traffic:dst_port = "
            "443]\"\n"
            "  tocsin intel pattern \"([network-traffic:dst_port = 22] REPEATS 5 TIMES WITHIN 600 SECONDS) FOLLOWEDBY\n"
            "      [domain-name:value = 'panel.example']\" --days 7",
        .options = {{"--days", "NUMBER", "events of the last so many days", "30"},
                    {"--limit", "NUMBER", "at most so many a page", "100"},
                    {"--after", "CURSOR", "go on behind a page"}},
        .arguments = {{"PATTERN", "of STIX 2.1"}},
        .run = run};
}

}  // namespace tocsin::app
