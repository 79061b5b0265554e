#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

void print_words(Invocation const& call, readiness::Framework const& framework,
                 std::vector<readiness::ItemEvidence> const& all) {
    std::int64_t with = 0;
    for (auto const& one : all) {
        auto const* const item = framework.item(one.item);
        if (one.has_records()) ++with;
        call.print("{:<8} {:<9} proposed {:<3} {}", one.item,
                   one.standing == readiness::Standing::none ? "" : readiness::name_of(one.standing),
                   score_text(one.proposed), item ? item->name.english() : "");
        for (auto const& piece : one.pieces)
            if (piece.has_records)
                call.print("           {}{} {} ({})", piece.is_stale ? "stale: " : "", piece.value,
                           piece.date ? format_date(*piece.date) : "", piece.rule);
    }
    call.print("{} of {} have records", with, all.size());
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        std::optional<readiness::Assessment> beside;
        auto name = call.get("--framework");
        if (call.has("--assessment")) {
            TRY(beside, room.assessments.find(call.get("--assessment")));
            name = beside->framework;
        }
        TRY(auto const* const framework, room.library.framework(name));
        TRY(auto const all, room.evidence.of(*framework, beside ? &*beside : nullptr, access::command_principal()));
        if (!call.json()) {
            print_words(call, *framework, all);
            return Exit::done;
        }
        JsonWriter json;
        json.object().field("framework", framework->name()).key("items").array();
        for (auto const& one : all) append(json, one);
        json.end().end();
        call.print("{}", json.text());
        return Exit::done;
    });
}

}  // namespace

Command command_evidence_list() {
    return {.name = "evidence list",
            .summary = "List what live operation and documents prove of a framework",
            .about =
                "Each piece of evidence has a value, a date, a link to its records and the level that it proposes. It "
                "fades: when its time has passed it is stale, and proposes less.",
            .options = {{"--framework", "FRAMEWORK", "sim3, x1060, first-services, ...", "sim3"},
                        {"--assessment", "ASSESSMENT", "show how its scores stand"}},
            .run = run};
}

}  // namespace tocsin::app
