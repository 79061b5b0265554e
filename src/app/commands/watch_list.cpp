#include "app/command.hpp"
#include "app/watch_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const all = intelligence::Watches(**intelligence).all(access::command_principal());
    if (!all) return call.failed(all.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& one : *all) {
        append_watch(json, one);
        if (!call.json()) call.print("{}", line_of(one));
    }
    json.end().end();
    if (call.json()) call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_watch_list() {
    return {.name = "watch list", .summary = "List the watches with their unread news", .run = run};
}

}  // namespace tocsin::app
