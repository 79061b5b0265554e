#include "app/event_words.hpp"
#include "app/instance.hpp"
#include "events/events.hpp"
#include "notifications/notifications.hpp"

namespace tocsin::app {
namespace {

Result<events::Erasure> erase(Invocation const& call) {
    TRY(auto filter, event_filter(call));
    if (!call.arguments.empty()) filter.text = call.arguments.front();
    TRY(auto* const events, call.instance->events());
    if (call.has("--dry-run")) return events->would_erase(filter);
    TRY(auto* const notifications, call.instance->notifications());
    return notifications::erase_events(*events, *notifications, filter, call.get("--reason"),
                                       access::command_principal());
}

Exit run(Invocation& call) {
    auto const done = erase(call);
    if (!done) return call.failed(done.error());
    bool const is_dry_run = call.has("--dry-run");
    if (call.json()) {
        JsonWriter json;
        json.object()
            .field("dry_run", is_dry_run)
            .field("events", done->events)
            .field("findings", std::uint64_t{done->findings.size()})
            .field("statements", done->statements)
            .field("rejected", done->rejected)
            .end();
        call.print("{}", json.text());
    } else {
        call.print("{} events, {} findings, {} statements and {} rejected rows {}", done->events, done->findings.size(),
                   done->statements, done->rejected,
                   is_dry_run ? "would be erased" : "are erased. This can't be taken back.");
    }
    return Exit::done;
}

}  // namespace

Command command_event_erase() {
    auto options = event_filter_options();
    options.push_back({"--reason", "TEXT", "goes into the audit log; the text that is erased does not", {}, true});
    options.push_back({"--dry-run", "", "only count"});
    return {
        .name = "event erase",
        .summary = "Erase what the events hold of a person",
        .about =
            "Removes the events that match, the findings that have no other event (with what was said about them, and "
            "out of notifications), and what rejected rows hold of the text. At most 100,000 events at once. Mails "
            "that "
            "were sent are not called back, and backups are not changed. Can't be undone. Of a contact: tocsin contact "
            "remove --erase; of an account: tocsin user erase.\n\n"
            "Examples:\n  tocsin event erase jo@example.org --reason \"request 12\" --dry-run\n"
            "  tocsin event erase --address 192.0.2.7 --reason \"request 13\"",
        .options = options,
        .arguments = {{"TEXT", "part of any text: an account, a mail address, a domain; or an address", false}},
        .run = run};
}

}  // namespace tocsin::app
