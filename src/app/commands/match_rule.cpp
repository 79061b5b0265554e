#include "app/command.hpp"
#include "app/instance.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    std::vector<std::int64_t> matches;
    for (auto const& word : call.arguments) {
        auto const id = parse_int(word);
        if (!id) {
            call.tell("{} is not a match's number", word);
            return Exit::usage;
        }
        matches.push_back(*id);
    }
    if (call.has("--release") == call.has("--rule-out")) {
        call.tell("give --release or --rule-out");
        return Exit::usage;
    }
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const state = call.has("--release") ? intelligence::MatchState::fresh : intelligence::MatchState::ruled_out;
    auto const changed = (*intelligence)->judge(matches, state, access::command_principal());
    if (!changed) return call.failed(changed.error());
    if (auto const went = call.instance->match(call.is_cancelled); !went) return call.failed(went.error());
    call.print("{}", call.json() ? fmt::format("{{\"changed\":{}}}", *changed) : fmt::format("{} changed", *changed));
    return *changed == 0 ? Exit::not_found : Exit::done;
}

}  // namespace

Command command_match_rule() {
    return {.name = "match rule",
            .summary = "Rule out matches that mean nothing, or release held ones to their owners",
            .options = {{"--release", "", "its owner may be warned though the indicator's marking would not let it"},
                        {"--rule-out", "", "it means nothing: no finding comes of it"}},
            .arguments = {{"NUMBER", "the match", true, true}},
            .run = run};
}

}  // namespace tocsin::app
