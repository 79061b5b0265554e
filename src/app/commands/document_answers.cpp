#include "app/readiness_words.hpp"

#include <algorithm>

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto all, room.documents.answers());
        if (call.has("--all"))
            for (auto const name : readiness::answer_names())
                if (std::ranges::find(all, name, &readiness::TeamAnswer::name) == all.end())
                    all.push_back({.name = std::string(name), .value = {}});
        JsonWriter json;
        json.object().key("items").array();
        for (auto const& answer : all) {
            append(json, answer);
            if (!call.json())
                call.print("{:<20} {}{}", answer.name, answer.value.empty() ? "-" : answer.value,
                           answer.is_known ? " (from the settings)" : "");
        }
        json.end().end();
        if (call.json()) call.print("{}", json.text());
        return Exit::done;
    });
}

}  // namespace

Command command_document_answers() {
    return {.name = "document answers",
            .summary = "List what was said about the team",
            .options = {{"--all", "", "also what was not said yet"}},
            .run = run};
}

}  // namespace tocsin::app
