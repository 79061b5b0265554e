#include "app/recheck_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_rechecks(call, [&](events::Rechecks& rechecks) -> Result<Exit> {
        auto const limit = parse_int(call.get("--limit"));
        if (!limit || *limit < 1 || *limit > 10'000)
            return fail(Code::invalid, "--limit: expected a number from 1 to 10,000");
        auto const count = static_cast<std::size_t>(*limit);
        TRY(auto const all,
            call.has("--finding") ? rechecks.of_finding(call.get("--finding"), count) : rechecks.list(count));
        TRY(auto const settings, rechecks.settings());
        if (call.json()) {
            JsonWriter json;
            json.object().key("settings");
            append(json, settings);
            json.key("items").array();
            for (auto const& one : all) append(json, one);
            json.end().end();
            call.print("{}", json.text());
            return Exit::done;
        }
        if (!settings.is_on) call.tell("Looking again is off.");
        for (auto const& one : all) print_recheck(call, one);
        return Exit::done;
    });
}

}  // namespace

Command command_recheck_list() {
    return {.name = "recheck list",
            .summary = "What was asked again, what came of it, and what waits",
            .options = {{"--finding", "ID", "only about this finding"}, {"--limit", "N", "the newest", "50"}},
            .run = run};
}

}  // namespace tocsin::app
