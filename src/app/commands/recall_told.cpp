#include "app/instance.hpp"
#include "app/recall_words.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Status tell(Invocation& call) {
    TRY(auto const id, recall_named(call));
    sharing::ToldByHand told{
        .by = call.get("--by"), .answer = call.get("--answer"), .is_confirmed = call.has("--confirmed")};
    if (call.has("--at")) {
        TRY(told.at, parse_timestamp(call.get("--at")));
    }
    TRY(auto* const recalls, call.instance->recalls());
    return recalls->tell(id, call.arguments[1], told, access::command_principal());
}

Exit run(Invocation& call) {
    if (auto const done = tell(call); !done) return call.failed(done.error());
    call.print("{}", call.json() ? "{\"told\":true}" : call.arguments[1] + " is told");
    return Exit::done;
}

}  // namespace

Command command_recall_told() {
    return {.name = "recall told",
            .summary = "Write down that somebody was told of a recall by hand, and what they answered",
            .about =
                "  tocsin recall told 3 Northland --by \"A. Duty\" --at 2026-11-26T14:00:00Z --answer \"deleted\" "
                "--confirmed",
            .options = {{"--by", "NAME", "who told them; without it, you"},
                        {"--at", "TIME", "when; without it, now"},
                        {"--answer", "TEXT", "what they said"},
                        {"--confirmed", "", "they said that it is done"}},
            .arguments = {{"NUMBER", "the recall"}, {"RECIPIENT", "as recall show names them"}},
            .run = run};
}

}  // namespace tocsin::app
