#include "app/command.hpp"
#include "app/intelligence_words.hpp"
#include "app/watch_words.hpp"

namespace tocsin::app {
namespace {

std::string words_of(intelligence::WatchHit const& hit) {
    std::string words = line_of(hit.object);
    if (!hit.value.empty()) words += "  about " + hit.value;
    if (!hit.subject.empty()) words += "  met by " + hit.subject;
    return words;
}

std::string words_of(intelligence::WatchedEvent const& event) {
    return fmt::format("{}  event of {} from {}: {} as {}, watched {}{}", format_timestamp(event.observed),
                       event.subject, event.feed, event.seen, event.side, event.value, event.is_read ? "" : "  new");
}

void append(JsonWriter& json, intelligence::WatchHit const& hit) {
    json.object()
        .field("id", hit.id)
        .field("at", hit.at)
        .field_or_null("value", hit.value)
        .field_or_null("subject", hit.subject)
        .field("is_read", hit.is_read)
        .key("object");
    append_json(json, hit.object);
    json.end();
}

Exit run(Invocation& call) {
    auto const by = access::command_principal();
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    intelligence::Watches watches(**intelligence);
    if (auto const looked = call.instance->match(call.is_cancelled); !looked) return call.failed(looked.error());
    auto const watch = watches.find(call.arguments.front(), by);
    if (!watch) return call.failed(watch.error());
    auto const page = watches.hits(watch->id, !call.has("--all"), by, {.after = call.get("--after"), .limit = 1000});
    if (!page) return call.failed(page.error());
    auto const events = watches.events(watch->id, !call.has("--all"), by, {.after = {}, .limit = 1000});
    if (!events) return call.failed(events.error());
    std::vector<std::int64_t> shown, seen;
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& hit : page->items) {
        append(json, hit);
        if (!call.json()) call.print("{}  {}{}", format_timestamp(hit.at), words_of(hit), hit.is_read ? "" : "  new");
        shown.push_back(hit.id);
    }
    json.end().field_or_null("next", page->next).key("events").array();
    for (auto const& event : events->items) {
        append_watched_event(json, event);
        if (!call.json()) call.print("{}", words_of(*event));
        seen.push_back(event->id);
    }
    json.end().end();
    if (call.json()) call.print("{}", json.text());
    if (!call.json() && !page->next.empty()) call.tell("more: --after {}", page->next);
    if (call.has("--read") && !shown.empty())
        if (auto const read = watches.read(watch->id, shown, by); !read) return call.failed(read.error());
    if (call.has("--read") && !seen.empty())
        if (auto const read = watches.read_events(watch->id, seen, by); !read) return call.failed(read.error());
    return Exit::done;
}

}  // namespace

Command command_watch_show() {
    return {.name = "watch show",
            .summary = "Show what is new to a watch",
            .about = "  tocsin watch show --read c2",
            .options = {{"--all", "", "also what was read"},
                        {"--read", "", "mark what is shown as read"},
                        {"--after", "CURSOR", "the next page"}},
            .arguments = {{"WATCH", "its name or number"}},
            .run = run};
}

}  // namespace tocsin::app
