#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const all = directory_of(call).suppressions();
    if (!all) return call.failed(all.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& s : *all) {
        if (call.json())
            append_suppression(json, s);
        else
            call.print("{:<5} {}{}{}{} - {}{}", fmt::format("#{}", s.id.value), s.network,
                       s.organisation ? " of " + s.organisation_name : "", s.feed.empty() ? "" : " in " + s.feed,
                       s.identifier.empty() ? "" : " " + s.identifier, s.reason,
                       s.until ? ", until " + format_timestamp(*s.until) : "");
    }
    json.end().end();
    if (call.json()) call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_suppression_list() {
    return {.name = "suppression list", .summary = "List what is not warned about", .run = run};
}

}  // namespace tocsin::app
