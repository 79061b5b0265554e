#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

using namespace constituency;

constexpr std::size_t shown = 200;

void print_entries(Invocation const& call, std::vector<HistoryEntry> const& entries) {
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& entry : entries) {
        if (!call.json()) {
            call.print("{:<5} {} {:<10} {:<6} {} #{}\n      before {}\n      after  {}", entry.change_set.value,
                       format_timestamp(entry.at), entry.by.who, name_of(entry.change), entry.kind, entry.object,
                       entry.erased           ? "(erased)"
                       : entry.before.empty() ? "-"
                                              : entry.before,
                       entry.erased          ? "(erased)"
                       : entry.after.empty() ? "-"
                                             : entry.after);
            continue;
        }
        json.object()
            .field("change_set", entry.change_set.value)
            .field("at", entry.at)
            .field("by", entry.by.who)
            .field("change", name_of(entry.change))
            .field("kind", entry.kind)
            .field("id", entry.object)
            .field("erased", entry.erased);
        if (!entry.before.empty()) json.key("before").raw(entry.before);
        if (!entry.after.empty()) json.key("after").raw(entry.after);
        json.end();
    }
    json.end().end();
    if (call.json()) call.print("{}", json.text());
}

Exit print_sets(Invocation const& call) {
    auto const sets = directory_of(call).change_sets(shown);
    if (!sets) return call.failed(sets.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& set : *sets) {
        if (call.json())
            append_change_set(json, set);
        else
            call.print("{:<5} {} {:<10} {:>7} changes  {}{}", set.id.value, format_timestamp(set.at), set.by.who,
                       set.changes, set.what,
                       set.undone_by ? fmt::format("  (undone by {})", set.undone_by.value) : "");
    }
    json.end().end();
    if (call.json()) call.print("{}", json.text());
    return Exit::done;
}

Exit run(Invocation& call) {
    if (call.has("--change")) {
        auto const number = parse_number(call.get("--change"), "the number of a change");
        if (!number) return call.failed(number.error());
        auto const entries = directory_of(call).changes_of({*number}, shown);
        if (!entries) return call.failed(entries.error());
        print_entries(call, *entries);
        return Exit::done;
    }
    if (call.arguments.empty()) return print_sets(call);
    auto const organisation = directory_of(call).find_organisation(call.arguments[0]);
    if (!organisation) return call.failed(organisation.error());
    auto const entries = directory_of(call).history("organisation", organisation->id.value, shown);
    if (!entries) return call.failed(entries.error());
    print_entries(call, *entries);
    return Exit::done;
}

}  // namespace

Command command_org_history() {
    return {.name = "org history",
            .summary = "Show the changes of the directory: who, when, what it was, what it is",
            .about = "Without arguments the newest changes, with their numbers for tocsin org undo.",
            .options = {{"--change", "NUMBER", "all of one change"}},
            .arguments = {{"ORGANISATION", "name or number: only this one", false}},
            .run = run};
}

}  // namespace tocsin::app
