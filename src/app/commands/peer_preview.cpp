#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/intelligence_words.hpp"
#include "intelligence/intelligence.hpp"
#include "sharing/sharing.hpp"

#include <algorithm>

namespace tocsin::app {
namespace {

Result<std::vector<sharing::Preview>> previews(Invocation& call) {
    TRY(auto const peer, call.instance->peers().find(call.arguments.front()));
    TRY(auto* const collections, call.instance->collections());
    TRY(auto* const intelligence, call.instance->intelligence());
    std::vector<sharing::Collection> asked;
    if (call.has("--collection")) {
        TRY(auto collection, collections->find(call.get("--collection")));
        asked.push_back(std::move(collection));
    } else {
        TRY(asked, collections->all());
    }
    auto const first = std::clamp<std::int64_t>(parse_int(call.get("--limit")).value_or(0), 0, 1000);
    std::vector<sharing::Preview> found;
    for (auto const& collection : asked) {
        TRY(auto one, sharing::preview_of(*intelligence, call.instance->gate(), peer, collection,
                                          {.first = static_cast<std::size_t>(first), .asker = command_recipient()}));
        found.push_back(std::move(one));
    }
    return found;
}

void append(JsonWriter& json, sharing::Preview const& one) {
    json.object()
        .field("collection", one.collection.uuid)
        .field_or_null("alias", one.collection.alias)
        .field("title", one.collection.title)
        .field("in_all", one.in_all)
        .field("would_get", one.would_get)
        .field("shortened", one.shortened)
        .field("looked_at", one.looked_at)
        .key("withheld")
        .object();
    for (auto const& [reason, count] : one.withheld) json.field(gate::name_of(reason), count);
    json.end().key("first").array();
    for (auto const& object : one.first) append_json(json, object);
    json.end().end();
}

Exit run(Invocation& call) {
    auto const found = previews(call);
    if (!found) return call.failed(found.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& one : *found) {
        append(json, one);
        if (call.json()) continue;
        call.print("{}: {} of {} objects{}", one.collection.title, one.would_get, one.in_all,
                   one.shortened > 0 ? fmt::format(", {} of them without parts", one.shortened) : std::string());
        for (auto const& [reason, count] : one.withheld)
            call.print("{:>9} withheld: {}", count, gate::words_of(reason));
        for (auto const& object : one.first) call.print("  {}", line_of(object));
    }
    json.end().end();
    if (call.json()) call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_peer_preview() {
    return {.name = "peer preview",
            .summary = "Say what a peer would get if it asked now, and why not the rest",
            .about = "Nothing leaves, so nothing is entered in the disclosure log.",
            .options = {{"--collection", "COLLECTION", "only of this one: its alias or uuid"},
                        {"--limit", "N", "how many of the newest objects are listed", "0"}},
            .arguments = {{"PEER", "by name or number"}},
            .run = run};
}

}  // namespace tocsin::app
