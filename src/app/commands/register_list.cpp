#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const all, room.register_of.all());
        JsonWriter json;
        json.object().key("items").array();
        for (auto const& one : all) {
            append(json, one);
            if (!call.json())
                call.print("{:<20} {:<10} {:>5} entries {:>5} claims  {}", one.id, one.kind, one.entries, one.claims,
                           one.title);
        }
        json.end().end();
        if (call.json()) call.print("{}", json.text());
        return Exit::done;
    });
}

}  // namespace

Command command_register_list() {
    return {.name = "register list",
            .summary = "List the registers of who may have a team",
            .about = "\"states\" holds the Member States; a country makes its own for its sectors or provinces.",
            .run = run};
}

}  // namespace tocsin::app
