#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

void print_words(Invocation const& call, readiness::Item const& item, readiness::ItemEvidence const& one) {
    call.print("{} {}\n{}", item.id, item.name.english(), item.description.english());
    if (!item.proof.is_empty()) call.print("What proves it: {}", item.proof.english());
    for (auto const& piece : one.pieces) {
        call.print("\n{}: {}{}", piece.rule, piece.value, piece.is_stale ? ", stale" : "");
        call.print("  rule: {}", piece.why);
        if (piece.date)
            call.print("  of {}, level {} now {}", format_timestamp(*piece.date), score_text(piece.level),
                       score_text(piece.proposed));
        if (!piece.link.empty()) call.print("  records: {}", piece.link);
    }
    call.print("\nProposed: {}", score_text(one.proposed));
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const* const framework, room.library.framework(call.get("--framework")));
        auto const* const item = framework->item(call.arguments.front());
        if (!item)
            return fail(Code::not_found, fmt::format("{} has no \"{}\"", framework->name(), call.arguments.front()));
        TRY(auto const all, room.evidence.of(*framework, nullptr, access::command_principal()));
        for (auto const& one : all) {
            if (one.item != item->id) continue;
            if (call.json())
                print_json(call, one);
            else
                print_words(call, *item, one);
        }
        return Exit::done;
    });
}

}  // namespace

Command command_evidence_show() {
    return {.name = "evidence show",
            .summary = "Show what proves one item, and by which rule",
            .options = {{"--framework", "FRAMEWORK", "sim3, x1060, first-services, ...", "sim3"}},
            .arguments = {{"ITEM", "O-2"}},
            .run = run};
}

}  // namespace tocsin::app
