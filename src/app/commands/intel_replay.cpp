#include "app/command.hpp"
#include "app/instance.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    intelligence::ReplayRequest request{.may_override = call.has("--override"), .is_dry_run = call.has("--dry-run")};
    if (call.has("--delivery")) {
        auto const source = parse_int(call.get("--delivery"));
        if (!source || *source < 1) {
            call.tell("--delivery: expected a number");
            return Exit::usage;
        }
        request.source = *source;
    }
    for (auto const& word : call.arguments) {
        auto const id = parse_int(word);
        if (!id) {
            call.tell("{} is not the number of a rejected object: tocsin intel rejected --json", word);
            return Exit::usage;
        }
        request.ids.push_back(*id);
    }
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const totals = (*intelligence)->replay(request, access::command_principal());
    if (!totals) return call.failed(totals.error());
    if (totals->stored > 0 && !request.is_dry_run)
        if (auto const matched = call.instance->match(call.is_cancelled); !matched) return call.failed(matched.error());
    if (call.json()) {
        JsonWriter json;
        json.object()
            .field("tried", totals->tried)
            .field("stored", totals->stored)
            .field("known", totals->known)
            .field("rejected", totals->rejected)
            .field("cut", totals->cut)
            .field("dry_run", request.is_dry_run)
            .end();
        call.print("{}", json.text());
    } else {
        for (auto const& [id, reason] : totals->reasons) call.print("{}  {}", id, reason);
        call.print("{} tried: {} {}, {} known, {} still rejected", totals->tried, totals->stored,
                   request.is_dry_run ? "would be stored" : "stored", totals->known, totals->rejected);
    }
    return totals->rejected > 0 ? Exit::some_rejected : Exit::done;
}

}  // namespace

Command command_intel_replay() {
    return {
        .name = "intel replay",
        .summary = "Try again to take the objects that were kept aside",
        .about =
            "By the rules and in the state of today, with the marking and the terms of the delivery that brought them. "
            "The rest\nstays with its reason of today.\n\n"
            "  tocsin intel replay --dry-run\n"
            "  tocsin intel replay --override 17",
        .options = {{"--delivery", "N", "only of this delivery"},
                    {"--override", "", "also new versions of what came from somebody else: you trust this one"},
                    {"--dry-run", "", "change nothing, say what would be"}},
        .arguments = {{"NUMBER", "only these; without it, all", false, true}},
        .run = run};
}

}  // namespace tocsin::app
