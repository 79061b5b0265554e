#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/intelligence_words.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

void print_json(Invocation const& call, intelligence::Duplicates const& all) {
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& one : all.found) {
        json.object()
            .field("type", one.type)
            .field("why", one.why)
            .field("text", one.text)
            .field("count", one.count)
            .key("ids")
            .array();
        for (auto const& object : one.objects) json.value(object->id);
        json.end().end();
    }
    json.end().field("looked_at", all.looked_at).field("is_all", all.is_all).end();
    call.print("{}", json.text());
}

Exit run(Invocation& call) {
    auto const limit = parse_int(call.get("--limit"));
    if (!limit || *limit < 1 || *limit > 1000) {
        call.tell("--limit: expected 1 to 1000");
        return Exit::usage;
    }
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const all = intelligence::Merges(**intelligence)
                         .duplicates(call.all("--type"), static_cast<std::size_t>(*limit), command_recipient());
    if (!all) return call.failed(all.error());
    if (call.json()) {
        print_json(call, *all);
        return Exit::done;
    }
    for (auto const& one : all->found) {
        call.print("{} {} with the same {}: {}", one.count, one.type, one.why, one.text);
        for (auto const& object : one.objects) call.print("  {}", line_of(object));
    }
    call.tell("{} objects looked at{}", all->looked_at, all->is_all ? "" : "; there is more: --type, --limit");
    return Exit::done;
}

}  // namespace

Command command_intel_duplicates() {
    return {.name = "intel duplicates",
            .summary = "Propose what looks like one thing told several times",
            .about =
                "The same pattern; the same name, value or ends within a type. Changes nothing: see tocsin intel "
                "merge.\n\n  tocsin intel duplicates --type indicator",
            .options = {{"--type", "TYPE", "only objects of this STIX type (may be repeated)", "", false, true},
                        {"--limit", "N", "groups, at most 1000", "100"}},
            .run = run};
}

}  // namespace tocsin::app
