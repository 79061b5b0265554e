#include "app/known_good_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    using intelligence::KnownGoodFiles;
    auto const& file = call.arguments.front();
    auto const bytes = store::read_file(call.path(file), KnownGoodFiles::most_bytes);
    if (!bytes) return call.failed(bytes.error());
    auto const is_dry = call.has("--dry-run");
    auto own = known_good_files(call);
    auto const list = is_dry ? KnownGoodFiles::check(*bytes) : own.put(*bytes, access::command_principal());
    if (!list) return call.failed(list.error().during(file));
    if (call.json()) {
        JsonWriter json;
        json.object().field("on", !is_dry).key("list");
        append(json, *list);
        json.end();
        call.print("{}", json.text());
    } else {
        call.print("{}: {} entries, {}", list->name, list->entries, is_dry ? "would be taken" : "is on");
    }
    return Exit::done;
}

}  // namespace

Command command_known_good_add() {
    return {.name = "known-good add",
            .summary = "Take in a known-good list of our own, or a newer version of one",
            .about =
                "A JSON file in the form of MISP warning lists. One of the same name is replaced, also a built-in one; "
                "tocsin known-good undo takes it back. A running server uses it at once. At most 16 MiB and 1,000,000 "
                "entries, 200 lists.",
            .options = {{"--dry-run", "", "only say whether it would be taken"}},
            .arguments = {{"FILE", "the list"}},
            .run = run};
}

}  // namespace tocsin::app
