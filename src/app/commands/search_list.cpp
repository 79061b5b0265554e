#include "app/command.hpp"
#include "app/watch_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const all = intelligence::Searches(**intelligence).all(access::command_principal());
    if (!all) return call.failed(all.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& one : *all) {
        append_search(json, one);
        if (!call.json()) call.print("{}", line_of(one));
    }
    json.end().end();
    if (call.json()) call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_search_list() {
    return {.name = "search list", .summary = "List the saved searches", .run = run};
}

}  // namespace tocsin::app
