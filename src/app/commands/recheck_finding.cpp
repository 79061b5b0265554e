#include "app/event_words.hpp"
#include "app/recheck_words.hpp"

namespace tocsin::app {
namespace {

struct Asked {
    events::RecheckPlan plan;
    std::optional<events::Recheck> recheck;
};

Result<std::vector<Asked>> ask_all(Invocation const& call, events::Rechecks& rechecks) {
    TRY(auto* const events, call.instance->events());
    auto const scope = scope_of_commands(*call.instance);
    std::vector<Asked> all;
    for (auto const& id : call.arguments) {
        TRY(auto const finding, events->finding(scope, id));
        TRY(auto plan, rechecks.plan(finding));
        auto& one = all.emplace_back(std::move(plan), std::nullopt);
        if (call.has("--dry-run") || !one.plan.refusal.empty()) continue;
        TRY(one.recheck, rechecks.request(finding, events::RecheckCause::team, access::command_principal()));
    }
    return all;
}

void print(Invocation const& call, Asked const& one) {
    auto const& plan = one.plan;
    if (one.recheck) {
        print_recheck(call, *one.recheck);
    } else if (!plan.refusal.empty()) {
        call.print("{}: not asked: {}", plan.finding, plan.words);
    } else {
        call.print("{}: would contact {} port {}/{} once, under permission #{}; it sends {}", plan.finding,
                   format_ip(plan.address), plan.port, plan.transport, plan.permission.value,
                   events::words_for(*plan.check));
    }
}

Exit run(Invocation& call) {
    return with_rechecks(call, [&](events::Rechecks& rechecks) -> Result<Exit> {
        TRY(auto const all, ask_all(call, rechecks));
        bool is_refused = false;
        JsonWriter json;
        json.object().field("dry_run", call.has("--dry-run")).key("items").array();
        for (auto const& one : all) {
            is_refused = is_refused || !one.plan.refusal.empty();
            json.object().key("plan");
            append(json, one.plan);
            json.key("recheck");
            if (one.recheck) {
                append(json, *one.recheck);
            } else {
                json.null();
            }
            json.end();
            if (!call.json()) print(call, one);
        }
        json.end().end();
        if (call.json()) call.print("{}", json.text());
        return is_refused && !call.has("--dry-run") ? Exit::not_allowed : Exit::done;
    });
}

}  // namespace

Command command_recheck_finding() {
    return {.name = "recheck finding",
            .summary = "Look again whether findings are still there",
            .about =
                "Puts the question in the queue; a running server asks within seconds, without one tocsin recheck run "
                "does. What may not be asked is left out, and it is said why.",
            .options = {{"--dry-run", "", "say who would be contacted and what would be sent; contact nobody"}},
            .arguments = {{"FINDING", "ids; see tocsin finding list", true, true}},
            .run = run};
}

}  // namespace tocsin::app
