#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        std::vector<readiness::Entry> entries;
        if (call.arguments.empty()) {
            TRY(entries, room.register_of.entries(call.get("--register")));
        } else {
            TRY(auto entry, room.register_of.entry(call.get("--register"), call.arguments.front()));
            entries.push_back(std::move(entry));
        }
        JsonWriter json;
        json.object().key("items").array();
        for (auto const& one : entries) {
            append(json, one);
            if (call.json()) continue;
            call.print("{:<6} {:<13} {}", one.code, readiness::name_of(one.picture), one.name.english());
            for (auto const& claim : one.claims)
                call.print("       {} says {}{}{} on {}: {} (claim {})", claim.claimant, readiness::name_of(claim.says),
                           claim.team.empty() ? "" : ", ", claim.team, format_date(claim.date), claim.source,
                           claim.id.value);
        }
        json.end().end();
        if (call.json()) call.print("{}", json.text());
        return Exit::done;
    });
}

}  // namespace

Command command_register_show() {
    return {.name = "register show",
            .summary = "Show who claims what about whom",
            .about = "What contradicts stands side by side: the register never says yes or no itself.",
            .options = {{"--register", "REGISTER", "tocsin register list names them", "states"}},
            .arguments = {{"SUBJECT", "a country by code or English name; else all", false}},
            .run = run};
}

}  // namespace tocsin::app
